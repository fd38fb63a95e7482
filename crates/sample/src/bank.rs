//! A bank branch: three walks of life, a known model of who leaves, and a known model of the balance.

use crate::csv::{push_line, yes_or_no};
use crate::orders::{Catalogue, Habit, Item, OrderBook};
use crate::outcome::{Coefficients, draw_amount, draw_outcome, number_of};
use crate::people::{PERSON_COLUMNS, Person, Register};
use crate::random::Random;
use crate::truth::{Affinity, CustomerTruth, LinearTruth, LogisticTruth, Sample, Truth};

/// The mean and standard deviation of age in years and income a year, by segment.
const WALKS_OF_LIFE: [((f64, f64), (f64, f64)); 3] = [
    ((25.0, 3.0), (24_000.0, 4_000.0)),
    ((43.0, 4.5), (58_000.0, 7_000.0)),
    ((64.0, 5.0), (112_000.0, 13_000.0)),
];

const HABITS: [Habit; 3] = [
    Habit {
        name: "starters",
        share: 0.35,
        orders: (1, 2),
        days_since_last: (5, 400),
        days_between: (60, 400),
        lines: (1, 1),
        quantity: (1, 1),
    },
    Habit {
        name: "families",
        share: 0.40,
        orders: (3, 5),
        days_since_last: (20, 900),
        days_between: (100, 700),
        lines: (1, 1),
        quantity: (1, 1),
    },
    Habit {
        name: "wealth",
        share: 0.25,
        orders: (2, 4),
        days_since_last: (20, 700),
        days_between: (200, 1_000),
        lines: (1, 2),
        quantity: (1, 1),
    },
];

const ITEMS: [Item; 14] = [
    item("B01", "Current account", 600),
    item("B02", "Savings account", 0),
    item("B03", "Debit card", 300),
    item("B04", "Credit card", 3_900),
    item("B05", "Travel insurance", 2_400),
    item("B06", "Mortgage", 9_900),
    item("B07", "Home insurance", 7_200),
    item("B08", "Car loan", 4_500),
    item("B09", "Car insurance", 6_800),
    item("B10", "Securities account", 2_000),
    item("B11", "Fund savings plan", 1_200),
    item("B12", "Retirement plan", 1_800),
    item("B13", "Safe deposit box", 8_000),
    item("B14", "Foreign currency account", 1_500),
];

const AFFINITIES: [Affinity; 4] = [
    Affinity { item: "B06", brings: "B07", probability: 0.75 },
    Affinity { item: "B08", brings: "B09", probability: 0.70 },
    Affinity { item: "B04", brings: "B05", probability: 0.55 },
    Affinity { item: "B10", brings: "B11", probability: 0.65 },
];

const CATALOGUE: Catalogue =
    Catalogue { items: &ITEMS, affinities: &AFFINITIES, cancelled_percent: 0, season: [0.0; 12] };

const LEAVING: Coefficients =
    &[("Age", 0.02), ("Tenure Months", -0.02), ("Products", -0.40), ("Complaints", 0.90), ("Active", -1.20)];

const BALANCE: Coefficients =
    &[("Age", 60.0), ("Income", 0.25), ("Tenure Months", 40.0), ("Products", 900.0)];

const COLUMNS: [&str; 8] =
    ["Age", "Income", "Tenure Months", "Products", "Complaints", "Active", "Balance", "Churned"];

const fn item(code: &'static str, name: &'static str, price_cents: u32) -> Item {
    Item { code, name, price_cents }
}

/// What a duplicate shares with its original.
#[derive(Clone, Copy)]
struct Profile {
    segment: usize,
    age: u32,
    income: u32,
}

/// The models that a line is drawn from.
struct Models {
    outcome: LogisticTruth,
    amount: LinearTruth,
}

pub(crate) fn generate(seed: u64, n_customers: usize) -> Sample {
    let mut random = Random::new(seed);
    let register = Register::draw(&mut random, "B", n_customers);
    let models = Models {
        outcome: LogisticTruth { target: "Churned", intercept: 0.6, coefficients: LEAVING.to_vec() },
        amount: LinearTruth {
            target: "Balance",
            intercept: 500.0,
            coefficients: BALANCE.to_vec(),
            noise_sd: 2_500.0,
        },
    };
    let mut book = OrderBook::new(&CATALOGUE);
    let mut customers_csv = String::with_capacity(128 * n_customers);
    push_line(&mut customers_csv, &[PERSON_COLUMNS.as_slice(), &COLUMNS].concat());
    let mut profiles: Vec<Profile> = Vec::with_capacity(n_customers);
    let mut customers = Vec::with_capacity(n_customers);
    for (person, original) in register.people.iter().zip(&register.original_of) {
        let profile =
            original.map_or_else(|| draw_profile(&mut random), |original_idx| profiles[original_idx]);
        profiles.push(profile);
        let n_products = book.add_customer(&mut random, &person.id, &HABITS[profile.segment]);
        customers.push(add_line(&mut random, &mut customers_csv, person, profile, n_products, &models));
    }
    let truth = Truth {
        segments: HABITS.iter().map(|habit| habit.name).collect(),
        customers,
        affinities: AFFINITIES.to_vec(),
        duplicates: register.duplicates(),
        outcome: models.outcome,
        amount: Some(models.amount),
    };
    Sample { customers_csv, orders_csv: Some(book.into_csv()), truth }
}

fn draw_profile(random: &mut Random) -> Profile {
    let segment = random.share(HABITS.iter().map(|habit| habit.share));
    let ((age_mean, age_sd), (income_mean, income_sd)) = WALKS_OF_LIFE[segment];
    let age = random.normal(age_mean, age_sd).clamp(18.0, 95.0) as u32;
    let income = random.normal(income_mean, income_sd).max(9_000.0) as u32 / 100 * 100;
    Profile { segment, age, income }
}

fn add_line(
    random: &mut Random,
    csv: &mut String,
    person: &Person,
    profile: Profile,
    n_products: usize,
    models: &Models,
) -> CustomerTruth {
    let tenure_months = random.whole(1, 120);
    let complaints = random.whole(0, 8).saturating_sub(5);
    let is_active = random.happens(0.75);
    let [age, income, tenure] = [profile.age, profile.income, tenure_months].map(f64::from);
    let products = n_products as f64;
    let balance = draw_amount(random, &models.amount, &[age, income, tenure, products]);
    let values = [age, tenure, products, f64::from(complaints), number_of(is_active)];
    let (outcome_probability, has_left) = draw_outcome(random, &models.outcome, &values);
    let n_products = n_products as u32;
    let numbers =
        [profile.age, profile.income, tenure_months, n_products, complaints].map(|number| number.to_string());
    let balance = format!("{balance:.2}");
    let mut fields = person.fields().to_vec();
    fields.extend(numbers.iter().map(String::as_str));
    fields.extend([yes_or_no(is_active), &balance, yes_or_no(has_left)]);
    push_line(csv, &fields);
    CustomerTruth { id: person.id.clone(), segment: profile.segment, outcome_probability, outcome: has_left }
}
