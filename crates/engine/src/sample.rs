//! Sample businesses as the files one would import.

use stillroom_sample::{Kind, generate};

use crate::protocol::{DialectChoice, FileKind, ImportPlan, SampleKind};

/// One file of a sample.
#[derive(Debug, Clone, PartialEq)]
pub struct SampleFile {
    /// Its name.
    pub name: String,
    /// What its rows are.
    pub kind: FileKind,
    /// Its text.
    pub text: String,
}

impl SampleFile {
    /// How it is imported: as guessed, like any other file.
    #[must_use]
    pub fn plan(&self) -> ImportPlan {
        ImportPlan {
            label: self.name.clone(),
            dialect: DialectChoice::default(),
            kind: self.kind,
            targets: Vec::new(),
        }
    }
}

/// The files of a sample: the customers, then their orders where the business has any. The same seed makes the same files.
#[must_use]
pub fn files(kind: SampleKind, seed: u64) -> Vec<SampleFile> {
    let (kind, word, n_customers) = match kind {
        SampleKind::Shop => (Kind::Shop, "shop", 2000),
        SampleKind::Bank => (Kind::Bank, "bank", 5000),
        SampleKind::Clinic => (Kind::Clinic, "clinic", 1500),
    };
    let sample = generate(kind, seed, n_customers);
    let file = |what: &str, kind, text| SampleFile { name: format!("{word}-{what}.csv"), kind, text };
    let customers = file("customers", FileKind::Customers, sample.customers_csv);
    let orders = sample.orders_csv.map(|text| file("orders", FileKind::OrderLines, text));
    std::iter::once(customers).chain(orders).collect()
}
