//! One transaction seen from a thread that may wait: statements are prepared once a connection, and sent without waiting for
//! each other where several are needed at once.

use std::pin::pin;

use tokio::runtime::Handle;
use tokio_postgres::types::ToSql;
use tokio_postgres::{Row, Statement};

use super::pool::{Connection, fault_of};
use crate::Fault;

/// What a statement is given.
pub(super) type Params<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A connection in use by one thread.
pub(super) struct Session<'a> {
    connection: &'a mut Connection,
    runtime: &'a Handle,
}

impl<'a> Session<'a> {
    pub(super) fn new(connection: &'a mut Connection, runtime: &'a Handle) -> Self {
        Self { connection, runtime }
    }

    /// Runs fixed statements that answer nothing.
    pub(super) fn batch(&mut self, sql: &str) -> Result<(), Fault> {
        self.runtime.block_on(self.connection.client.batch_execute(sql)).map_err(|error| fault_of(&error))
    }

    /// The rows of a query.
    pub(super) fn rows(&mut self, sql: &'static str, params: Params<'_>) -> Result<Vec<Row>, Fault> {
        let statement = self.statement(sql)?;
        let rows = self.runtime.block_on(self.connection.client.query(&statement, params));
        rows.map_err(|error| fault_of(&error))
    }

    /// The first row of a query.
    pub(super) fn row(&mut self, sql: &'static str, params: Params<'_>) -> Result<Option<Row>, Fault> {
        Ok(self.rows(sql, params)?.into_iter().next())
    }

    /// How many rows a statement changed.
    pub(super) fn change(&mut self, sql: &'static str, params: Params<'_>) -> Result<u64, Fault> {
        let statement = self.statement(sql)?;
        let changed = self.runtime.block_on(self.connection.client.execute(&statement, params));
        changed.map_err(|error| fault_of(&error))
    }

    /// The rows of several queries, sent together: one journey instead of many.
    pub(super) fn rows_of_all<const N: usize>(
        &mut self,
        queries: [(&'static str, Params<'_>); N],
    ) -> Result<[Vec<Row>; N], Fault> {
        let mut statements = Vec::with_capacity(N);
        for (sql, _) in &queries {
            statements.push(self.statement(sql)?);
        }
        let client = &self.connection.client;
        let asked: Vec<_> = statements
            .iter()
            .zip(&queries)
            .map(|(statement, (_, params))| client.query(statement, params))
            .collect();
        let answers = self.runtime.block_on(all(asked)).map_err(|error| fault_of(&error))?;
        answers.try_into().map_err(|_| Fault::Corrupt { what: "as many answers as questions" })
    }

    fn statement(&mut self, sql: &'static str) -> Result<Statement, Fault> {
        if let Some(statement) = self.connection.statements.get(sql) {
            return Ok(statement.clone());
        }
        let prepared = self.runtime.block_on(self.connection.client.prepare(sql));
        let statement = prepared.map_err(|error| fault_of(&error))?;
        self.connection.statements.insert(sql, statement.clone());
        Ok(statement)
    }
}

/// Polls every future until all are done. The first poll of each sends its question, so that none waits for another.
async fn all<T, E>(futures: Vec<impl Future<Output = Result<T, E>>>) -> Result<Vec<T>, E> {
    let mut futures: Vec<_> = futures.into_iter().map(Box::pin).collect();
    let mut answers: Vec<Option<T>> = futures.iter().map(|_| None).collect();
    let polled = std::future::poll_fn(|context| {
        let mut is_waiting = false;
        for (future, answer) in futures.iter_mut().zip(&mut answers).filter(|(_, answer)| answer.is_none()) {
            match future.as_mut().poll(context) {
                std::task::Poll::Ready(Ok(value)) => *answer = Some(value),
                std::task::Poll::Ready(Err(error)) => return std::task::Poll::Ready(Err(error)),
                std::task::Poll::Pending => is_waiting = true,
            }
        }
        if is_waiting { std::task::Poll::Pending } else { std::task::Poll::Ready(Ok(())) }
    });
    pin!(polled).await?;
    Ok(answers.into_iter().flatten().collect())
}
