//! What the apps of this project run on, whatever they do with it.
//!
//! | what | where |
//! |---|---|
//! | the time, which runs faster against a simulated Google | [`Clock`] |
//! | encryption of what must not be read from a database | [`Sealer`] |
//! | the HTTP client that the library's calls are sent through | [`HttpClient`] |
//! | files that only their owner can read | [`private_file`], [`private_folder`] |
//! | the environment variables that point at a simulated Google | [`GoogleAddresses`] |

mod addresses;
mod clock;
mod download;
mod http_client;
mod private;
mod seal;

pub use crate::addresses::{GoogleAddresses, is_googles, is_loopback};
pub use crate::clock::Clock;
pub use crate::download::DownloadError;
pub use crate::http_client::{HttpClient, HttpError, Timeouts};
pub use crate::private::{private_file, private_folder};
pub use crate::seal::{Sealer, random};
