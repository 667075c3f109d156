//! The files that go into an envelope, or beside it.

use std::path::Path;

use crate::cli::failure::Failure;
use crate::image::read_bounded;

/// No part is larger than an envelope may be.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

pub(super) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    read_bounded(path, MOST_BYTES).map_err(|error| {
        Failure::new(format!("{}: it cannot be read: {error}", path.display()))
            .try_this("check the path; relative paths begin at the current directory")
    })
}
