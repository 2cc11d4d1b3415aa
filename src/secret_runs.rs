//! Finding a secret that a server repeats in a name that is kept, such as a scope or a job id.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::string::String;
use std::vec::Vec;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use percent_encoding::percent_decode_str;

/// The parts of secrets that no kept name may repeat: each run of 12 characters, plain, in base64
/// and in hexadecimal, in lower case.
///
/// Shorter runs are met by chance, such as in a job that is named `archive-1`.
pub(crate) struct SecretRuns(BTreeSet<[u8; RUN_LEN]>);

const RUN_LEN: usize = 12;

impl SecretRuns {
    pub(crate) fn of<'s>(secrets: impl IntoIterator<Item = &'s str>) -> SecretRuns {
        let spellings = secrets.into_iter().flat_map(spellings);
        SecretRuns(
            spellings
                .flat_map(|spelling| runs(spelling.as_bytes()).collect::<Vec<_>>())
                .collect(),
        )
    }

    /// Whether a name repeats a run, however much of it is percent-encoded.
    pub(crate) fn meet(&self, name: &str) -> bool {
        let decoded: Cow<[u8]> = percent_decode_str(name).into();
        let has_run = |text| runs(text).any(|run| self.0.contains(&run));
        has_run(name.as_bytes()) || has_run(&decoded)
    }
}

fn spellings(secret: &str) -> impl Iterator<Item = String> {
    // In base64, a group of three bytes may begin at any of the first three.
    let tails = (0..3).filter_map(|start| secret.as_bytes().get(start..));
    let base64 =
        tails.flat_map(|tail| [STANDARD_NO_PAD.encode(tail), URL_SAFE_NO_PAD.encode(tail)]);
    let digits = secret.bytes().flat_map(|byte| [byte >> 4, byte & 15]);
    let hexadecimal = digits.filter_map(|digit| char::from_digit(digit.into(), 16));
    base64.chain([secret.into(), hexadecimal.collect()])
}

fn runs(text: &[u8]) -> impl Iterator<Item = [u8; RUN_LEN]> {
    text.windows(RUN_LEN).filter_map(|run| {
        let mut run = <[u8; RUN_LEN]>::try_from(run).ok()?;
        run.make_ascii_lowercase();
        Some(run)
    })
}
