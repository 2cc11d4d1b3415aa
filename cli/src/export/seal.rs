//! Encryption of what must not be read from the folder: tokens, codes and links.

use ring::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};

/// The environment variable that has the key.
pub(super) const KEY: &str = "EXPORT_KEY";

/// What a sealed text is for: it opens for nothing else.
const PLACE: &[u8] = b"dataportability-scopes export";

/// A key of 32 bytes.
pub(super) struct Sealer(LessSafeKey);

impl Sealer {
    /// Reads a key of 64 hexadecimal digits. The error does not quote it.
    pub(super) fn new(key: &str) -> Result<Sealer, String> {
        let wrong =
            || format!("{KEY} must be 64 hexadecimal digits, as \"openssl rand -hex 32\" prints");
        let bytes = from_hex(key.trim()).filter(|bytes| bytes.len() == 32).ok_or_else(wrong)?;
        let key = UnboundKey::new(&CHACHA20_POLY1305, &bytes).map_err(|_| wrong())?;
        Ok(Sealer(LessSafeKey::new(key)))
    }

    /// Seals a text: a random nonce, then what is encrypted, in hexadecimal digits.
    pub(super) fn seal(&self, text: &str) -> Result<String, String> {
        let mut nonce = [0; NONCE_LEN];
        let random = SystemRandom::new();
        let mut sealed = text.as_bytes().to_vec();
        random
            .fill(&mut nonce)
            .and_then(|()| {
                let nonce = Nonce::assume_unique_for_key(nonce);
                self.0.seal_in_place_append_tag(nonce, Aad::from(PLACE), &mut sealed)
            })
            .map_err(|_| "the system has no randomness".to_owned())?;
        Ok(to_hex(&nonce) + &to_hex(&sealed))
    }

    pub(super) fn open(&self, sealed: &str) -> Result<String, String> {
        let wrong = || format!("it was sealed with another {KEY}, or is damaged");
        let bytes = from_hex(sealed).ok_or_else(wrong)?;
        let (nonce, sealed) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(wrong)?;
        let mut sealed = sealed.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(PLACE), &mut sealed);
        let opened = opened.map_err(|_| wrong())?;
        String::from_utf8(opened.to_vec()).map_err(|_| wrong())
    }
}

fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().concat()
}

fn from_hex(text: &str) -> Option<Vec<u8>> {
    let is_hex = text.len() % 2 == 0 && text.bytes().all(|digit| digit.is_ascii_hexdigit());
    let byte = |at: usize| u8::from_str_radix(text.get(at..at + 2)?, 16).ok();
    if is_hex { (0..text.len()).step_by(2).map(byte).collect() } else { None }
}
