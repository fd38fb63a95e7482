//! `stillroom verify`: whether a receipt is what its signers stated, and what it says.

use std::{path::PathBuf, process::ExitCode};

use clap::Args;
use serde::Serialize;
use stillroom_consent::receipt::{Receipt, Record, SignedBy, Verified};
use stillroom_consent::{Error, PublicKey};
use stillroom_engine::{failure::failure, protocol::Failure};

use crate::files::file_failure;

/// Arguments of `stillroom verify`.
#[derive(Debug, Args)]
pub(crate) struct Verify {
    /// The receipt, a JSON file.
    receipt: PathBuf,
    /// The server's Ed25519 key as you know it, 64 hexadecimal digits: only a receipt it signed is then valid.
    #[arg(long, value_name = "HEX", value_parser = key)]
    server_key: Option<PublicKey>,
    /// The device's Ed25519 key as you know it, 64 hexadecimal digits: only a receipt it signed is then valid.
    #[arg(long, value_name = "HEX", value_parser = key)]
    device_key: Option<PublicKey>,
    /// Print the answer as JSON.
    #[arg(long)]
    json: bool,
}

fn key(text: &str) -> Result<PublicKey, String> {
    PublicKey::from_hex(text).ok_or_else(|| "a key is 64 hexadecimal digits in small letters".to_owned())
}

/// Who signed.
#[derive(Serialize)]
struct Signer {
    by: SignedBy,
    key: PublicKey,
    /// Whether the key is the expected one; nothing where none was named.
    is_expected: Option<bool>,
}

/// The answer, as JSON has it.
#[derive(Serialize)]
struct Answer<'a> {
    is_valid: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
    signers: Vec<Signer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    record: Option<&'a Record>,
}

impl Verify {
    /// Checks and prints.
    pub(crate) fn execute(self) -> ExitCode {
        match self.read() {
            Ok(read) => self.answer(read.as_ref().map_err(Clone::clone)),
            Err(failure) => {
                eprintln!("error[{}]: {}", failure.code, failure.message);
                ExitCode::from(2)
            }
        }
    }

    /// The receipt, or why the text is none; a failure when there is no text of this kind at all.
    fn read(&self) -> Result<Result<Receipt, Error>, Failure> {
        let text = std::fs::read_to_string(&self.receipt)
            .map_err(|error| file_failure("receipt-unreadable", &self.receipt, &error))?;
        let receipt = Receipt::from_json(&text);
        if receipt.is_err() && serde_json::from_str::<serde::de::IgnoredAny>(&text).is_err() {
            return Err(failure(
                "receipt-unreadable",
                "the file is not JSON; check that it is the whole receipt",
            ));
        }
        Ok(receipt)
    }

    fn answer(&self, receipt: Result<&Receipt, Error>) -> ExitCode {
        let checked = receipt.clone().and_then(|receipt| receipt.verify(None));
        let signers = checked.as_ref().map(|verified| self.signers(verified)).unwrap_or_default();
        let reason = match &checked {
            Err(error) => Some(error.to_string()),
            Ok(verified) => self.objection(verified),
        };
        let record = receipt.ok().filter(|_| checked.is_ok()).map(|receipt| &receipt.record);
        let answer = Answer { is_valid: reason.is_none(), reason, signers, record };
        if self.json {
            answer.print_json()
        } else {
            answer.print_words()
        }
        if answer.is_valid { ExitCode::SUCCESS } else { ExitCode::FAILURE }
    }

    fn expected(&self, by: SignedBy) -> Option<PublicKey> {
        match by {
            SignedBy::Device => self.device_key,
            SignedBy::Server => self.server_key,
        }
    }

    fn signers(&self, verified: &Verified) -> Vec<Signer> {
        let signer = |&(by, key): &(SignedBy, PublicKey)| Signer {
            by,
            key,
            is_expected: self.expected(by).map(|expected| expected == key),
        };
        verified.signers.iter().map(signer).collect()
    }

    /// Why good signatures are not those that were asked for.
    fn objection(&self, verified: &Verified) -> Option<String> {
        [SignedBy::Device, SignedBy::Server].into_iter().find_map(|by| {
            let expected = self.expected(by)?;
            match verified.key_of(by) {
                Some(key) if key == expected => None,
                Some(_) => Some(format!("the {} signed with another key than the one you named", by.key())),
                None => Some(format!("the {} did not sign", by.key())),
            }
        })
    }
}

impl Answer<'_> {
    fn print_json(&self) {
        match serde_json::to_string_pretty(self) {
            Ok(text) => println!("{text}"),
            Err(error) => eprintln!("error[answer-unwritable]: {error}"),
        }
    }

    fn print_words(&self) {
        match &self.reason {
            None => println!("VALID: nothing was changed since it was signed."),
            Some(reason) => println!("NOT VALID: {reason}."),
        }
        for signer in &self.signers {
            let known = match signer.is_expected {
                Some(true) => "the key you named",
                Some(false) => "NOT the key you named",
                None => "compare it with the one you know",
            };
            println!("Signed by the {} with the key {} ({known}).", signer.by.key(), signer.key);
        }
        for sentence in self.record.iter().flat_map(|record| record.sentences()) {
            println!("{sentence}");
        }
    }
}
