//! Reading stored values that contain secrets.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};

/// Reads a stored value. The error shows nothing of it: serde quotes a value of another type.
pub(crate) fn deserialize<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    from: D,
    expected: impl fmt::Display,
) -> Result<T, D::Error> {
    T::deserialize(from).map_err(|_| {
        D::Error::custom(std::format!(
            "not {expected} as stored by this crate: the value is not shown, since it may contain secrets"
        ))
    })
}
