//! Refuses stored exports that this version of the crate does not understand.

use alloc::format;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::export::Phase;

/// The format of a stored export. Raise it if an older version of the crate must not continue an
/// export that a newer one has stored. Optional fields may be added without raising it.
pub(super) const FORMAT: u32 = 1;

const REMEDY: &str = "it was stored by a newer version of this crate, or is damaged: \
                      update the crate rather than start the export again";

pub(super) fn format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        other => Err(D::Error::custom(format!(
            "cannot read an export of format {other}: {REMEDY}"
        ))),
    }
}

pub(super) fn phase<'de, D: Deserializer<'de>>(from: D) -> Result<Phase, D::Error> {
    Phase::deserialize(from).map_err(|error| {
        D::Error::custom(format!(
            "cannot read the phase of an export, {error}: {REMEDY}"
        ))
    })
}
