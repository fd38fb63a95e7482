//! The command line: what to do, which folders, which address, behind what.

use std::ffi::OsString;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::num::NonZeroU32;
use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::{Error, Limits, Transport};

const MIB: u64 = 1024 * 1024;

/// What the command line asked for.
#[derive(Debug, Clone, Parser)]
#[command(
    name = "stillroom-server",
    about = "Serves the app under strict headers, and stores what a consent allows"
)]
#[command(args_conflicts_with_subcommands = true, disable_help_subcommand = true)]
pub struct Options {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    serve: Serve,
}

/// One thing the binary does.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Serves until stopped; meant when no command is named.
    Serve(Serve),
    /// Checks every database: pages, sequence without gaps, hash chain; prints one JSON line.
    Check(Storage),
    /// Copies every database while it may be in use.
    Backup {
        /// What to copy.
        #[command(flatten)]
        storage: Storage,
        /// The folder to write; it must be missing or empty.
        #[arg(long, value_name = "DIR")]
        to: PathBuf,
    },
    /// Puts a backup in place and replays every withdrawal and erasure since it was made.
    Restore {
        /// What to replace; its newer consent ledgers are kept.
        #[command(flatten)]
        storage: Storage,
        /// The folder of the backup.
        #[arg(long, value_name = "DIR")]
        from: PathBuf,
    },
    /// Asks a running server's metrics listener whether it is well; for container health checks.
    Health {
        /// The address given to `--metrics`.
        #[arg(long, value_name = "ADDR")]
        metrics: SocketAddr,
    },
}

/// Where the records are.
#[derive(Debug, Clone, Args)]
pub struct Storage {
    /// The folder of the SQLite databases and of the server's signing key.
    #[arg(long, value_name = "DIR", default_value = "stillroom-data")]
    pub data: PathBuf,
    /// A PostgreSQL database for the records instead of SQLite files.
    #[arg(long, value_name = "URL")]
    pub database: Option<DatabaseAddress>,
}

/// The address of a database; it may hold a password, so it is never shown.
#[derive(Clone)]
pub struct DatabaseAddress(String);

impl DatabaseAddress {
    /// The address as it was given, password included.
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl std::str::FromStr for DatabaseAddress {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let is_postgres = text.starts_with("postgres://") || text.starts_with("postgresql://");
        is_postgres.then(|| Self(text.to_owned())).ok_or("an address begins with postgres://")
    }
}

impl std::fmt::Debug for DatabaseAddress {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.write_str("DatabaseAddress")
    }
}

/// How to serve.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// The folder of a finished build of the app; without one, only the sync API is served.
    #[arg(long, value_name = "DIR")]
    pub dist: Option<PathBuf>,
    /// The port; 0 takes a free one.
    #[arg(long, default_value_t = 8080)]
    pub port: u16,
    /// The address; without a certificate only a loopback one.
    #[arg(long, value_name = "ADDR", default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    pub bind: IpAddr,
    /// Says that a TLS proxy on this machine stands in front.
    #[arg(long, conflicts_with = "tls_cert")]
    pub behind_tls: bool,
    /// The certificate chain, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_key")]
    pub tls_cert: Option<PathBuf>,
    /// The certificate's private key, PEM.
    #[arg(long, value_name = "FILE", requires = "tls_cert")]
    pub tls_key: Option<PathBuf>,
    /// Serves the app's files only.
    #[arg(long)]
    pub no_sync: bool,
    /// Where the records are.
    #[command(flatten)]
    pub storage: Storage,
    /// Whether anyone may begin a workspace here.
    #[arg(long, value_enum, default_value_t = Registration::Open)]
    pub registration: Registration,
    /// An origin this server is reached at, such as `https://sync.example.org`, as grants name it; may be given several times. Without
    /// one, the address it listens on.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub origin: Vec<String>,
    /// Another origin whose pages may use the sync API, such as `https://app.example.org`; may be given several times.
    #[arg(long, value_name = "ORIGIN", value_parser = origin)]
    pub sync_origin: Vec<String>,
    /// Requests a minute of one address to what needs no token; more where many people share one address.
    #[arg(long, value_name = "N", default_value_t = Limits::default().open_per_minute)]
    pub open_per_minute: NonZeroU32,
    /// Requests a second of one device; twice as many may come at once.
    #[arg(long, value_name = "N", default_value_t = Limits::default().device_per_second)]
    pub device_per_second: NonZeroU32,
    /// Operations that one workspace may hold.
    #[arg(long, value_name = "N", default_value_t = Limits::default().quota_ops)]
    pub quota_operations: u64,
    /// Mebibytes of operations that one workspace may hold.
    #[arg(long, value_name = "N", default_value_t = Limits::default().quota_bytes / MIB)]
    pub quota_mib: u64,
    /// The form of the log, which goes to the standard error.
    #[arg(long, value_enum, default_value_t = LogForm::Text)]
    pub log: LogForm,
    /// A second, loopback address that answers /metrics and /healthz.
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<SocketAddr>,
}

