//! How many records a purpose covers, counted in the database.

use crate::{Error, Result, Store};
use rusqlite::params;
use stillroom_consent::{GrantId, Purpose, SubjectBasis, cbor};

impl Store {
    /// The distinct bases recorded for a purpose, each with how many customers have it that are here, not restricted and, when
    /// a grant is named, listed for it. Reads every recorded basis of the purpose once.
    ///
    /// # Errors
    /// What the database refuses.
    pub fn reach(&self, purpose: Purpose, listed_for: Option<GrantId>) -> Result<Vec<(SubjectBasis, u64)>> {
        let mut statement = self.connection.prepare_cached(
            "SELECT k.basis, count(*) FROM ledger_bases b
             JOIN basis_kinds k ON k.id = b.kind_id
             JOIN subjects s ON s.token = b.token
             JOIN customers c ON c.id = s.customer_id
             LEFT JOIN ledger_flags f ON f.token = b.token
             WHERE b.purpose = ?1 AND ifnull(f.is_restricted, 0) = 0 AND ifnull(f.is_erased, 0) = 0
               AND (?2 IS NULL OR EXISTS (SELECT 1 FROM ledger_members m WHERE m.grant_id = ?2 AND m.token = b.token))
             GROUP BY k.id",
        )?;
        let counts = statement.query_map(params![purpose.key(), listed_for.map(|grant| grant.0)], |row| {
            Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, i64>(1)? as u64))
        })?;
        counts
            .map(|count| {
                let (bytes, n_customers) = count?;
                Ok((cbor::decode(&bytes).map_err(|_| Error::Damaged)?, n_customers))
            })
            .collect()
    }
}
