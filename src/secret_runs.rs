//! Finding a secret that a server repeats in a name that is kept, such as a scope or a job id.

use std::collections::BTreeSet;
use std::format;
use std::string::String;
use std::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The parts of secrets that no kept name may repeat: each run of 12 characters, plain,
/// percent-encoded, in base64 and in hexadecimal, in lower case.
///
/// Shorter runs are met by chance, such as in a job that is named `archive-1`.
pub(crate) struct SecretRuns(BTreeSet<[u8; RUN_LEN]>);

const RUN_LEN: usize = 12;

impl SecretRuns {
    pub(crate) fn of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> SecretRuns {
        let spellings = secrets.into_iter().flat_map(spellings);
        SecretRuns(
            spellings
                .flat_map(|spelling| runs(&spelling).collect::<Vec<_>>())
                .collect(),
        )
    }

    pub(crate) fn meet(&self, text: &str) -> bool {
        runs(text).any(|run| self.0.contains(&run))
    }
}

fn spellings(secret: &str) -> impl Iterator<Item = String> {
    // In base64, a group of three bytes may begin at any of the first three.
    let tails = (0..3).filter_map(|start| secret.as_bytes().get(start..));
    let base64 =
        tails.flat_map(|tail| [STANDARD_NO_PAD.encode(tail), URL_SAFE_NO_PAD.encode(tail)]);
    let each = |spell: fn(u8) -> String| secret.bytes().map(spell).collect::<String>();
    let others = [
        secret.into(),
        each(|byte| format!("{byte:02x}")),
        each(|byte| format!("%{byte:02x}")),
        each(|byte| match byte {
            b'-' | b'.' | b'_' | b'~' => char::from(byte).into(),
            _ if byte.is_ascii_alphanumeric() => char::from(byte).into(),
            _ => format!("%{byte:02x}"),
        }),
    ];
    base64.chain(others)
}

fn runs(text: &str) -> impl Iterator<Item = [u8; RUN_LEN]> {
    text.as_bytes().windows(RUN_LEN).filter_map(|run| {
        let mut run = <[u8; RUN_LEN]>::try_from(run).ok()?;
        run.make_ascii_lowercase();
        Some(run)
    })
}
