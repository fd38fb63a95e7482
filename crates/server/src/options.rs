//! The command line: which folder, which address, behind what.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use crate::{Error, Transport};

/// What the command line asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The folder of a finished build.
    pub dist: PathBuf,
    /// Where to listen; port 0 takes a free one.
    pub address: SocketAddr,
    /// How responses reach the browser.
    pub transport: Transport,
}

impl Options {
    /// Reads `--dist DIR`, `--port N` (8080), `--bind ADDR` (127.0.0.1) and `--behind-tls`.
    ///
    /// # Errors
    /// [`Error::BadArgument`] for an unknown or incomplete argument; [`Error::PlainHttpBeyondLoopback`] when the address
    /// is not a loopback one: this process speaks plain HTTP, so only this machine may reach it.
    pub fn parse(arguments: impl IntoIterator<Item = String>) -> Result<Self, Error> {
        let mut dist = PathBuf::from("dist");
        let mut ip = IpAddr::V4(Ipv4Addr::LOCALHOST);
        let mut port = 8080;
        let mut transport = Transport::Plain;
        let mut arguments = arguments.into_iter();
        while let Some(argument) = arguments.next() {
            let bad = || Error::BadArgument { argument: argument.clone() };
            let mut value = || arguments.next().ok_or_else(bad);
            match argument.as_str() {
                "--dist" => dist = value()?.into(),
                "--port" => port = value()?.parse().map_err(|_| bad())?,
                "--bind" => ip = value()?.parse().map_err(|_| bad())?,
                "--behind-tls" => transport = Transport::BehindTls,
                _ => return Err(bad()),
            }
        }
        if !ip.is_loopback() {
            return Err(Error::PlainHttpBeyondLoopback { address: ip });
        }
        Ok(Self { dist, address: SocketAddr::new(ip, port), transport })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Options, Error> {
        Options::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn nothing_given_means_loopback_and_port_8080() {
        let options = parse("").unwrap();
        assert_eq!(options.address.to_string(), "127.0.0.1:8080");
        assert_eq!(options.transport, Transport::Plain);
    }

    #[test]
    fn every_option_is_read() {
        let options = parse("--dist site --port 0 --bind ::1 --behind-tls").unwrap();
        assert_eq!(options.dist, PathBuf::from("site"));
        assert_eq!(options.address.to_string(), "[::1]:0");
        assert_eq!(options.transport, Transport::BehindTls);
    }

    #[test]
    fn addresses_other_machines_reach_are_refused() {
        for address in ["0.0.0.0", "::", "192.168.1.4", "10.0.0.1"] {
            let error = parse(&format!("--bind {address}")).unwrap_err();
            assert_eq!(error.code(), "plain_http_beyond_loopback", "{address}");
        }
    }

    #[test]
    fn wrong_arguments_are_named() {
        for line in ["--port", "--port many", "--bind nowhere", "--verbose", "extra"] {
            assert_eq!(parse(line).unwrap_err().code(), "bad_argument", "{line}");
        }
    }
}
