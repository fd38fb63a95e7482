//! Shards in this process: whatever happens to them, the bytes are those of the plain fit.

use proptest::prelude::*;
use rand::Rng;

use super::*;
use crate::group::kmeans::{KMeansParams, fit_kmeans_among};
use crate::predict::linear::{self, OlsParams};
use crate::predict::logistic::{self, LogisticParams};
use crate::predict::trees::forest::{self, ForestParams};
use crate::predict::{Outcome, TrainingSet};
use crate::progress::unwatched;
use crate::random::{Generator, draw_below, generator};
use crate::reduce::pca::{PcaParams, fit_pca_among};
use crate::{Error, Matrix};

/// What the carrier of messages does to shards.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Weather {
    /// Messages arrive in some order.
    Fair,
    /// Shards end and are replaced.
    Deaths,
    /// Shards are silent for long.
    Silence,
}

/// Drives `coordinator` with its shards in this process; answers the output and the answers that came back.
fn drive<T: PartialEq + 'static>(
    mut coordinator: Coordinator<T>,
    n_shards: usize,
    weather: Weather,
    draws: &mut Generator,
) -> (T, usize) {
    let mut shards: Vec<Option<Shard>> = (0..n_shards).map(|_| None).collect();
    let mut answers: Vec<(usize, Vec<u8>)> = Vec::new();
    let mut wanted: Vec<usize> = Vec::new();
    let mut n_heard = 0;
    loop {
        let next = coordinator.poll();
        while let Some((shard, message)) = coordinator.message() {
            let answer = shards[shard].as_mut().and_then(|shard| shard.heard(&message));
            answers.extend(answer.map(|answer| (shard, answer)));
        }
        while let Some(shard) = coordinator.wanted() {
            answers.retain(|(from, _)| *from != shard);
            shards[shard] = None;
            wanted.push(shard);
        }
        wanted.retain(|&shard| {
            let is_late = weather == Weather::Deaths && draws.gen_ratio(1, 2);
            if !is_late {
                shards[shard] = Some(Shard::default());
                coordinator.seated(shard);
            }
            is_late
        });
        match next {
            Next::Done(output) => return (output, n_heard),
            Next::Again | Next::Listen | Next::Wait => {}
        }
        if n_shards > 0 && weather == Weather::Deaths && draws.gen_ratio(1, 4) {
            let shard = draw_below(draws, n_shards);
            answers.retain(|(from, _)| *from != shard);
            if shards[shard].take().is_some() {
                coordinator.lost(shard);
            }
        }
        let is_heard = weather != Weather::Silence || draws.gen_ratio(1, 8);
        if is_heard && !answers.is_empty() {
            let (shard, answer) = answers.swap_remove(draw_below(draws, answers.len()));
            coordinator.heard(shard, &answer);
            n_heard += 1;
        } else if next == Next::Wait {
            coordinator.silence();
        }
    }
}

fn matrix(n_rows: usize, width: usize, seed: u64) -> Matrix {
    let mut draws = generator(seed, 0);
    let values = (0..n_rows * width).map(|_| draws.gen_range(-3.0..5.0)).collect();
    Matrix::new((0..width).map(|column| format!("x{column}")).collect(), values).unwrap()
}

/// A fit of some rows, as text that shows every bit.
type Fit = fn(Matrix, Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>>;

fn shown(fitted: crate::Result<impl serde::Serialize>) -> String {
    fitted.map_or_else(|error: Error| error.code().to_owned(), |model| serde_json::to_string(&model).unwrap())
}

fn target_of(matrix: &Matrix) -> Vec<f64> {
    let noise = |row: usize| ((row * 7919) % 101) as f64 / 50.0;
    (0..matrix.n_rows()).map(|row| matrix.row(row).iter().sum::<f64>() + noise(row)).collect()
}

fn pca(matrix: Matrix, crew: Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        let params = PcaParams::default().check().unwrap();
        shown(fit_pca_among(&matrix, &params, &crew, &mut unwatched).await)
    })
}

fn ols(matrix: Matrix, crew: Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        let target = target_of(&matrix);
        let weights: Vec<f64> = (0..target.len()).map(|row| 1.0 + (row % 3) as f64).collect();
        let set =
            TrainingSet::new(&matrix, Outcome::Numbers(&target)).unwrap().with_weights(&weights).unwrap();
        shown(linear::fit_among(&set, &OlsParams::default(), &crew, &mut unwatched).await)
    })
}

