use std::collections::HashSet;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const RESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The secrets of a request, and the spellings in which a server may repeat them.
///
/// The fuzzer cannot guess a secret. An input therefore names one: the byte `FF`, which UTF-8 never
/// has, and a byte for the secret and its spelling.
pub struct Secrets {
    spellings: Vec<[String; 3]>,
    runs: HashSet<[u8; RUN_LEN]>,
}

/// As many characters of a secret in a row may not be shown.
const RUN_LEN: usize = 12;

impl Secrets {
    pub fn new(secrets: &[&str]) -> Secrets {
        let spellings: Vec<[String; 3]> = secrets.iter().map(|secret| spellings(secret)).collect();
        Secrets { runs: spellings.iter().flatten().flat_map(|it| runs(it)).collect(), spellings }
    }

    /// Replaces each `FF` and the byte after it by a secret.
    pub fn fill_in(&self, input: &[u8]) -> Vec<u8> {
        let mut filled = Vec::with_capacity(input.len());
        let mut bytes = input.iter().copied();
        while let Some(byte) = bytes.next() {
            if byte != 0xFF {
                filled.push(byte);
                continue;
            }
            let choice = usize::from(bytes.next().unwrap_or_default());
            let spellings = &self.spellings[choice % self.spellings.len()];
            let spelling = &spellings[choice / self.spellings.len() % spellings.len()];
            filled.extend_from_slice(spelling.as_bytes());
        }
        filled
    }

    /// Same as [`fill_in`](Self::fill_in), for input that is text.
    pub fn fill_in_text(&self, input: &[u8]) -> String {
        String::from_utf8_lossy(&self.fill_in(input)).into_owned()
    }

    /// Panics if an error or one of its causes shows a run of a secret, in any spelling.
    pub fn assert_hidden_by(&self, error: &(dyn std::error::Error + 'static)) {
        let mut next = Some(error);
        while let Some(error) = next {
            self.assert_not_in(&format!("{error} {error:?} {error:#?}"));
            next = error.source();
        }
    }

    /// Panics if the `Debug` of a value shows a run of a secret.
    pub fn assert_hidden_by_debug(&self, value: &impl std::fmt::Debug) {
        self.assert_not_in(&format!("{value:?} {value:#?}"));
    }

    fn assert_not_in(&self, shown: &str) {
        if let Some(run) = runs(shown).find(|run| self.runs.contains(run)) {
            panic!("{:?} is shown: {shown}", String::from_utf8_lossy(&run));
        }
    }
}

fn runs(text: &str) -> impl Iterator<Item = [u8; RUN_LEN]> {
    let windows = text.as_bytes().windows(RUN_LEN);
    windows.map(|run| run.try_into().expect("a window"))
}

/// Plain, percent-encoded where it has to be, and in JSON's escapes.
fn spellings(secret: &str) -> [String; 3] {
    let percent = utf8_percent_encode(secret, RESERVED).to_string();
    let json = secret.bytes().map(|byte| format!("\\u{byte:04x}")).collect();
    [secret.to_owned(), percent, json]
}
