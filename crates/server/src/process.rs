//! The process: listeners, certificates, and an orderly end.

use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use axum_server::Handle;
use axum_server::tls_rustls::{RustlsAcceptor, RustlsConfig};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::state::State;
use crate::{
    Clock, Command, Error, Limits, Serve, Site, SyncSettings, Transport, app, operations, repo, sweeper,
    upkeep,
};

/// How long requests under way may take to finish once the process was asked to stop.
const GRACE: Duration = Duration::from_secs(20);

/// Does what the command line asked for. `say` gets the lines meant for the terminal.
///
/// # Errors
/// Whatever keeps the command from finishing; see [`Error`].
pub async fn run(command: Command, say: impl Fn(&str)) -> Result<(), Error> {
    match command {
        Command::Serve(options) => serve(&options, say).await,
        Command::Check(storage) => upkeep::check(&storage, say).await,
        Command::Backup { storage, to } => upkeep::back_up(&storage, &to, say),
        Command::Restore { storage, from } => upkeep::restore(&storage, &from, say),
        Command::Health { metrics } => upkeep::health(metrics, say).await,
    }
}

async fn serve(options: &Serve, say: impl Fn(&str)) -> Result<(), Error> {
    let tls = tls(options)?;
    let listener = listen(options.address())?;
    let address =
        listener.local_addr().map_err(|source| Error::Listen { address: options.address(), source })?;
    let state = start(options, address)?;
    if options.storage.database.is_some() {
        meet_database(&state).await?;
    }
    tokio::spawn(sweeper::run(Arc::clone(&state)));
    say(&format!("Stillroom is at {} (stop with Ctrl+C)", address_of(options.transport(), address)));
    if let Some(address) = options.metrics {
        let listener = listen(address)?;
        let address = listener.local_addr().map_err(|source| Error::Listen { address, source })?;
        tokio::spawn(serve_operations(listener, Arc::clone(&state)));
        say(&format!("Metrics are at http://{address}/metrics"));
    }
    let handle = Handle::new();
    tokio::spawn(stop_when_asked(handle.clone(), Arc::clone(&state)));
    let served = serve_until_stopped(listener, tls, handle, Arc::clone(&state)).await;
    state.close().await;
    served.map_err(|source| Error::Listen { address, source })
}

fn start(options: &Serve, address: SocketAddr) -> Result<Arc<State>, Error> {
    let site = options.dist.as_deref().map(Site::read).transpose()?;
    let transport = options.transport();
    match site {
        Some(site) if options.no_sync => Ok(State::serving(site, transport)),
        site => State::syncing(site, transport, options.limits(), sync_settings(options, address)?),
    }
}

/// Finds out before the first request whether the database can be used, and brings its schema up to date.
async fn meet_database(state: &State) -> Result<(), Error> {
    match &state.desk {
        Some(desk) => desk.repo().ping().await.map_err(|fault| Error::Database { fault }),
        None => Ok(()),
    }
}

fn sync_settings(options: &Serve, address: SocketAddr) -> Result<SyncSettings, Error> {
    let own = || vec![address_of(options.transport(), address)];
    let storage = &options.storage;
    let clock = system_clock();
    let repo = repo::open(storage, &Limits::default(), &clock)?;
    let folder = &storage.data;
    std::fs::create_dir_all(folder)
        .map_err(|error| Error::Data { path: folder.clone(), fault: error.into() })?;
    Ok(SyncSettings {
        repo,
        key_file: folder.join("server.key"),
        origins: if options.origin.is_empty() { own() } else { options.origin.clone() },
        allowed_origins: options.sync_origin.clone(),
        registration: options.registration,
        clock,
    })
}

fn address_of(transport: Transport, address: SocketAddr) -> String {
    let scheme = if transport == Transport::Tls { "https" } else { "http" };
    format!("{scheme}://{address}")
}

/// The time as the system tells it.
pub(crate) fn system_clock() -> Clock {
    Arc::new(|| {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
    })
}

fn listen(address: SocketAddr) -> Result<TcpListener, Error> {
    let failed = |source| Error::Listen { address, source };
    let listener = TcpListener::bind(address).map_err(failed)?;
    listener.set_nonblocking(true).map_err(failed)?;
    Ok(listener)
}

async fn serve_until_stopped(
    listener: TcpListener,
    tls: Option<RustlsConfig>,
    handle: Handle<SocketAddr>,
    state: Arc<State>,
) -> std::io::Result<()> {
    let wait = state.limits.read_time;
    let service = app(state).into_make_service_with_connect_info::<SocketAddr>();
    let mut server = axum_server::from_tcp(listener)?.handle(handle).http1_only().first_request_timeout(wait);
    // Heads above 8 KiB are refused by the router; a head that large must be readable to be refused politely.
    server.http_builder().http1().header_read_timeout(wait).max_buf_size(64 * 1024);
    match tls {
        Some(tls) => server.acceptor(RustlsAcceptor::new(tls).handshake_timeout(wait)).serve(service).await,
        None => server.serve(service).await,
    }
}

async fn serve_operations(listener: TcpListener, state: Arc<State>) {
    let service = operations(state).into_make_service();
    let served = match axum_server::from_tcp(listener) {
        Ok(server) => server.http1_only().serve(service).await,
        Err(error) => Err(error),
    };
    if let Err(error) = served {
        tracing::error!(kind = %error.kind(), "the metrics listener ended");
    }
}

/// The TLS settings, when a certificate was given: TLS 1.2 and 1.3, HTTP/1.1 only.
fn tls(options: &Serve) -> Result<Option<RustlsConfig>, Error> {
    let (Some(chain), Some(key)) = (&options.tls_cert, &options.tls_key) else { return Ok(None) };
    let refused = |reason: String| Error::Certificate { reason };
    let chain = read_chain(chain).map_err(|error| refused(error.to_string()))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(|error| refused(error.to_string()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(|error| refused(error.to_string()))?;
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(RustlsConfig::from_config(Arc::new(config))))
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>, rustls::pki_types::pem::Error> {
    CertificateDer::pem_file_iter(path)?.collect()
}

/// Lets requests under way finish when the terminal or the system asks the process to stop.
async fn stop_when_asked(handle: Handle<SocketAddr>, state: Arc<State>) {
    asked_to_stop().await;
    state.end_streams();
    handle.graceful_shutdown(Some(GRACE));
}

async fn asked_to_stop() {
    let interrupt = async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    };
    #[cfg(unix)]
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut stream) => drop(stream.recv().await),
            Err(_) => std::future::pending::<()>().await,
        }
    };
    #[cfg(not(unix))]
    let terminate = std::future::pending::<()>();
    tokio::select! {
        () = interrupt => {}
        () = terminate => {}
    }
}
