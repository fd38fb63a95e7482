//! Certified means and standard deviations of the NIST Statistical Reference Datasets, digit by digit.
//!
//! Skipped where the data folder is absent.

#![allow(clippy::unwrap_used, reason = "a test that cannot read its numbers has failed")]
#![allow(clippy::disallowed_methods, reason = "the real data sets are files")]
#![allow(clippy::print_stdout, reason = "says what was skipped and which digits were reached")]

use std::path::PathBuf;

use stillroom_analytics::profile::Moments;

fn read(name: &str) -> Option<String> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/data/nist-strd"));
    let text = std::fs::read_to_string(folder.join(name)).ok();
    if text.is_none() {
        println!("skipped: {name} is not there");
    }
    text
}

fn certified(text: &str, label: &str) -> f64 {
    let line = text.lines().find(|line| line.contains(label)).unwrap();
    let value = line.rsplit(':').next().unwrap().replace("(exact)", "");
    value.trim().parse().unwrap()
}

fn observations(text: &str) -> Vec<f64> {
    let lines = text.lines().skip_while(|line| !line.starts_with("Data:") || line.contains("Lines"));
    let values = lines.skip_while(|line| line.trim().parse::<f64>().is_err());
    values.filter_map(|line| line.trim().parse().ok()).collect()
}

/// The correct digits: -log10 of the relative error, at most 15.
fn digits(found: f64, certified: f64) -> f64 {
    if found == certified { 15.0 } else { (-((found - certified) / certified).abs().log10()).min(15.0) }
}

/// NumAcc4, by its definition: certified mean 10000000.2, standard deviation 0.1. Its steps of 0.1 on ten million are
/// stored with errors of up to 1e-9, so no sum of them can give more than about 8 digits of the deviation.
#[test]
fn ten_million_and_a_bit_keeps_what_the_numbers_hold() {
    let mut values = vec![10_000_000.2];
    for _ in 0..500 {
        values.extend([10_000_000.1, 10_000_000.3]);
    }
    let moments = Moments::of(&values);
    assert!(digits(moments.mean().unwrap(), 10_000_000.2) >= 14.0);
    let deviation = digits(moments.standard_deviation(1).unwrap(), 0.1);
    println!("NumAcc4: standard deviation {deviation:.1} digits");
    assert!(deviation >= 8.0, "{deviation}");
}

/// NumAcc3's deviation is bounded to 9 digits by how its numbers are stored.
#[test]
fn moments_reach_the_certified_digits() {
    let sets = [
        ("Lew.dat", 14.0, 14.0),
        ("Lottery.dat", 14.0, 14.0),
        ("Mavro.dat", 14.0, 12.5),
        ("Michelso.dat", 14.0, 13.0),
        ("NumAcc1.dat", 15.0, 15.0),
        ("NumAcc2.dat", 14.0, 14.0),
        ("NumAcc3.dat", 15.0, 9.0),
    ];
    for (name, mean_digits, deviation_digits) in sets {
        let Some(text) = read(name) else { continue };
        let moments = Moments::of(&observations(&text));
        let mean = digits(moments.mean().unwrap(), certified(&text, "Sample Mean"));
        let deviation =
            digits(moments.standard_deviation(1).unwrap(), certified(&text, "Sample Standard Deviation"));
        println!(
            "{name}: n {}, mean {mean:.1} digits, standard deviation {deviation:.1} digits",
            moments.count()
        );
        assert!(mean >= mean_digits && deviation >= deviation_digits, "{name}: {mean} {deviation}");
    }
}
