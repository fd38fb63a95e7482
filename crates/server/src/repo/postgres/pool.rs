//! Connections: opened when needed, each made safe before its first use, given back when a transaction has ended.

use std::collections::HashMap;
use std::str::FromStr as _;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rustls::ClientConfig;
use rustls::crypto::ring::default_provider;
use tokio::runtime::Handle;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_postgres::config::{Host, SslMode};
use tokio_postgres::error::SqlState;
use tokio_postgres::{Client, Config, NoTls, Statement};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::session::Session;
use crate::Fault;

/// Connections at once. Writers of one workspace share one, so this many workspaces write at the same moment.
const MAX_CONNECTIONS: usize = 16;
const CONNECT_TIME: Duration = Duration::from_secs(10);

/// What every connection does first. A commit waits for the disk (and for a standby where the database is set up to
/// wait for one), the work is done by a role that row security binds, and nothing waits for ever. Every question is answered
/// along an index, in its order: what is believed of a table that nobody has analyzed yet must not lead elsewhere.
const MAKE_SAFE: &str = "
    SET ROLE stillroom_work;
    SELECT set_config('synchronous_commit', 'on', false)
        WHERE current_setting('synchronous_commit') NOT IN ('on', 'remote_apply');
    SET row_security = on;
    SET search_path = stillroom, stillroom_keys, stillroom_ledger, stillroom_control, pg_catalog;
    SET lock_timeout = '10s';
    SET statement_timeout = '60s';
    SET idle_in_transaction_session_timeout = '60s';
    SET enable_seqscan = off;
    SET enable_bitmapscan = off;
    SET enable_sort = off;
    SET jit = off;";

const IS_SAFE: &str = "
    SELECT NOT (rolsuper OR rolbypassrls)
           AND row_security_active('stillroom.op') AND row_security_active('stillroom_control.token')
           AND current_setting('synchronous_commit') IN ('on', 'remote_apply')
    FROM pg_roles WHERE rolname = current_user";

/// A connection and the statements prepared on it.
pub(super) struct Connection {
    pub(super) client: Client,
    pub(super) statements: HashMap<&'static str, Statement>,
}

/// A connection on loan. Dropped without [`Lease::give_back`], as when a transaction did not end, it is closed.
pub(super) struct Lease {
    pub(super) connection: Connection,
    pool: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

struct Shared {
    idle: Mutex<Vec<Connection>>,
}

/// All connections of one database.
pub(super) struct Pool {
    config: Config,
    tls: Option<MakeRustlsConnect>,
    permits: Arc<Semaphore>,
    shared: Arc<Shared>,
}

impl Lease {
    /// The connection for a thread that may wait.
    pub(super) fn session<'a>(&'a mut self, runtime: &'a Handle) -> Session<'a> {
        Session::new(&mut self.connection, runtime)
    }

    /// Lets the next one use it.
    pub(super) fn give_back(self) {
        if !self.connection.client.is_closed() {
            self.pool.idle.lock().unwrap_or_else(PoisonError::into_inner).push(self.connection);
        }
    }
}

impl Pool {
    /// A pool for the database at `address`, a `postgres://` address as libpq reads it.
    ///
    /// # Errors
    /// [`Fault::Storage`] when the address cannot be read or would send records in clear text to another machine.
    pub(super) fn new(address: &str) -> Result<Self, Fault> {
        let unreadable = || Fault::Storage { kind: "its address cannot be read".to_owned() };
        let mut config = Config::from_str(address).map_err(|_| unreadable())?;
        config.connect_timeout(CONNECT_TIME).application_name("stillroom-server");
        let tls = if is_local(&config) { None } else { Some(verified(&config)?) };
        let shared = Arc::new(Shared { idle: Mutex::default() });
        Ok(Self { config, tls, permits: Arc::new(Semaphore::new(MAX_CONNECTIONS)), shared })
    }

    /// A connection that may do everything its address allows, for migrating.
    ///
    /// # Errors
    /// [`Fault::Storage`].
    pub(super) async fn connect_as_owner(&self) -> Result<Client, Fault> {
        self.connect().await.map_err(refused)
    }

