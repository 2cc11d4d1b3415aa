//! Encryption of what must not be read from the database file: tokens, states, code verifiers.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;

const NONCE_LEN: usize = 24;

/// Seals values with XChaCha20-Poly1305: 24 random bytes of nonce, then the ciphertext.
pub(crate) struct Sealer {
    cipher: XChaCha20Poly1305,
}

impl Sealer {
    /// Takes the key from `CONNECT_KEY`: 64 hexadecimal digits.
    pub(crate) fn from_hex(key: &str) -> anyhow::Result<Sealer> {
        let wrong =
            "CONNECT_KEY must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints";
        let mut bytes = [0; 32];
        hex::decode_to_slice(key.trim(), &mut bytes)
            .ok()
            .context(wrong)?;
        let key = Key::from(bytes);
        Ok(Sealer {
            cipher: XChaCha20Poly1305::new(&key),
        })
    }

    /// Takes the key from a file that only its owner can read, and makes one if there is none.
    ///
    /// A key beside the database protects nothing: this is for trying the app without an account.
    pub(crate) fn from_file(path: &Path) -> anyhow::Result<Sealer> {
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(mut file) => {
                let key = random::<32>()?;
                file.write_all(hex::encode(key).as_bytes())?;
                file.sync_all()?;
            }
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => {
                return Err(error).with_context(|| format!("cannot write {}", path.display()));
            }
        }
        let key =
            fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
        Sealer::from_hex(&key).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Seals a value. `place` is where it is stored: it opens nowhere else.
    pub(crate) fn seal<T: Serialize>(&self, value: &T, place: &str) -> anyhow::Result<Vec<u8>> {
        let nonce = random::<NONCE_LEN>()?;
        let payload = Payload {
            msg: &serde_json::to_vec(value)?,
            aad: place.as_bytes(),
        };
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| anyhow!("a value of {place} is too long to be sealed"))?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    pub(crate) fn open<T: DeserializeOwned>(
        &self,
        sealed: &[u8],
        place: &str,
    ) -> anyhow::Result<T> {
        let Some((nonce, ciphertext)) = sealed.split_first_chunk::<NONCE_LEN>() else {
            bail!("a sealed value of {place} is cut off");
        };
        let payload = Payload {
            msg: ciphertext,
            aad: place.as_bytes(),
        };
        let bytes = self
            .cipher
            .decrypt(&XNonce::from(*nonce), payload)
            .map_err(|_| {
                anyhow!("a value of {place} was sealed with another key, or is damaged")
            })?;
        // Without the cause: it would quote what was sealed.
        serde_json::from_slice(&bytes).map_err(|_| anyhow!("a value of {place} cannot be read"))
    }
}

/// Returns random bytes of the system.
pub(crate) fn random<const LEN: usize>() -> anyhow::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}
