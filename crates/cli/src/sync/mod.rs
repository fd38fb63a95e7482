//! `stillroom sync`: a device of a synced workspace on this machine, in a folder.

mod place;

use std::{path::PathBuf, time::Duration};

use clap::{Args, Subcommand};
use stillroom_engine::{
    failure::failure,
    protocol::{
        BasisChoice, CheckPairing, Conflicts, ConnectServer, Devices, Failure, GiveGrant, JoinWorkspace,
        NetworkLog, OfferPairing, PairingInfo, PairingProgress, Parked, Privacy, Receipts, Request,
        RevokeDevice, SetBasis, SyncInfo, SyncNow, Whose, WithdrawGrant,
    },
};

use self::place::Place;
use crate::{output::print, passphrase};

/// How often a pairing is asked after.
const PAIRING_PAUSE: Duration = Duration::from_secs(2);

/// Arguments of `stillroom sync`.
#[derive(Debug, Args)]
pub(crate) struct Sync {
    /// The folder of the workspace. Its database is a plain file that only you may read: keep it on an encrypted disk.
    #[arg(long, value_name = "FOLDER", global = true, default_value = "stillroom-data")]
    data: PathBuf,
    /// A file whose first line is the passphrase; otherwise STILLROOM_PASSPHRASE, otherwise it is asked for.
    #[arg(long, value_name = "FILE", global = true)]
    passphrase_file: Option<PathBuf>,
    /// Send Global Privacy Control along, and treat what is shared as opted out of.
    #[arg(long, global = true)]
    privacy_control: bool,
    #[command(subcommand)]
    step: Step,
}

#[derive(Debug, Subcommand)]
enum Step {
    /// Make a workspace in the folder and print its recovery code.
    Init,
    /// Import files of any kind that `run` reads into it: `customers=FILE`, `order_lines=FILE`, or FILE to have it guessed.
    Import {
        /// The files, in order.
        #[arg(required = true, value_name = "[KIND=]FILE")]
        files: Vec<String>,
    },
    /// Make it known to a server, as the first device.
    Connect {
        /// The server's address: https, or http on this machine.
        #[arg(long, value_name = "URL")]
        server: String,
    },
    /// Offer a code to another device and wait until it is in.
    Pair,
    /// Join the workspace that a code was offered for; makes the folder's workspace when there is none.
    Join {
        /// The code the other device shows.
        code: String,
        /// The server's address.
        #[arg(long, value_name = "URL")]
        server: String,
    },
    /// Allow data to be sent for a purpose: `backup` or `hosted-report`.
    Grant {
        /// The purpose.
        purpose: String,
        /// The field groups.
        #[arg(long, value_delimiter = ',', required = true)]
        groups: Vec<String>,
        /// Only the customers a filter finds.
        #[arg(long, value_name = "FILTER")]
        scope: Option<String>,
        /// Until so many days from now.
        #[arg(long, default_value_t = 365)]
        days: u32,
    },
    /// Take it back: sending stops at once, copies go with the next exchange.
    Withdraw {
        /// The purpose.
        purpose: String,
    },
    /// Record the lawful basis of customers.
    Basis {
        /// The purpose.
        purpose: String,
        /// `consent`, `contract`, `legal_obligation` or `legitimate_interest`.
        #[arg(long)]
        basis: String,
        /// `given`, `refused`, `withdrawn` or `objected`.
        #[arg(long, default_value = "given")]
        state: String,
        /// `form`, `contract`, `spoken`, `imported` or `assessment`.
        #[arg(long, default_value = "assessment")]
        method: String,
        /// Where the evidence is; it stays in the folder.
        #[arg(long, default_value = "")]
        evidence: String,
        /// Only the customers a filter finds.
        #[arg(long, value_name = "FILTER")]
        filter: Option<String>,
        /// Until so many days from now.
        #[arg(long)]
        expires_days: Option<u32>,
    },
    /// Exchange with the server now.
    Now,
    /// What is granted, what waits, what stands in the way. Asks nobody.
    Status,
    /// Changes that may not travel, and why.
    Parked,
    /// Values that two devices changed without knowing of each other.
    Conflicts,
    /// Every request that ever left, newest first.
    Log,
    /// All receipts.
    Receipts,
    /// The workspace's devices, as the server knows them.
    Devices,
    /// Revoke another device.
    Revoke {
        /// Its id.
        device: String,
    },
}

