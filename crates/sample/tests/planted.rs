//! What the truth says was planted is in the files, in the stated shares.

use std::collections::{BTreeMap, BTreeSet};

use stillroom_sample::{Kind, Sample, generate, large};

const SEED: u64 = 20_251_231;

fn sample(kind: Kind) -> Sample {
    generate(kind, SEED, kind.default_customers())
}

/// FNV-1a (Fowler, Noll, Vo), to notice any changed byte.
fn hash(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3))
}

/// Rows by header name. The samples quote only fields with commas, which this undoes.
fn rows(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = csv.lines().map(fields);
    let header = lines.next().expect("header");
    lines
        .map(|line| {
            assert_eq!(line.len(), header.len());
            header.iter().cloned().zip(line).collect()
        })
        .collect()
}

fn fields(line: &str) -> Vec<String> {
    let mut fields = vec![String::new()];
    let mut is_quoted = false;
    for c in line.chars() {
        match c {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => fields.push(String::new()),
            other => fields.last_mut().expect("one at least").push(other),
        }
    }
    fields
}

fn number(row: &BTreeMap<String, String>, column: &str) -> f64 {
    match row[column].as_str() {
        "yes" => 1.0,
        "no" => 0.0,
        text => text.parse().expect("a number"),
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes_everywhere() {
    let found = Kind::ALL.map(|kind| {
        let sample = generate(kind, 1, 300);
        (hash(&sample.customers_csv), hash(&sample.orders_csv.expect("orders")))
    });
    let expected = [
        (11_939_408_013_083_385_587, 5_576_472_848_321_025_184),
        (16_201_605_270_168_233_812, 10_999_205_035_451_327_468),
        (8_586_143_653_676_572_240, 12_019_981_277_421_129_192),
    ];
    assert_eq!(found, expected);
    assert_ne!(generate(Kind::Shop, 1, 50).customers_csv, generate(Kind::Shop, 2, 50).customers_csv);
}

#[test]
fn sizes_are_as_stated() {
    for kind in Kind::ALL {
        let sample = sample(kind);
        assert_eq!(rows(&sample.customers_csv).len(), kind.default_customers());
        assert_eq!(sample.truth.customers.len(), kind.default_customers());
    }
    let n_lines = rows(&sample(Kind::Shop).orders_csv.expect("orders")).len();
    assert!((24_000..30_000).contains(&n_lines), "{n_lines} order lines");
    for n_customers in [0, 1, 11] {
        assert_eq!(generate(Kind::Bank, 3, n_customers).truth.customers.len(), n_customers);
    }
}

#[test]
fn segments_have_their_shares() {
    let shares: [&[f64]; 3] = [&[0.20, 0.35, 0.30, 0.15], &[0.35, 0.40, 0.25], &[0.25, 0.40, 0.35]];
    for (kind, shares) in Kind::ALL.into_iter().zip(shares) {
        let truth = sample(kind).truth;
        assert_eq!(truth.segments.len(), shares.len());
        for (segment, share) in shares.iter().enumerate() {
            let n_members = truth.customers.iter().filter(|customer| customer.segment == segment).count();
            let found = n_members as f64 / truth.customers.len() as f64;
            assert!((found - share).abs() < 0.035, "{kind:?} {segment}: {found} for {share}");
        }
    }
}

/// Recency in days, number of orders, money spent; for each customer in order of the file.
fn recency_frequency_money(sample: &Sample) -> Vec<[f64; 3]> {
    let mut last_day: BTreeMap<String, String> = BTreeMap::new();
    let mut orders: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    let mut spent: BTreeMap<String, f64> = BTreeMap::new();
    for row in rows(sample.orders_csv.as_deref().expect("orders")) {
        let id = row["Customer ID"].clone();
        *spent.entry(id.clone()).or_default() += number(&row, "Quantity") * number(&row, "Unit Price");
        if !row["Order No"].starts_with('C') {
            last_day.insert(id.clone(), row["Date"].clone());
            orders.entry(id).or_default().insert(row["Order No"].clone());
        }
    }
    let ids = sample.truth.customers.iter().map(|customer| customer.id.clone());
    ids.map(|id| [-days(&last_day[&id]), orders[&id].len() as f64, spent[&id]]).collect()
}

fn days(date: &str) -> f64 {
    let parts: Vec<f64> = date.split('-').map(|part| part.parse().expect("digits")).collect();
    parts[0] * 365.25 + parts[1] * 30.44 + parts[2]
}

#[test]
fn recency_frequency_and_money_tell_the_segments_of_shop_and_clinic_apart() {
    for kind in [Kind::Shop, Kind::Clinic] {
        let sample = sample(kind);
        let mut points = recency_frequency_money(&sample);
        standardize(&mut points);
        let labels: Vec<usize> = sample.truth.customers.iter().map(|customer| customer.segment).collect();
        let centres: Vec<[f64; 3]> =
            (0..sample.truth.segments.len()).map(|segment| centre(&points, &labels, segment)).collect();
        let n_right =
            points.iter().zip(&labels).filter(|(point, label)| nearest(point, &centres) == **label).count();
        assert!(n_right as f64 > 0.97 * points.len() as f64, "{kind:?}: {n_right} of {}", points.len());
    }
}

#[test]
fn age_and_income_tell_the_segments_of_the_bank_apart() {
    let sample = sample(Kind::Bank);
    let mut points: Vec<[f64; 3]> = rows(&sample.customers_csv)
        .iter()
        .map(|row| [number(row, "Age"), number(row, "Income"), number(row, "Products")])
        .collect();
    standardize(&mut points);
    let labels: Vec<usize> = sample.truth.customers.iter().map(|customer| customer.segment).collect();
    let centres: Vec<[f64; 3]> = (0..3).map(|segment| centre(&points, &labels, segment)).collect();
    let n_right =
        points.iter().zip(&labels).filter(|(point, label)| nearest(point, &centres) == **label).count();
    assert!(n_right as f64 > 0.97 * points.len() as f64, "{n_right}");
}

fn standardize(points: &mut [[f64; 3]]) {
    let n_points = points.len() as f64;
    for axis in 0..3 {
        let mean = points.iter().map(|point| point[axis]).sum::<f64>() / n_points;
        let variance = points.iter().map(|point| (point[axis] - mean).powi(2)).sum::<f64>() / n_points;
        points.iter_mut().for_each(|point| point[axis] = (point[axis] - mean) / variance.sqrt());
    }
}

fn centre(points: &[[f64; 3]], labels: &[usize], segment: usize) -> [f64; 3] {
    let members: Vec<&[f64; 3]> =
        points.iter().zip(labels).filter(|(_, l)| **l == segment).map(|(p, _)| p).collect();
    std::array::from_fn(|axis| members.iter().map(|point| point[axis]).sum::<f64>() / members.len() as f64)
}

fn nearest(point: &[f64; 3], centres: &[[f64; 3]]) -> usize {
    let distance = |centre: &[f64; 3]| point.iter().zip(centre).map(|(a, b)| (a - b) * (a - b)).sum::<f64>();
    let by_distance =
        |left: &usize, right: &usize| distance(&centres[*left]).total_cmp(&distance(&centres[*right]));
    (0..centres.len()).min_by(by_distance).expect("a centre")
}

#[test]
fn items_bring_others_as_often_as_planted_and_more_than_chance() {
    for kind in Kind::ALL {
        let sample = sample(kind);
        let mut baskets: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        for row in rows(sample.orders_csv.as_deref().expect("orders")) {
            baskets.entry(row["Order No"].clone()).or_default().insert(row["Item Code"].clone());
        }
        for affinity in &sample.truth.affinities {
            let with_item = baskets.values().filter(|basket| basket.contains(affinity.item));
            let (n_item, n_both) = with_item.fold((0.0, 0.0), |(n_item, n_both), basket| {
                (n_item + 1.0, n_both + if basket.contains(affinity.brings) { 1.0 } else { 0.0 })
            });
            let n_brought = baskets.values().filter(|basket| basket.contains(affinity.brings)).count() as f64;
            let (found, base) = (n_both / n_item, n_brought / baskets.len() as f64);
            assert!((found - affinity.probability).abs() < 0.09, "{kind:?} {affinity:?}: {found}");
            assert!(found / base > 3.0, "{kind:?} {affinity:?}: lift {}", found / base);
        }
    }
}

#[test]
fn outcomes_follow_the_reported_model() {
    for kind in Kind::ALL {
        let sample = sample(kind);
        let model = &sample.truth.outcome;
        let mut n_expected = 0.0;
        let mut n_happened = 0.0;
        let mut log_loss = 0.0;
        for (row, customer) in rows(&sample.customers_csv).iter().zip(&sample.truth.customers) {
            let terms =
                model.coefficients.iter().map(|(column, coefficient)| coefficient * number(row, column));
            let probability = 1.0 / (1.0 + (-(model.intercept + terms.sum::<f64>())).exp());
            assert!((probability - customer.outcome_probability).abs() < 1e-9, "{kind:?} {}", customer.id);
            assert_eq!(row[model.target] == "yes", customer.outcome);
            n_expected += probability;
            n_happened += number(row, model.target);
            log_loss -= if customer.outcome { probability.ln() } else { (1.0 - probability).ln() };
        }
        let n_customers = sample.truth.customers.len() as f64;
        let rate = n_happened / n_customers;
        let base_loss = -(rate * rate.ln() + (1.0 - rate) * (1.0 - rate).ln());
        assert!(
            (n_expected - n_happened).abs() / n_customers < 0.03,
            "{kind:?}: {n_happened} for {n_expected}"
        );
        assert!((0.12..0.5).contains(&rate), "{kind:?}: rate {rate}");
        assert!(log_loss / n_customers < 0.9 * base_loss, "{kind:?}: the model says little");
    }
}

#[test]
fn balances_follow_the_reported_model() {
    let sample = sample(Kind::Bank);
    let model = sample.truth.amount.as_ref().expect("a model");
    let residuals: Vec<f64> = rows(&sample.customers_csv)
        .iter()
        .map(|row| {
            let terms =
                model.coefficients.iter().map(|(column, coefficient)| coefficient * number(row, column));
            number(row, model.target) - model.intercept - terms.sum::<f64>()
        })
        .collect();
    let n_rows = residuals.len() as f64;
    let mean = residuals.iter().sum::<f64>() / n_rows;
    let sd = (residuals.iter().map(|residual| residual * residual).sum::<f64>() / n_rows).sqrt();
    assert!(mean.abs() < 0.06 * model.noise_sd, "mean {mean}");
    assert!((sd / model.noise_sd - 1.0).abs() < 0.05, "spread {sd}");
}

#[test]
fn duplicates_are_the_same_person_spelled_otherwise() {
    for kind in Kind::ALL {
        let sample = sample(kind);
        let people: BTreeMap<String, BTreeMap<String, String>> =
            rows(&sample.customers_csv).into_iter().map(|row| (row["Customer ID"].clone(), row)).collect();
        let share = sample.truth.duplicates.len() as f64 / kind.default_customers() as f64;
        assert!((0.01..0.03).contains(&share), "{kind:?}: {share}");
        for (first, second) in &sample.truth.duplicates {
            let (first, second) = (&people[first], &people[second]);
            assert_ne!(first["Customer ID"], second["Customer ID"]);
            let differs = ["Name", "Email", "Phone"].iter().any(|column| first[*column] != second[*column]);
            assert!(differs && first["Age"] == second["Age"] && first["City"] == second["City"]);
            assert_eq!(first["Email"].to_lowercase(), second["Email"].to_lowercase());
        }
    }
}

#[test]
fn cancellations_mirror_an_order_with_negative_quantities() {
    let lines = rows(&sample(Kind::Shop).orders_csv.expect("orders"));
    let (cancelled, placed): (Vec<_>, Vec<_>) =
        lines.iter().partition(|row| row["Order No"].starts_with('C'));
    let share = cancelled.len() as f64 / placed.len() as f64;
    assert!((0.02..0.045).contains(&share), "{share}");
    assert!(cancelled.iter().all(|row| number(row, "Quantity") < 0.0));
    assert!(placed.iter().all(|row| number(row, "Quantity") > 0.0));
    let orders: BTreeSet<&str> = placed.iter().map(|row| row["Order No"].as_str()).collect();
    assert!(cancelled.iter().all(|row| orders.contains(&row["Order No"][1..])));
    assert!(lines.is_sorted_by_key(|row| row["Date"].clone()));
}

#[test]
fn the_shop_sells_more_before_the_end_of_the_year() {
    let lines = rows(&sample(Kind::Shop).orders_csv.expect("orders"));
    let in_months =
        |months: [&str; 3]| lines.iter().filter(|row| months.contains(&&row["Date"][5..7])).count();
    let (high, low) = (in_months(["10", "11", "12"]), in_months(["05", "06", "07"]));
    assert!(2 * high > 3 * low, "{high} against {low}");
}

#[test]
fn nobody_can_be_reached() {
    let phones = ["+44 7700 900", "+1 202 555 01", "+49 30 23125 ", "+33 6 39 98 ", "+86 100 0000 "];
    for kind in Kind::ALL {
        let sample = sample(kind);
        for row in rows(&sample.customers_csv) {
            let email = row["Email"].to_lowercase();
            assert!(email.is_ascii() && (email.ends_with("@example.org") || email.ends_with("@example.com")));
            let squeezed = row["Phone"].replace(' ', "");
            assert!(
                phones.iter().any(|prefix| squeezed.starts_with(&prefix.replace(' ', ""))),
                "{}",
                row["Phone"]
            );
        }
        let names: Vec<String> =
            rows(&sample.customers_csv).into_iter().map(|row| row["Name"].clone()).collect();
        assert!(names.iter().any(|name| name.is_ascii()));
        assert!(names.iter().any(|name| name.chars().all(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))));
    }
}

#[test]
fn large_lists_come_in_pieces_of_whole_lines() {
    let pieces: Vec<String> = large(5, 25_000).collect();
    assert_eq!(pieces.len(), 3);
    assert!(pieces.iter().all(|piece| piece.ends_with('\n')));
    let whole = pieces.concat();
    let rows = rows(&whole);
    assert_eq!(rows.len(), 25_000);
    let ids: BTreeSet<&str> = rows.iter().map(|row| row["Customer ID"].as_str()).collect();
    assert_eq!(ids.len(), 25_000);
    assert_eq!(hash(&whole), 11_518_950_422_247_986_922);
    assert_eq!(large(5, 0).count(), 1, "a header alone");
}
