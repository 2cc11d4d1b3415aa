//! All exports of a person, from start to download.
mod call;
mod exports;
mod machine;
mod pace;
mod record;
mod step;
mod unit;

use std::format;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

pub use call::{ExportCall, ExportResponse};
pub use exports::Exports;
pub use step::{Archive, ConsentReason, GiveUpReason, Progress, Step, Wait};
pub use unit::Export;

/// The format of stored exports. Raise it if an older version of the crate must not continue what a
/// newer one has stored. Optional fields may be added without raising it.
const FORMAT: u32 = 2;

fn stored_format<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
    match u32::deserialize(from)? {
        FORMAT => Ok(FORMAT),
        other => Err(D::Error::custom(format!(
            "cannot read exports of format {other}: they were stored by another version of this \
             crate, or are damaged; update the crate rather than start the exports again"
        ))),
    }
}
