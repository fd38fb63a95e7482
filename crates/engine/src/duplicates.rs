//! Customers entered twice: pairs that agree too well to be two people.
//!
//! Candidates share an e-mail address, a telephone number or a name, spelling aside; each pair then adds up evidence for
//! and against in the manner of Fellegi and Sunter (1969), with fixed weights in bits. Names are compared by Jaro and
//! Winkler's measure (Winkler 1990), word order aside. Cost: linear in customers, and in the pairs that share a key.

use std::collections::{BTreeMap, BTreeSet};

use stillroom_records::FieldKey;
use stillroom_store::{Columns, Store};

use crate::protocol::{DuplicateInfo, Failure};

/// The fields compared.
const FIELDS: [&str; 4] = ["name", "email", "phone", "city"];
/// The evidence from which on a pair is reported, in bits.
const REPORTED_BITS: f64 = 10.0;
/// A key that more customers share says too little to compare them all: a switchboard, a shared mailbox.
const LARGEST_BLOCK: usize = 50;
/// The last digits of a telephone number that are compared; prefixes are written in many ways.
const PHONE_DIGITS: usize = 8;

/// One customer's comparable values, empty where nothing is known.
#[derive(Debug, Clone, Default)]
struct Person {
    name: String,
    email: String,
    phone: String,
    city: String,
}

/// The pairs of customers who are probably one person, strongest evidence first.
///
/// # Errors
/// The store's error.
pub fn duplicates(store: &Store) -> Result<Vec<DuplicateInfo>, Failure> {
    let (ids, people) = read_people(store)?;
    let mut pairs: Vec<DuplicateInfo> = candidates(&people)
        .into_iter()
        .filter_map(|(first, second)| {
            let (bits, agreeing) = evidence(&people[first], &people[second]);
            (bits >= REPORTED_BITS).then(|| DuplicateInfo {
                first: ids[first],
                second: ids[second],
                bits,
                agreeing,
            })
        })
        .collect();
    pairs.sort_by(|a, b| b.bits.total_cmp(&a.bits).then((a.first, a.second).cmp(&(b.first, b.second))));
    Ok(pairs)
}

fn read_people(store: &Store) -> Result<(Vec<i64>, Vec<Person>), Failure> {
    let keys = FIELDS.iter().map(|key| FieldKey::new(*key)).collect::<Result<Vec<_>, _>>()?;
    let read = store.customer_columns(&keys, None)?;
    let mut people = vec![Person::default(); read.ids.len()];
    for (key, column) in &read.columns {
        let Columns::Categories { codes, levels } = column else { continue };
        for (person, &code) in people.iter_mut().zip(codes) {
            let Some(text) = levels.get(code as usize) else { continue };
            match key.as_str() {
                "name" => person.name = plain_name(text),
                "email" => person.email = text.trim().to_lowercase(),
                "phone" => person.phone = last_digits(text),
                _ => person.city = text.trim().to_lowercase(),
            }
        }
    }
    Ok((read.ids.iter().map(|id| id.0).collect(), people))
}

/// A name in lower case with its words in order of the alphabet.
fn plain_name(name: &str) -> String {
    let lower = name.to_lowercase();
    let mut words: Vec<&str> = lower.split(|letter: char| !letter.is_alphanumeric()).collect();
    words.retain(|word| !word.is_empty());
    words.sort_unstable();
    words.join(" ")
}

fn last_digits(phone: &str) -> String {
    let digits: Vec<char> = phone.chars().filter(char::is_ascii_digit).collect();
    digits.iter().skip(digits.len().saturating_sub(PHONE_DIGITS)).collect()
}

/// Pairs of positions that share a key, the earlier first.
fn candidates(people: &[Person]) -> BTreeSet<(usize, usize)> {
    let mut blocks: BTreeMap<(u8, &str), Vec<usize>> = BTreeMap::new();
    for (position, person) in people.iter().enumerate() {
        for (kind, key) in [(0, &person.name), (1, &person.email), (2, &person.phone)] {
            if !key.is_empty() {
                blocks.entry((kind, key)).or_default().push(position);
            }
        }
    }
    let mut pairs = BTreeSet::new();
    for block in blocks.into_values().filter(|block| block.len() <= LARGEST_BLOCK) {
        for (place, &first) in block.iter().enumerate() {
            pairs.extend(block[place + 1..].iter().map(|&second| (first, second)));
        }
    }
    pairs
}

/// The evidence that two entries are one person, and the fields that agree.
fn evidence(left: &Person, right: &Person) -> (f64, Vec<String>) {
    let name = strsim::jaro_winkler(&left.name, &right.name);
    let name_bits = if name >= 0.97 { 7.0 } else { 4.0 };
    let compared = [
        ("name", &left.name, &right.name, name >= 0.85, name_bits, -9.0),
        ("email", &left.email, &right.email, left.email == right.email, 10.0, -8.0),
        ("phone", &left.phone, &right.phone, left.phone == right.phone, 8.0, -4.0),
        ("city", &left.city, &right.city, left.city == right.city, 2.0, -2.0),
    ];
    let mut bits = 0.0;
    let mut agreeing = Vec::new();
    for (field, left, right, agrees, evidence_for, evidence_against) in compared {
        if left.is_empty() || right.is_empty() {
            continue;
        }
        bits += if agrees { evidence_for } else { evidence_against };
        if agrees {
            agreeing.push(field.to_owned());
        }
    }
    (bits, agreeing)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(name: &str, email: &str, phone: &str) -> Person {
        Person {
            name: plain_name(name),
            email: email.to_lowercase(),
            phone: last_digits(phone),
            city: String::new(),
        }
    }

    #[test]
    fn two_people_who_share_a_name_or_a_mailbox_are_two() {
        let ana = person("Ana Silva", "ana@example.org", "+351 900 000 001");
        let other = person("Ana Silva", "other@example.org", "+351 900 000 002");
        let partner = person("Rui Costa", "ana@example.org", "+351 900 000 001");
        assert!(evidence(&ana, &other).0 < REPORTED_BITS);
        assert!(
            evidence(&ana, &partner).0 < REPORTED_BITS,
            "a household shares its mailbox and its telephone"
        );
    }

    #[test]
    fn a_slip_an_exchanged_order_and_another_spelling_of_the_number_are_one() {
        let ana = person("Ana Silva", "ana@example.org", "+351 900 000 001");
        let again = person("SILVA, Aan", "ANA@example.org", "351900000001");
        let (bits, agreeing) = evidence(&ana, &again);
        assert!(bits > REPORTED_BITS && agreeing == ["name", "email", "phone"]);
    }
}
