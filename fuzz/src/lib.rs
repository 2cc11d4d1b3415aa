//! What the fuzz targets compare the library with.

mod listed;
mod secrets;

pub use listed::listed;
pub use secrets::Secrets;
