//! What was planted, so that a test can ask the analyses to find it again.

/// The kind of business a sample shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// A shop with regular customers: order lines, seasons, cancellations.
    Shop,
    /// A bank branch: products held, balances, leavers.
    Bank,
    /// A clinic: visits and services, missed appointments.
    Clinic,
}

impl Kind {
    /// All kinds, in the order to offer them.
    pub const ALL: [Self; 3] = [Self::Shop, Self::Bank, Self::Clinic];

    /// The stable name: `shop`, `bank` or `clinic`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Shop => "shop",
            Self::Bank => "bank",
            Self::Clinic => "clinic",
        }
    }

    /// How many customers the sample has unless asked otherwise.
    pub fn default_customers(self) -> usize {
        match self {
            Self::Shop => 2_000,
            Self::Bank => 5_000,
            Self::Clinic => 1_500,
        }
    }
}

/// A sample: files as an ordinary program would export them, and what they hide.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// One line a customer, with a header, comma separated, UTF-8.
    pub customers_csv: String,
    /// One line an order line, with a header, in order of date; `None` where the kind has no orders.
    pub orders_csv: Option<String>,
    /// What was planted.
    pub truth: Truth,
}

/// Everything planted in one sample.
#[derive(Clone, Debug, PartialEq)]
pub struct Truth {
    /// Names of the segments, in the order that [`CustomerTruth::segment`] counts them.
    pub segments: Vec<&'static str>,
    /// One a customer, in the order of the file.
    pub customers: Vec<CustomerTruth>,
    /// Items that are bought because of others.
    pub affinities: Vec<Affinity>,
    /// Customer ids of the same person: the first entry, and the later one with slips of the pen.
    pub duplicates: Vec<(String, String)>,
    /// The model that the yes/no target was drawn from.
    pub outcome: LogisticTruth,
    /// The model that an amount was drawn from, where the kind has one.
    pub amount: Option<LinearTruth>,
}

/// What was planted about one customer.
#[derive(Clone, Debug, PartialEq)]
pub struct CustomerTruth {
    /// The value in the column "Customer ID".
    pub id: String,
    /// Which segment, an index into [`Truth::segments`].
    pub segment: usize,
    /// The probability that the outcome was drawn with, 0 < p < 1.
    pub outcome_probability: f64,
    /// Whether the outcome happened.
    pub outcome: bool,
}

/// Buyers of one item also take another in the same order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affinity {
    /// The item code that leads.
    pub item: &'static str,
    /// The item code that follows.
    pub brings: &'static str,
    /// How often it follows.
    pub probability: f64,
}

/// P(target = yes) = 1 / (1 + e⁻ᶻ), z = intercept + Σ coefficient × column.
#[derive(Clone, Debug, PartialEq)]
pub struct LogisticTruth {
    /// The column that holds `yes` or `no`.
    pub target: &'static str,
    /// The value of z when every column is 0.
    pub intercept: f64,
    /// Columns with their coefficients, per unit as it stands in the file; `yes` is 1 and `no` is 0.
    pub coefficients: Vec<(&'static str, f64)>,
}

/// amount = intercept + Σ coefficient × column + noise.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearTruth {
    /// The column that holds the amount.
    pub target: &'static str,
    /// The amount when every column is 0.
    pub intercept: f64,
    /// Columns with their coefficients, per unit as it stands in the file.
    pub coefficients: Vec<(&'static str, f64)>,
    /// The standard deviation of the noise, in units of the amount.
    pub noise_sd: f64,
}
