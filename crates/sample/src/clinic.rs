//! A clinic: three kinds of patients by how they visit, services that follow others, and who misses an appointment.

use crate::csv::{push_line, yes_or_no};
use crate::orders::{Catalogue, Habit, Item, OrderBook};
use crate::outcome::{Coefficients, draw_outcome, number_of};
use crate::people::{PERSON_COLUMNS, Person, Register};
use crate::random::Random;
use crate::truth::{Affinity, CustomerTruth, LogisticTruth, Sample, Truth};

const HABITS: [Habit; 3] = [
    Habit {
        name: "long-term care",
        share: 0.25,
        orders: (11, 16),
        days_since_last: (2, 28),
        days_between: (20, 40),
        lines: (2, 3),
        quantity: (1, 1),
    },
    Habit {
        name: "families",
        share: 0.40,
        orders: (4, 6),
        days_since_last: (30, 100),
        days_between: (40, 90),
        lines: (1, 2),
        quantity: (1, 1),
    },
    Habit {
        name: "yearly check-up",
        share: 0.35,
        orders: (1, 2),
        days_since_last: (150, 330),
        days_between: (330, 390),
        lines: (1, 1),
        quantity: (1, 1),
    },
];

/// The mean and standard deviation of age in years, by segment.
const AGES: [(f64, f64); 3] = [(68.0, 8.0), (36.0, 7.0), (48.0, 12.0)];

const ITEMS: [Item; 16] = [
    item("V01", "Consultation", 4_500),
    item("V02", "Blood sample", 1_800),
    item("V03", "Blood count", 2_600),
    item("V04", "X-ray", 6_400),
    item("V05", "X-ray reading", 3_100),
    item("V06", "Ultrasound", 7_200),
    item("V07", "Vaccination", 2_900),
    item("V08", "Vaccination record", 500),
    item("V09", "Physiotherapy session", 3_800),
    item("V10", "Exercise plan", 1_500),
    item("V11", "Hearing test", 2_700),
    item("V12", "Eye test", 2_700),
    item("V13", "Wound dressing", 1_600),
    item("V14", "Diet advice", 3_300),
    item("V15", "Resting ECG", 3_600),
    item("V16", "Phone consultation", 1_900),
];

const AFFINITIES: [Affinity; 4] = [
    Affinity { item: "V02", brings: "V03", probability: 0.80 },
    Affinity { item: "V04", brings: "V05", probability: 0.75 },
    Affinity { item: "V07", brings: "V08", probability: 0.70 },
    Affinity { item: "V09", brings: "V10", probability: 0.60 },
];

const CATALOGUE: Catalogue = Catalogue {
    items: &ITEMS,
    affinities: &AFFINITIES,
    cancelled_percent: 2,
    season: [0.2, 0.2, 0.1, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.2, 0.3, 0.2],
};

const MISSING: Coefficients = &[
    ("Age", -0.015),
    ("Distance Km", 0.05),
    ("Lead Days", 0.04),
    ("Missed Before", 0.70),
    ("Reminder", -0.90),
];

const COLUMNS: [&str; 6] = ["Age", "Distance Km", "Lead Days", "Missed Before", "Reminder", "No Show"];

const fn item(code: &'static str, name: &'static str, price_cents: u32) -> Item {
    Item { code, name, price_cents }
}

/// What a duplicate shares with its original.
#[derive(Clone, Copy)]
struct Profile {
    segment: usize,
    age: u32,
    distance_tenths: u32,
}

pub(crate) fn generate(seed: u64, n_customers: usize) -> Sample {
    let mut random = Random::new(seed);
    let register = Register::draw(&mut random, "P", n_customers);
    let outcome = LogisticTruth { target: "No Show", intercept: -1.6, coefficients: MISSING.to_vec() };
    let mut book = OrderBook::new(&CATALOGUE);
    let mut customers_csv = String::with_capacity(128 * n_customers);
    push_line(&mut customers_csv, &[PERSON_COLUMNS.as_slice(), &COLUMNS].concat());
    let mut profiles: Vec<Profile> = Vec::with_capacity(n_customers);
    let mut customers = Vec::with_capacity(n_customers);
    for (person, original) in register.people.iter().zip(&register.original_of) {
        let profile =
            original.map_or_else(|| draw_profile(&mut random), |original_idx| profiles[original_idx]);
        profiles.push(profile);
        book.add_customer(&mut random, &person.id, &HABITS[profile.segment]);
        customers.push(add_line(&mut random, &mut customers_csv, person, profile, &outcome));
    }
    let truth = Truth {
        segments: HABITS.iter().map(|habit| habit.name).collect(),
        customers,
        affinities: AFFINITIES.to_vec(),
        duplicates: register.duplicates(),
        outcome,
        amount: None,
    };
    Sample { customers_csv, orders_csv: Some(book.into_csv()), truth }
}

fn draw_profile(random: &mut Random) -> Profile {
    let segment = random.share(HABITS.iter().map(|habit| habit.share));
    let (age_mean, age_sd) = AGES[segment];
    let age = random.normal(age_mean, age_sd).clamp(18.0, 97.0) as u32;
    Profile { segment, age, distance_tenths: random.whole(2, 350) }
}

fn add_line(
    random: &mut Random,
    csv: &mut String,
    person: &Person,
    profile: Profile,
    outcome: &LogisticTruth,
) -> CustomerTruth {
    let lead_days = random.whole(0, 45);
    let missed_before = random.whole(0, 6).saturating_sub(3);
    let has_reminder = random.happens(0.6);
    let distance_km = f64::from(profile.distance_tenths) / 10.0;
    let values = [
        f64::from(profile.age),
        distance_km,
        f64::from(lead_days),
        f64::from(missed_before),
        number_of(has_reminder),
    ];
    let (outcome_probability, is_missed) = draw_outcome(random, outcome, &values);
    let numbers = [
        profile.age.to_string(),
        format!("{distance_km:.1}"),
        lead_days.to_string(),
        missed_before.to_string(),
    ];
    let mut fields = person.fields().to_vec();
    fields.extend(numbers.iter().map(String::as_str));
    fields.extend([yes_or_no(has_reminder), yes_or_no(is_missed)]);
    push_line(csv, &fields);
    CustomerTruth { id: person.id.clone(), segment: profile.segment, outcome_probability, outcome: is_missed }
}
