//! `stillroom-server --dist DIR [--port N] [--bind ADDR] [--behind-tls]`: serves a finished build of the app.

#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command speaks to the terminal that started it"
)]

use std::process::ExitCode;

use stillroom_server::{Error, Options, Site, app};
use tokio::net::TcpListener;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stillroom-server: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let options = Options::parse(std::env::args().skip(1))?;
    let site = Site::read(&options.dist)?;
    let listen = |source| Error::Listen { address: options.address, source };
    let listener = TcpListener::bind(options.address).await.map_err(listen)?;
    let address = listener.local_addr().map_err(listen)?;
    println!("Stillroom is at http://{address} (stop with Ctrl+C)");
    axum::serve(listener, app(site, options.transport))
        .with_graceful_shutdown(asked_to_stop())
        .await
        .map_err(listen)
}

/// Ends when the terminal or the system asks the process to stop; requests under way are then finished.
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
