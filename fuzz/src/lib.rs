//! What the fuzz targets compare the library with.

mod listed;
mod readable;
mod secrets;

pub use listed::listed;
pub use readable::assert_readable;
pub use secrets::Secrets;
