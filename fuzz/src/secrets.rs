use std::collections::HashSet;
use std::fmt::Debug;

/// The secrets of a request, and the spellings in which a server may repeat them.
///
/// The fuzzer cannot guess a secret. An input therefore names one: the byte `FF`, which UTF-8 never
/// has, and a byte for the secret and its spelling.
pub struct Secrets {
    spellings: Vec<Vec<String>>,
    runs: HashSet<[u8; RUN_LEN]>,
}

/// As many characters of a secret in a row may not be shown.
const RUN_LEN: usize = 12;

impl Secrets {
    pub fn new(secrets: &[&str]) -> Secrets {
        let spellings: Vec<Vec<String>> = secrets.iter().map(|secret| spellings(secret)).collect();
        Secrets {
            runs: spellings.iter().flatten().flat_map(|it| runs(it)).collect(),
            spellings,
        }
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

    /// Panics if an error shows a run of a secret, in any spelling and case.
    pub fn assert_hidden_by(&self, error: &(impl std::error::Error + 'static)) {
        self.assert_not_in(&format!("{error} {error:?} {error:#?}"));
        let mut cause = error.source();
        while let Some(error) = cause {
            self.assert_not_in(&format!("{error} {error:?}"));
            cause = error.source();
        }
    }

    /// Panics if the `Debug` of a value shows a run of a secret.
    pub fn assert_hidden_by_debug(&self, value: &impl Debug) {
        self.assert_not_in(&format!("{value:?} {value:#?}"));
    }

    /// Returns whether a text has a run of a secret.
    pub fn stand_in(&self, text: &str) -> bool {
        self.run_in(text).is_some()
    }

    fn assert_not_in(&self, shown: &str) {
        if let Some(run) = self.run_in(shown) {
            panic!("{:?} is shown: {shown}", String::from_utf8_lossy(&run));
        }
    }

    fn run_in(&self, text: &str) -> Option<[u8; RUN_LEN]> {
        runs(text).find(|run| self.runs.contains(run))
    }
}

/// Each run of characters, in lower case.
fn runs(text: &str) -> impl Iterator<Item = [u8; RUN_LEN]> {
    text.as_bytes().windows(RUN_LEN).map(|run| {
        let mut run: [u8; RUN_LEN] = run.try_into().expect("a window");
        run.make_ascii_lowercase();
        run
    })
}

/// Plain, percent-encoded where it has to be and throughout, in JSON's and HTML's escapes, in base64
/// (of each alignment), in hexadecimal, reversed in case, and cut.
fn spellings(secret: &str) -> Vec<String> {
    let each = |escape: &dyn Fn(u8) -> String| secret.bytes().map(escape).collect::<String>();
    vec![
        secret.to_owned(),
        each(&|byte| {
            let byte = char::from(byte);
            if byte.is_ascii_alphanumeric() || matches!(byte, '-' | '.' | '_' | '~') {
                byte.to_string()
            } else {
                format!("%{:02X}", byte as u32)
            }
        }),
        each(&|byte| format!("%{byte:02x}")),
        each(&|byte| format!("\\u{byte:04x}")),
        each(&|byte| format!("&#x{byte:X};")),
        base64(secret.as_bytes()),
        base64(&secret.as_bytes()[1..]),
        base64(&secret.as_bytes()[2..]),
        each(&|byte| format!("{byte:02x}")),
        secret.to_uppercase(),
        secret[secret.len() / 3..].to_owned(),
        secret[..secret.len() / 2].to_owned(),
    ]
}

/// The URL-safe alphabet without padding, which ids and names may have.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let mut text = String::new();
    for group in bytes.chunks(3) {
        let word = group
            .iter()
            .fold(0_u32, |word, byte| word << 8 | u32::from(*byte));
        let word = word << (8 * (3 - group.len()));
        for digit in 0..=group.len() {
            text.push(char::from(
                ALPHABET[(word >> (18 - 6 * digit)) as usize & 63],
            ));
        }
    }
    text
}
