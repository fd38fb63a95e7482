//! Drawing people, and entering some of them twice with slips of the pen.

use crate::names::{COUNTRIES, FamilyOrder};
use crate::random::Random;

/// The share of customers who are entered a second time.
pub(crate) const DUPLICATE_SHARE: f64 = 0.02;

/// What a customer list says about who somebody is.
#[derive(Clone)]
pub(crate) struct Person {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) email: String,
    pub(crate) phone: String,
    pub(crate) city: String,
    pub(crate) country: &'static str,
}

/// The columns of a [`Person`], in order.
pub(crate) const PERSON_COLUMNS: [&str; 6] = ["Customer ID", "Name", "Email", "Phone", "City", "Country"];

impl Person {
    pub(crate) fn fields(&self) -> [&str; 6] {
        [&self.id, &self.name, &self.email, &self.phone, &self.city, self.country]
    }
}

/// People in the order of the file; a duplicate carries the index of the person it repeats.
pub(crate) struct Register {
    pub(crate) people: Vec<Person>,
    pub(crate) original_of: Vec<Option<usize>>,
}

impl Register {
    pub(crate) fn draw(random: &mut Random, id_prefix: &str, n_people: usize) -> Self {
        let mut people: Vec<Person> = Vec::with_capacity(n_people);
        let mut original_of: Vec<Option<usize>> = Vec::with_capacity(n_people);
        for person_idx in 0..n_people {
            let id = format!("{id_prefix}{:06}", person_idx + 1);
            let original = draw_original(random, &original_of);
            people.push(match original {
                Some(original_idx) => entered_again(random, &people[original_idx], id),
                None => draw_person(random, id, person_idx),
            });
            original_of.push(original);
        }
        Self { people, original_of }
    }

    pub(crate) fn duplicates(&self) -> Vec<(String, String)> {
        let originals = self.original_of.iter().enumerate();
        originals
            .filter_map(|(idx, of)| Some((self.people[(*of)?].id.clone(), self.people[idx].id.clone())))
            .collect()
    }
}

/// Decides whether the next entry repeats somebody, and whom; nobody is entered three times.
fn draw_original(random: &mut Random, original_of: &[Option<usize>]) -> Option<usize> {
    if !random.happens(DUPLICATE_SHARE) || original_of.len() < 10 {
        return None;
    }
    let chosen = random.index(original_of.len());
    let is_single = original_of[chosen].is_none() && !original_of.contains(&Some(chosen));
    is_single.then_some(chosen)
}

pub(crate) fn draw_person(random: &mut Random, id: String, number: usize) -> Person {
    let country = &COUNTRIES[random.share(COUNTRIES.iter().map(|country| country.share))];
    let (given, given_ascii) = *random.pick(country.given);
    let (family, family_ascii) = *random.pick(country.family);
    let name = match country.name_order {
        FamilyOrder::GivenFirst => format!("{given} {family}"),
        FamilyOrder::FamilyFirst => format!("{family}{given}"),
    };
    let domain = if random.happens(0.5) { "example.org" } else { "example.com" };
    let line = random.whole(0, 10u32.pow(country.phone_digits) - 1);
    Person {
        id,
        name,
        email: format!("{given_ascii}.{family_ascii}{number}@{domain}"),
        phone: format!("{}{line:0digits$}", country.phone_prefix, digits = country.phone_digits as usize),
        city: (*random.pick(country.cities)).to_owned(),
        country: country.name,
    }
}

/// The same person under another id, as a second clerk would type it.
fn entered_again(random: &mut Random, original: &Person, id: String) -> Person {
    let mut again = Person { id, ..original.clone() };
    match random.whole(0, 3) {
        0 => again.name = with_slip(random, &original.name),
        1 if original.name.to_uppercase() != original.name => again.name = original.name.to_uppercase(),
        1 => again.name = with_slip(random, &original.name),
        2 => {
            again.name = with_slip(random, &original.name);
            again.phone = original.phone.replace(' ', "");
        }
        _ => {
            again.name = original.name.split_whitespace().rev().collect::<Vec<_>>().join(", ");
            again.email = original.email.to_uppercase();
        }
    }
    again
}

/// Exchanges two neighbouring letters inside the name, or repeats the last character of a short one.
fn with_slip(random: &mut Random, name: &str) -> String {
    let mut letters: Vec<char> = name.chars().collect();
    let candidates: Vec<usize> = (1..letters.len().saturating_sub(1))
        .filter(|idx| letters[*idx] != ' ' && letters[idx + 1] != ' ' && letters[*idx] != letters[idx + 1])
        .collect();
    if letters.len() < 5 || candidates.is_empty() {
        letters.extend(letters.last().copied());
    } else {
        let at = *random.pick(&candidates);
        letters.swap(at, at + 1);
    }
    letters.into_iter().collect()
}
