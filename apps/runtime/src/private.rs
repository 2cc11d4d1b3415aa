//! Files and folders that only their owner can read.

use std::fs::{DirBuilder, OpenOptions};
use std::path::Path;

use anyhow::Context;

/// Returns how to open a file that only its owner can read, if opening makes it.
#[must_use]
pub fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Makes a folder that only its owner can read, unless it is there.
///
/// # Errors
///
/// Fails if it cannot be made.
pub fn private_folder(path: &Path) -> anyhow::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).with_context(|| format!("cannot make the folder {}", path.display()))
}