fn logistic(matrix: Matrix, crew: Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        let codes: Vec<u32> = target_of(&matrix)
            .iter()
            .enumerate()
            .map(|(row, sum)| u32::from(*sum > (row % 9) as f64))
            .collect();
        let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 2 }).unwrap();
        shown(logistic::fit_among(&set, &LogisticParams::default(), &crew, &mut unwatched).await)
    })
}

fn forest(matrix: Matrix, crew: Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        let matrix = matrix.take(&(0..matrix.n_rows() / 8).collect::<Vec<_>>());
        let codes: Vec<u32> = target_of(&matrix).iter().map(|sum| (sum.abs() as u32) % 3).collect();
        let set = TrainingSet::new(&matrix, Outcome::Classes { codes: &codes, n_classes: 3 }).unwrap();
        let params = ForestParams { n_trees: 70, max_depth: Some(3), ..ForestParams::default() };
        shown(forest::fit_among(&set, &params, 3, &crew, &mut unwatched).await)
    })
}

fn kmeans(matrix: Matrix, crew: Crew) -> std::pin::Pin<Box<dyn Future<Output = String>>> {
    Box::pin(async move {
        let params =
            KMeansParams { k: 24, n_init: 1, n_swaps: 0, max_iterations: 6, ..KMeansParams::default() };
        shown(fit_kmeans_among(&matrix, &params.check().unwrap(), 5, &crew, &mut unwatched).await)
    })
}

const FITS: [(&str, Fit); 5] =
    [("pca", pca), ("ols", ols), ("logistic", logistic), ("forest", forest), ("kmeans", kmeans)];

#[test]
fn a_pass_that_is_worth_it_is_shared_and_a_small_one_is_not() {
    for (name, fit) in FITS {
        for (n_rows, is_shared) in [(40_000, true), (4096, false)] {
            let rows = matrix(n_rows, 24, 1);
            let coordinator = Coordinator::new(1, 2, |crew| fit(rows, crew));
            let (_, n_heard) = drive(coordinator, 2, Weather::Fair, &mut generator(1, 1));
            assert_eq!(n_heard > 0, is_shared, "{name} {n_rows}");
        }
    }
}

#[test]
fn a_message_that_does_not_read_has_no_answer() {
    let mut shard = Shard::default();
    for message in [&[][..], &[9, 9, 9], &[1, 0, 0], &[0xff; 40]] {
        assert_eq!(shard.heard(message), None);
    }
    let mut coordinator = Coordinator::new(1, 1, |crew| pca(matrix(40_000, 24, 3), crew));
    assert_eq!((coordinator.poll(), coordinator.wanted()), (Next::Listen, Some(0)));
    coordinator.seated(0);
    while coordinator.poll() != Next::Wait {}
    coordinator.heard(0, &[]);
    assert_eq!(coordinator.wanted(), Some(0));
    coordinator.heard(7, &[1, 2, 3]);
    let Next::Done(answer) = coordinator.poll() else { panic!("the leader works alone") };
    assert_eq!(answer, at_once(pca(matrix(40_000, 24, 3), Crew::alone())));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 6, ..ProptestConfig::default() })]

    #[test]
    fn any_number_of_shards_in_any_weather_gives_the_bytes_of_the_plain_fit(
        chunks in 5usize..12, beside in -2i64..3, n_shards in 0usize..5, seed in 0u64..1000, kind in 0usize..5,
    ) {
        let n_rows = (chunks * crate::partial::CHUNK_ROWS) as i64 + beside;
        let rows = matrix(n_rows as usize, 24, seed);
        let (name, fit) = FITS[kind];
        let plain = at_once(fit(rows.clone(), Crew::alone()));
        for weather in [Weather::Fair, Weather::Deaths, Weather::Silence] {
            let coordinator = Coordinator::new(1, n_shards, |crew| fit(rows.clone(), crew));
            let (found, _) = drive(coordinator, n_shards, weather, &mut generator(seed, 2));
            prop_assert!(found == plain, "{} with {} shards in {:?}, seed {}", name, n_shards, weather, seed);
        }
    }
}