/// Whether new workspaces are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Registration {
    /// Anyone may begin a workspace.
    Open,
    /// Only workspaces that exist are served.
    Closed,
}

/// How log lines are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum LogForm {
    /// One JSON object a line.
    Json,
    /// Words for a terminal.
    Text,
}

impl Options {
    /// Reads the arguments after the program's name.
    ///
    /// # Errors
    /// [`Error::BadArgument`] with clap's own explanation (also for `--help`, which [`Error::is_help`] tells apart);
    /// [`Error::PlainHttpBeyondLoopback`] when plain HTTP would be served where other machines can reach it;
    /// [`Error::MetricsBeyondLoopback`] likewise; [`Error::NothingToServe`].
    pub fn parse(arguments: impl IntoIterator<Item = impl Into<OsString>>) -> Result<Command, Error> {
        let name = OsString::from("stillroom-server");
        let arguments = std::iter::once(name).chain(arguments.into_iter().map(Into::into));
        let options = Self::try_parse_from(arguments).map_err(|source| Error::BadArgument { source })?;
        let command = options.command.unwrap_or(Command::Serve(options.serve));
        if let Command::Serve(serve) = &command {
            serve.check()?;
        }
        Ok(command)
    }
}

impl Serve {
    /// Where to listen.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        SocketAddr::new(self.bind, self.port)
    }

    /// How responses reach the browser.
    #[must_use]
    pub fn transport(&self) -> Transport {
        match (&self.tls_cert, self.behind_tls) {
            (Some(_), _) => Transport::Tls,
            (None, true) => Transport::BehindTls,
            (None, false) => Transport::Plain,
        }
    }

    /// What one client may ask of this process.
    #[must_use]
    pub fn limits(&self) -> Limits {
        Limits {
            open_per_minute: self.open_per_minute,
            device_per_second: self.device_per_second,
            device_burst: self.device_per_second.saturating_add(self.device_per_second.get()),
            quota_ops: self.quota_operations,
            quota_bytes: self.quota_mib.saturating_mul(MIB),
            ..Limits::default()
        }
    }

    fn check(&self) -> Result<(), Error> {
        if self.tls_cert.is_none() && !self.bind.is_loopback() {
            return Err(Error::PlainHttpBeyondLoopback { address: self.bind });
        }
        if let Some(address) = self.metrics.filter(|address| !address.ip().is_loopback()) {
            return Err(Error::MetricsBeyondLoopback { address: address.ip() });
        }
        if self.no_sync && self.dist.is_none() {
            return Err(Error::NothingToServe);
        }
        Ok(())
    }
}