    /// A connection for one transaction.
    ///
    /// # Errors
    /// [`Fault::Busy`] when the database cannot be reached.
    pub(super) async fn lease(&self) -> Result<Lease, Fault> {
        let permit = Arc::clone(&self.permits).acquire_owned().await.map_err(|_| Fault::Busy)?;
        loop {
            let idle = self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let connection = match idle {
                Some(connection) if connection.client.is_closed() => continue,
                Some(connection) => connection,
                None => self.open().await?,
            };
            return Ok(Lease { connection, pool: Arc::clone(&self.shared), _permit: permit });
        }
    }

    async fn open(&self) -> Result<Connection, Fault> {
        let client = self.connect().await.map_err(|error| fault_of(&error))?;
        client.batch_execute(MAKE_SAFE).await.map_err(|error| fault_of(&error))?;
        let is_safe = client.query_one(IS_SAFE, &[]).await.map_err(|error| fault_of(&error))?;
        if !is_safe.get::<_, bool>(0) {
            return Err(Fault::Storage { kind: "row security does not bind this role".to_owned() });
        }
        Ok(Connection { client, statements: HashMap::new() })
    }

    async fn connect(&self) -> Result<Client, tokio_postgres::Error> {
        match &self.tls {
            Some(tls) => {
                let (client, connection) = self.config.connect(tls.clone()).await?;
                tokio::spawn(connection);
                Ok(client)
            }
            None => {
                let (client, connection) = self.config.connect(NoTls).await?;
                tokio::spawn(connection);
                Ok(client)
            }
        }
    }

    /// Lets nobody in any more, and waits until every connection was given back.
    pub(super) async fn close(&self) {
        let all = u32::try_from(MAX_CONNECTIONS).unwrap_or(u32::MAX);
        if self.permits.acquire_many(all).await.is_ok() {
            self.permits.close();
        }
        self.shared.idle.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// Whether every host of the address is this machine.
fn is_local(config: &Config) -> bool {
    config.get_hosts().iter().all(|host| match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    })
}

/// TLS that checks the server's certificate and name against this machine's certificate authorities.
fn verified(config: &Config) -> Result<MakeRustlsConnect, Fault> {
    if config.get_ssl_mode() != SslMode::Require {
        return Err(Fault::Storage {
            kind: "it is on another machine; add ?sslmode=require to its address".to_owned(),
        });
    }
    let mut roots = rustls::RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map(|builder| MakeRustlsConnect::new(builder.with_root_certificates(roots).with_no_client_auth()))
        .map_err(|error| Fault::Storage { kind: error.to_string() })
}

/// The fault for an error met before anybody is served, with PostgreSQL's own words for the operator. They name conditions,
/// roles and tables; values would be in the detail, which is left out.
pub(super) fn refused(error: tokio_postgres::Error) -> Fault {
    let kind = match error.as_db_error() {
        Some(refused) => format!("{} ({})", refused.message(), refused.code().code()),
        None => error.to_string(),
    };
    Fault::Storage { kind }
}

/// The fault for an error. What passes by itself is [`Fault::Busy`], so that devices send again.
pub(super) fn fault_of(error: &tokio_postgres::Error) -> Fault {
    let Some(code) = error.code() else {
        return if error.is_closed()
            || std::error::Error::source(error).is_some_and(|source| source.is::<std::io::Error>())
        {
            Fault::Busy
        } else {
            Fault::Storage { kind: "client".to_owned() }
        };
    };
    let passes = [
        SqlState::T_R_SERIALIZATION_FAILURE,
        SqlState::T_R_DEADLOCK_DETECTED,
        SqlState::LOCK_NOT_AVAILABLE,
        SqlState::QUERY_CANCELED,
        SqlState::TOO_MANY_CONNECTIONS,
        SqlState::ADMIN_SHUTDOWN,
        SqlState::CRASH_SHUTDOWN,
        SqlState::CANNOT_CONNECT_NOW,
    ];
    if passes.contains(code) { Fault::Busy } else { Fault::Storage { kind: code.code().to_owned() } }
}
