//! What the fuzz targets compare the library with.

mod address;
mod listed;
mod readable;
mod secrets;

pub use address::is_plain_address;
pub use listed::listed;
pub use readable::assert_readable;
pub use secrets::Secrets;