/// An origin exactly as a browser writes it: scheme, host, and a port that is not the scheme's own.
fn origin(text: &str) -> Result<String, &'static str> {
    let host = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let is_plain = |host: &str| {
        !host.is_empty()
            && host
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-:[]".contains(&byte))
    };
    host.filter(|host| is_plain(host))
        .map(|_| text.to_owned())
        .ok_or("an origin is a scheme and a host, without a path")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Command, Error> {
        Options::parse(line.split_whitespace())
    }

    fn serve(line: &str) -> Serve {
        match parse(line) {
            Ok(Command::Serve(serve)) => serve,
            other => panic!("{line}: {other:?}"),
        }
    }

    #[test]
    fn nothing_given_means_loopback_and_port_8080() {
        let options = serve("");
        assert_eq!(options.address().to_string(), "127.0.0.1:8080");
        assert_eq!(options.transport(), Transport::Plain);
        assert_eq!(options.storage.data, PathBuf::from("stillroom-data"));
    }

    #[test]
    fn serving_needs_no_command_and_takes_one() {
        for line in [
            "--dist site --port 0 --bind ::1 --behind-tls",
            "serve --dist site --port 0 --bind ::1 --behind-tls",
        ] {
            let options = serve(line);
            assert_eq!(options.dist, Some(PathBuf::from("site")), "{line}");
            assert_eq!(options.address().to_string(), "[::1]:0", "{line}");
            assert_eq!(options.transport(), Transport::BehindTls, "{line}");
        }
    }

    #[test]
    fn a_device_may_ask_twice_at_once_what_it_may_ask_in_a_second() {
        let limits = serve("--device-per-second 500 --open-per-minute 7").limits();
        let counts = [limits.device_per_second, limits.device_burst, limits.open_per_minute].map(|n| n.get());
        assert_eq!(counts, [500, 1000, 7]);
        assert_eq!(serve("").limits().device_burst, Limits::default().device_burst);
        assert_eq!(parse("--device-per-second 0").unwrap_err().code(), "bad_argument");
    }

    #[test]
    fn what_a_workspace_may_hold_can_be_told() {
        let told = |line: &str| {
            let limits = serve(line).limits();
            (limits.quota_ops, limits.quota_bytes)
        };
        assert_eq!(told("--quota-operations 5 --quota-mib 2"), (5, 2 << 20));
        assert_eq!(told(""), (Limits::default().quota_ops, Limits::default().quota_bytes));
    }

    #[test]
    fn a_certificate_opens_other_addresses() {
        let options = serve("--bind 0.0.0.0 --tls-cert chain.pem --tls-key key.pem");
        assert_eq!(options.transport(), Transport::Tls);
    }

    #[test]
    fn refused_settings_have_their_codes() {
        let cases = [
            ("--bind 0.0.0.0", "plain_http_beyond_loopback"),
            ("--bind ::", "plain_http_beyond_loopback"),
            ("--bind 192.168.1.4 --behind-tls", "plain_http_beyond_loopback"),
            ("--metrics 10.0.0.1:9090", "metrics_beyond_loopback"),
            ("--no-sync", "nothing_to_serve"),
            ("--port", "bad_argument"),
            ("--port many", "bad_argument"),
            ("--bind nowhere", "bad_argument"),
            ("--verbose", "bad_argument"),
            ("extra", "bad_argument"),
            ("--tls-cert chain.pem", "bad_argument"),
            ("--database mysql://host/db", "bad_argument"),
            ("--sync-origin https://app.example.org/path", "bad_argument"),
            ("--sync-origin *", "bad_argument"),
            ("backup", "bad_argument"),
        ];
        for (line, code) in cases {
            assert_eq!(parse(line).unwrap_err().code(), code, "{line}");
        }
    }

    #[test]
    fn a_database_address_is_never_shown() {
        let options = serve("--database postgres://user:canary@host/db");
        assert!(!format!("{options:?}").contains("canary"));
        assert_eq!(options.storage.database.unwrap().expose(), "postgres://user:canary@host/db");
    }
}
