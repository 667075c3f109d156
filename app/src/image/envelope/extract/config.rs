//! The configuration that a program reads at run time: the user's file, as the firmware wants it.

use super::ExtractError;
use crate::image::envelope::{json, ubjson};

/// A configuration encoded in UBJSON, or none. It has no `Debug`: WiFi passwords are in it.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Config(Vec<u8>);

impl Config {
    /// Reads the content of a file: UBJSON is taken as it is, JSON is encoded anew.
    ///
    /// # Errors
    /// It is neither.
    pub fn read(content: &[u8]) -> Result<Self, ExtractError> {
        if ubjson::decode(content).is_ok() {
            return Ok(Self(content.to_vec()));
        }
        let value = json::decode(content).map_err(ExtractError::Config)?;
        Ok(Self(ubjson::encode(&value)))
    }

    /// The bytes that go into the firmware; none if there is no configuration.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }
}