impl Sync {
    /// Does the step and prints its answer as JSON.
    pub(crate) fn execute(self) -> Result<(), Failure> {
        let passphrase = || passphrase::read(self.passphrase_file.as_deref());
        let gpc = self.privacy_control;
        let mut place = match &self.step {
            Step::Init => return print(&Place::make(&self.data, &passphrase()?)?.1),
            Step::Join { .. } => Place::open_or_make(&self.data, &passphrase()?)?,
            _ => Place::open(&self.data, &passphrase()?)?,
        };
        place.set_privacy_control(gpc);
        match self.step {
            Step::Init => Ok(()),
            Step::Import { files } => print(&place.import(&files)?),
            Step::Pair => pair(&mut place),
            Step::Now => now(&mut place, gpc),
            step => {
                let (request, server) = asked(step, gpc);
                let answer = place.ask(request, server.as_deref().unwrap_or_default())?;
                print(&answer)
            }
        }
    }
}

/// The question of a step, and the server it names.
fn asked(step: Step, gpc: bool) -> (Request, Option<String>) {
    let offset = 0;
    let request = match step {
        Step::Connect { server } => return (ConnectServer {}.into(), Some(server)),
        Step::Join { code, server } => return (JoinWorkspace { code }.into(), Some(server)),
        Step::Grant { purpose, groups, scope, days } => {
            GiveGrant { purpose, groups, scope, days, language: "en".to_owned() }.into()
        }
        Step::Withdraw { purpose } => WithdrawGrant { purpose }.into(),
        Step::Basis { purpose, basis, state, method, evidence, filter, expires_days } => SetBasis {
            whose: filter.map_or(Whose::Everybody, Whose::Filter),
            choice: BasisChoice { purpose, basis, state, method, evidence, expires_days, gpc },
        }
        .into(),
        Step::Parked => Parked { offset, limit: 1000 }.into(),
        Step::Conflicts => Conflicts {}.into(),
        Step::Log => NetworkLog { offset, limit: 500 }.into(),
        Step::Receipts => Receipts {}.into(),
        Step::Devices => Devices {}.into(),
        Step::Revoke { device } => RevokeDevice { id: device }.into(),
        Step::Init | Step::Import { .. } | Step::Pair | Step::Now | Step::Status => Privacy { gpc }.into(),
    };
    (request, None)
}

/// Exchanges with the server, prints how the sync stands, and fails when it stopped: nothing goes on before somebody acts.
fn now(place: &mut Place, gpc: bool) -> Result<(), Failure> {
    let info: SyncInfo = read(place.ask(SyncNow { gpc }.into(), "")?)?;
    print(&info)?;
    if info.phase == "stopped" { Err(stopped(info.problem.as_deref().unwrap_or_default())) } else { Ok(()) }
}

fn stopped(problem: &str) -> Failure {
    let advice = match problem {
        "copied-device" => {
            "a copy of this folder has sent in its name: go on with that one, and join anew from an empty folder to have two; \
             what is in here is complete"
        }
        "unauthorized" => {
            "the server does not know this device any more: it was revoked, or was away for too long; \
             join anew from an empty folder"
        }
        "update" => "the server speaks another version: update this program or the server",
        "restored" => "this workspace was restored from a backup: join it with a code from another device",
        _ => "the server's answer is not believed and changed nothing: look into it before you go on",
    };
    failure(if problem.is_empty() { "stopped" } else { problem }, advice)
}

/// Offers a code and waits until another device used it.
fn pair(place: &mut Place) -> Result<(), Failure> {
    let offer: PairingInfo = read(place.ask(OfferPairing {}.into(), "")?)?;
    println!("{}", offer.code);
    eprintln!("type this code on the other device within ten minutes");
    loop {
        match read(place.ask(CheckPairing {}.into(), "")?)? {
            PairingProgress::Waiting => std::thread::sleep(PAIRING_PAUSE),
            PairingProgress::Joined => {
                place.ask(SyncNow { gpc: false }.into(), "")?;
                eprintln!("the other device is in: let it fetch with 'stillroom sync now'");
                return Ok(());
            }
            PairingProgress::Refused => {
                return Err(failure("pairing-refused", "somebody without the code tried: offer a new one"));
            }
            PairingProgress::Expired => {
                return Err(failure("pairing-expired", "the ten minutes are over: offer a new code"));
            }
        }
    }
}

fn read<T: serde::de::DeserializeOwned>(answer: serde_json::Value) -> Result<T, Failure> {
    serde_json::from_value(answer).map_err(|error| failure("reply-unreadable", &error.to_string()))
}
