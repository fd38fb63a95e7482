//! Recommendations from the order lines of a real shop.

use std::collections::BTreeMap;

use stillroom_analytics::progress::unwatched;
use stillroom_analytics::recommend::{
    EvaluateParams, Interactions, KnnItemParams, Origin, Weighting, cosine, evaluate, fit,
};

use crate::common::shared;

fn code_of(codes: &mut BTreeMap<String, u32>, label: &str) -> u32 {
    let next = u32::try_from(codes.len()).unwrap();
    *codes.entry(label.to_owned()).or_insert(next)
}

/// Minutes since the year 0, with months of 31 days: enough to order invoices.
fn minutes(date: &str) -> i64 {
    let parts: Vec<i64> = date.split(['-', ' ', ':']).map(|part| part.parse().unwrap()).collect();
    (((parts[0] * 12 + parts[1]) * 31 + parts[2]) * 24 + parts[3]) * 60 + parts[4]
}

fn read(text: &str) -> Interactions {
    let (mut user_codes, mut item_codes) = (BTreeMap::new(), BTreeMap::new());
    let (mut users, mut items, mut quantities, mut times) = (vec![], vec![], vec![], vec![]);
    for line in text.lines().skip(1) {
        // Descriptions may hold separators; the fields before and after them do not.
        let mut front = line.splitn(3, ',');
        let (_, stock, rest) = (front.next().unwrap(), front.next().unwrap(), front.next().unwrap());
        let mut back = rest.rsplitn(6, ',');
        let (_, customer, _, date, quantity) = (
            back.next().unwrap(),
            back.next().unwrap(),
            back.next().unwrap(),
            back.next().unwrap(),
            back.next().unwrap(),
        );
        if customer.is_empty() {
            continue;
        }
        users.push(code_of(&mut user_codes, customer));
        items.push(code_of(&mut item_codes, stock));
        quantities.push(quantity.parse().unwrap());
        times.push(minutes(date) * 60_000);
    }
    Interactions::new(users, items, quantities, times, user_codes.len(), item_codes.len()).unwrap()
}

#[test]
fn neighbours_find_last_orders_better_than_popularity() {
    let Some(text) = shared("online-retail/online_retail_2010-12_2011-08.csv.gz") else { return };
    let bought = read(&text);
    let found =
        evaluate(&bought, &KnnItemParams::default(), &EvaluateParams::default(), &mut unwatched).unwrap();
    println!("{found:#?}");
    assert!(found.n_users > 1400);
    assert!(found.ndcg_gain.low > 0.0, "the interval of the gain over popularity lies above zero");
    assert!(found.model.hit_rate.low > found.popularity.hit_rate.high);
    assert!(found.model.coverage > 5.0 * found.popularity.coverage);
}

#[test]
fn similarities_equal_the_cosine_of_whole_columns() {
    let Some(text) = shared("online-retail/online_retail_2010-12_2011-08.csv.gz") else { return };
    let bought = read(&text);
    let owned = bought.owned(Weighting::LogQuantity);
    let params = KnnItemParams { weighting: Weighting::LogQuantity, ..KnnItemParams::default() };
    let model = fit(&bought, &params, &mut unwatched).unwrap();
    let column = |wanted: u32| -> Vec<f64> {
        let weight = |user: usize| {
            owned.items(user).binary_search(&wanted).map_or(0.0, |position| owned.weights(user)[position])
        };
        (0..owned.n_users()).map(weight).collect()
    };
    for item in (0..model.neighbours.len()).step_by(331) {
        let own = column(item as u32);
        for neighbour in model.neighbours[item].iter().step_by(7) {
            let plain = cosine(&own, &column(neighbour.item)).unwrap();
            assert!((plain - neighbour.cosine).abs() < 1e-12);
        }
    }
    let lists = model.recommend_all(&owned, &[], 10, &mut unwatched).unwrap();
    for (user, list) in lists.iter().enumerate() {
        assert_eq!(list.len(), 10);
        assert!(list.iter().all(|entry| owned.known(user).binary_search(&entry.item).is_err()));
        let reasoned = list.iter().filter(|entry| entry.origin == Origin::Neighbours);
        assert!(reasoned.clone().all(|entry| !entry.because.is_empty()));
    }
}
