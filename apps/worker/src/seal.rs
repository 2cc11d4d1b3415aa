//! Tokens are encrypted before they reach the database (ChaCha20-Poly1305, RFC 8439).

use anyhow::{Context, anyhow, ensure};
use chacha20poly1305::aead::{Aead, Generate, Nonce};
use chacha20poly1305::{ChaCha20Poly1305, KeyInit};
use dataportability_scopes::consent::Tokens;

/// Seals and opens tokens with one key.
#[derive(Clone)]
pub struct Seal(ChaCha20Poly1305);

impl std::fmt::Debug for Seal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seal")
    }
}

impl Seal {
    /// Reads a key of 64 hexadecimal digits.
    ///
    /// # Errors
    ///
    /// Fails if it is something else.
    pub fn new(key: &str) -> anyhow::Result<Seal> {
        let digits: Vec<u8> = key
            .chars()
            .map_while(|digit| digit.to_digit(16).and_then(|it| u8::try_from(it).ok()))
            .collect();
        ensure!(
            digits.len() == 64 && key.len() == 64,
            "WORKER_KEY must be 64 hexadecimal digits, as `openssl rand -hex 32` prints them"
        );
        let bytes: Vec<u8> = digits
            .chunks_exact(2)
            .map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit))
            .collect();
        let cipher = ChaCha20Poly1305::new_from_slice(&bytes)
            .map_err(|_| anyhow!("WORKER_KEY has the wrong length"))?;
        Ok(Seal(cipher))
    }

    /// Encrypts tokens.
    ///
    /// # Errors
    ///
    /// Fails if they cannot be serialised.
    pub fn seal(&self, tokens: &Tokens) -> anyhow::Result<Vec<u8>> {
        let nonce = Nonce::<ChaCha20Poly1305>::generate();
        let sealed = self
            .0
            .encrypt(&nonce, &*serde_json::to_vec(tokens)?)
            .map_err(|_| anyhow!("the tokens cannot be encrypted"))?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Decrypts tokens.
    ///
    /// # Errors
    ///
    /// Fails if they were sealed with another key, or changed.
    pub fn open(&self, sealed: &[u8]) -> anyhow::Result<Tokens> {
        let (nonce, sealed) = sealed
            .split_first_chunk::<12>()
            .context("the sealed tokens are cut off")?;
        let opened = self
            .0
            .decrypt(&(*nonce).into(), sealed)
            .map_err(|_| anyhow!("the tokens were sealed with another WORKER_KEY"))?;
        Ok(serde_json::from_slice(&opened)?)
    }
}
