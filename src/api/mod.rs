//! Calling the API: its six methods, archive jobs, and an export from start to download.

mod call;
#[cfg(feature = "http")]
mod error;
mod job_id;
mod method;
mod reset;
mod retry;

#[cfg(feature = "http")]
pub use error::{ApiError, Reason, Status};
pub use job_id::{JobId, ParseJobIdError};
pub use method::{ApiMethod, Authorized, NotAuthorizedError};
pub use reset::ResetRequest;
pub use retry::RetryRequest;
