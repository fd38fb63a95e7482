//! The recovery code: 128 random bits on paper that open a workspace or a backup when the passphrase is lost.

use std::fmt;

use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::entropy::{Entropy, draw};
use crate::error::Error;
use crate::spelling::{CodeKind, read_spelling, spell};

/// A recovery code. Wiped when dropped; prints no content.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct RecoveryCode([u8; 16]);

impl RecoveryCode {
    /// Draws a new code.
    ///
    /// # Errors
    /// [`Error::NoEntropy`] when the source fails.
    pub fn draw(entropy: &mut dyn Entropy) -> Result<Self, Error> {
        draw(entropy).map(Self)
    }

    /// The code as seven groups of four characters with hyphens between, to be shown once and written down.
    pub fn to_text(&self) -> Zeroizing<String> {
        spell(CodeKind::Recovery, &self.0)
    }

    /// Reads a typed code: either case, `O` for `0`, `I` and `L` for `1`, full-width forms, any spaces and hyphens.
    ///
    /// # Errors
    /// [`Error::CodeMistyped`] when a character cannot occur, the length is wrong or the check fails;
    /// [`Error::OtherCode`] when it is a code for pairing devices.
    pub fn parse(typed: &str) -> Result<Self, Error> {
        read_spelling(CodeKind::Recovery, typed).map(|secret| Self(*secret))
    }

    pub(crate) fn expose(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("RecoveryCode(hidden)")
    }
}
