//! A tea and pottery shop: four ways of buying that recency, frequency and money tell apart, and six pairs of items.

use crate::csv::{push_line, yes_or_no};
use crate::orders::{Catalogue, Habit, Item, OrderBook};
use crate::outcome::{Coefficients, draw_outcome, number_of};
use crate::people::{PERSON_COLUMNS, Person, Register};
use crate::random::Random;
use crate::truth::{Affinity, CustomerTruth, LogisticTruth, Sample, Truth};

const HABITS: [Habit; 4] = [
    Habit {
        name: "loyal",
        share: 0.20,
        orders: (12, 16),
        days_since_last: (1, 20),
        days_between: (10, 26),
        lines: (1, 2),
        quantity: (3, 6),
    },
    Habit {
        name: "regular",
        share: 0.35,
        orders: (5, 7),
        days_since_last: (15, 70),
        days_between: (25, 60),
        lines: (1, 2),
        quantity: (1, 3),
    },
    Habit {
        name: "occasional",
        share: 0.30,
        orders: (1, 2),
        days_since_last: (110, 190),
        days_between: (60, 150),
        lines: (1, 2),
        quantity: (1, 2),
    },
    Habit {
        name: "lapsed",
        share: 0.15,
        orders: (5, 7),
        days_since_last: (330, 430),
        days_between: (20, 50),
        lines: (1, 2),
        quantity: (2, 5),
    },
];

const ITEMS: [Item; 30] = [
    item("T01", "Assam breakfast tea 100 g", 690),
    item("T02", "Darjeeling first flush 50 g", 1_450),
    item("T03", "Longjing green tea 50 g", 1_890),
    item("T04", "Genmaicha 100 g", 820),
    item("T05", "Rooibos vanilla 100 g", 590),
    item("T06", "Peppermint leaves 50 g", 420),
    item("T07", "Chamomile flowers 50 g", 450),
    item("T08", "Pu-erh cake 357 g", 3_200),
    item("T09", "Earl Grey 100 g", 720),
    item("T10", "Jasmine pearls 50 g", 1_650),
    item("P01", "Stoneware teapot 0.8 l", 3_900),
    item("P02", "Glass teapot 0.6 l", 2_700),
    item("P03", "Stoneware mug", 1_400),
    item("P04", "Porcelain cup and saucer", 1_850),
    item("P05", "Gaiwan", 2_200),
    item("P06", "Matcha bowl", 2_900),
    item("A01", "Bamboo whisk", 1_200),
    item("A02", "Steel tea strainer", 650),
    item("A03", "Paper filters, 100 pieces", 390),
    item("A04", "Tea tin, 100 g", 780),
    item("A05", "Thermometer", 1_100),
    item("A06", "Electric kettle 1 l", 5_900),
    item("S01", "Shortbread 200 g", 540),
    item("S02", "Candied ginger 100 g", 460),
    item("S03", "Acacia honey 250 g", 890),
    item("S04", "Rock sugar 250 g", 350),
    item("S05", "Almond biscuits 150 g", 580),
    item("G01", "Gift box, large", 950),
    item("G02", "Gift card, printed", 200),
    item("G03", "Tea diary", 1_300),
];

const AFFINITIES: [Affinity; 6] = [
    Affinity { item: "P06", brings: "A01", probability: 0.75 },
    Affinity { item: "P01", brings: "A02", probability: 0.65 },
    Affinity { item: "T01", brings: "S01", probability: 0.60 },
    Affinity { item: "T06", brings: "S03", probability: 0.60 },
    Affinity { item: "G01", brings: "G02", probability: 0.80 },
    Affinity { item: "T08", brings: "P05", probability: 0.55 },
];

const CATALOGUE: Catalogue = Catalogue {
    items: &ITEMS,
    affinities: &AFFINITIES,
    cancelled_percent: 3,
    season: [0.0, 0.1, 0.0, 0.1, 0.0, 0.0, 0.0, 0.0, 0.1, 0.4, 0.9, 1.0],
};

const LEAVING: Coefficients = &[
    ("Age", -0.02),
    ("Support Calls", 0.80),
    ("Discount Percent", 0.06),
    ("Newsletter", -1.10),
    ("Member Months", -0.03),
];

const COLUMNS: [&str; 7] =
    ["Age", "Income", "Support Calls", "Discount Percent", "Newsletter", "Member Months", "Churned"];

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

pub(crate) fn generate(seed: u64, n_customers: usize) -> Sample {
    let mut random = Random::new(seed);
    let register = Register::draw(&mut random, "S", n_customers);
    let outcome = LogisticTruth { target: "Churned", intercept: -0.9, coefficients: LEAVING.to_vec() };
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
    let age = random.normal(44.0, 14.0).clamp(18.0, 90.0) as u32;
    let income = random.normal(46_000.0, 15_000.0).clamp(12_000.0, 150_000.0) as u32 / 100 * 100;
    Profile { segment, age, income }
}

fn add_line(
    random: &mut Random,
    csv: &mut String,
    person: &Person,
    profile: Profile,
    outcome: &LogisticTruth,
) -> CustomerTruth {
    let support_calls = random.whole(0, 4);
    let discount_percent = random.whole(0, 6) * 5;
    let takes_newsletter = random.happens(0.6);
    let member_months = random.whole(1, 72);
    let values = [
        f64::from(profile.age),
        f64::from(support_calls),
        f64::from(discount_percent),
        number_of(takes_newsletter),
        f64::from(member_months),
    ];
    let (outcome_probability, has_left) = draw_outcome(random, outcome, &values);
    let numbers =
        [profile.age, profile.income, support_calls, discount_percent].map(|number| number.to_string());
    let mut fields = person.fields().to_vec();
    fields.extend(numbers.iter().map(String::as_str));
    let member_months = member_months.to_string();
    fields.extend([yes_or_no(takes_newsletter), &member_months, yes_or_no(has_left)]);
    push_line(csv, &fields);
    CustomerTruth { id: person.id.clone(), segment: profile.segment, outcome_probability, outcome: has_left }
}
