//! Encryption of what must not be read from the database file: tokens, states, code verifiers.

use std::fmt;
use std::fs;
use std::io::{ErrorKind, Write};
use std::path::Path;

use anyhow::{Context, anyhow, bail};
use chacha20poly1305::aead::{Aead, Payload};
use chacha20poly1305::{Key, KeyInit, XChaCha20Poly1305, XNonce};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::private::private_file;

const NONCE_LEN: usize = 24;

/// Seals values with XChaCha20-Poly1305: 24 random bytes of nonce, then the ciphertext.
#[derive(Clone)]
pub struct Sealer {
    cipher: XChaCha20Poly1305,
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Sealer")
    }
}

impl Sealer {
    /// Takes a key of 64 hexadecimal digits. `name` is the setting that holds it.
    ///
    /// # Errors
    ///
    /// Fails if it is something else.
    pub fn from_hex(name: &str, key: &str) -> anyhow::Result<Sealer> {
        let mut bytes = [0; 32];
        // Without the cause: it would quote a digit of the key.
        hex::decode_to_slice(key.trim(), &mut bytes).ok().with_context(|| {
            format!("{name} must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints")
        })?;
        let key = Key::from(bytes);
        Ok(Sealer { cipher: XChaCha20Poly1305::new(&key) })
    }

    /// Takes the key from a file that only its owner can read, and makes one if there is none.
    ///
    /// A key beside the database protects nothing: this is for trying an app without an account.
    ///
    /// # Errors
    ///
    /// Fails if the file cannot be read or written, or holds no key.
    pub fn from_file(path: &Path) -> anyhow::Result<Sealer> {
        match private_file().create_new(true).open(path) {
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
        Sealer::from_hex("the key", &key).with_context(|| format!("{} is damaged", path.display()))
    }

    /// Seals a value. `place` is where it is stored: it opens nowhere else.
    ///
    /// # Errors
    ///
    /// Fails if the value is no JSON or the system has no randomness.
    pub fn seal<T: Serialize>(&self, value: &T, place: &str) -> anyhow::Result<Vec<u8>> {
        let nonce = random::<NONCE_LEN>()?;
        let payload = Payload { msg: &serde_json::to_vec(value)?, aad: place.as_bytes() };
        let ciphertext = self
            .cipher
            .encrypt(&XNonce::from(nonce), payload)
            .map_err(|_| anyhow!("a value of {place} is too long to be sealed"))?;
        Ok([&nonce[..], &ciphertext].concat())
    }

    /// Opens what was sealed for a place.
    ///
    /// # Errors
    ///
    /// Fails if it was sealed with another key or for another place, or was changed.
    pub fn open<T: DeserializeOwned>(&self, sealed: &[u8], place: &str) -> anyhow::Result<T> {
        let Some((nonce, ciphertext)) = sealed.split_first_chunk::<NONCE_LEN>() else {
            bail!("a sealed value of {place} is cut off");
        };
        let payload = Payload { msg: ciphertext, aad: place.as_bytes() };
        let bytes = self.cipher.decrypt(&XNonce::from(*nonce), payload).map_err(|_| {
            anyhow!("a value of {place} was sealed with another key, or is damaged")
        })?;
        // Without the cause: it would quote what was sealed.
        serde_json::from_slice(&bytes).map_err(|_| anyhow!("a value of {place} cannot be read"))
    }
}

/// Returns random bytes of the system.
///
/// # Errors
///
/// Fails if it has none.
pub fn random<const LEN: usize>() -> anyhow::Result<[u8; LEN]> {
    let mut bytes = [0; LEN];
    getrandom::fill(&mut bytes).map_err(|error| anyhow!("no randomness: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::Sealer;

    const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

    #[test]
    fn what_is_sealed_opens_with_its_key_at_its_place_unchanged_and_nowhere_else() {
        let right = Sealer::from_hex("KEY", KEY).unwrap();
        let other = Sealer::from_hex("KEY", &"0".repeat(64)).unwrap();
        let sealed = right.seal(&"a token", "row 1").unwrap();
        assert_eq!(right.open::<String>(&sealed, "row 1").unwrap(), "a token");
        assert_ne!(sealed, right.seal(&"a token", "row 1").unwrap());
        assert!(right.open::<String>(&sealed, "row 2").is_err());
        assert!(other.open::<String>(&sealed, "row 1").is_err());
        assert!(right.open::<u8>(&sealed, "row 1").is_err());
        for len in 0..sealed.len() {
            assert!(right.open::<String>(&sealed[..len], "row 1").is_err());
            let mut changed = sealed.clone();
            changed[len] ^= 1;
            assert!(right.open::<String>(&changed, "row 1").is_err());
        }
    }

    #[test]
    fn what_is_not_a_key_is_refused_without_quoting_it() {
        for key in ["", "00", &KEY[1..], &format!("{KEY}00"), &KEY.replace('0', "g")] {
            let error = Sealer::from_hex("APP_KEY", key).unwrap_err();
            assert_eq!(
                format!("{error:#}"),
                "APP_KEY must be 64 hexadecimal digits, such as `openssl rand -hex 32` prints"
            );
        }
        let sealer = Sealer::from_hex("APP_KEY", &format!("{KEY}\n")).unwrap();
        assert_eq!(format!("{sealer:?}"), "Sealer");
    }

    #[test]
    fn a_key_file_is_made_once_and_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        let sealed = Sealer::from_file(&path).unwrap().seal(&1, "place").unwrap();
        let again = Sealer::from_file(&path).unwrap();
        assert_eq!(again.open::<u8>(&sealed, "place").unwrap(), 1);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o077, 0);
        }
        std::fs::write(&path, "damaged").unwrap();
        assert!(Sealer::from_file(&path).is_err());
    }
}
