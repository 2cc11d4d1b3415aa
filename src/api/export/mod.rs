//! An export from start to download, as a value to store.
//!
//! An [`Export`] is the export of one resource group, since Google advises one archive job for
//! each. It says what to do next and when, and takes in what came back. It does no I/O, reads no
//! clock, and holds no token.

mod call;
mod cannot;
#[expect(
    clippy::module_inception,
    reason = "it has the type that the module is about"
)]
mod export;
mod pace;
mod step;
mod stored;

pub use call::{ExportCall, ExportCallError, ExportResponse};
pub use cannot::{
    CannotCancelError, CannotExportAgainError, CannotRetryError, CannotRetryReason,
    NothingToCallError,
};
pub use export::Export;
pub use step::{ConsentReason, GiveUpReason, Progress, Step};
