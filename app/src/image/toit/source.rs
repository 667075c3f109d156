//! Where an envelope comes from: a file, a URL, or a release of `toitlang/envelopes` by chip and SDK version.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::advice::Advice;
use crate::image::envelope::{Envelope, EnvelopeError};
use crate::image::source::{Fetcher, NetSource, Pattern, Progress, SourceError};

/// Where Toit publishes its envelopes.
const OWNER: &str = "toitlang";
const PROJECT: &str = "envelopes";
/// Published ones have about 2 MiB; plain ones up to 20 MiB.
const MAX_BYTES: usize = 64 << 20;

/// Where an envelope comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum EnvelopeSource {
    /// A file.
    File(PathBuf),
    /// A URL.
    Url(NetSource),
    /// The published one.
    Release {
        /// The chip, or the variant of its firmware: `esp32`, `esp32-eth-clk-out17`.
        chip: String,
        /// The version of the SDK: `v2.0.0-alpha.190`.
        sdk_version: String,
    },
}

/// Why there is no envelope.
#[derive(Debug, thiserror::Error)]
pub enum EnvelopeSourceError {
    /// It cannot be fetched.
    #[error(transparent)]
    Net(#[from] SourceError),
    /// What the file holds is none.
    #[error(transparent)]
    File(EnvelopeError),
    /// What came is none.
    #[error("{from}: {error}")]
    Came {
        /// From where.
        from: String,
        /// What is wrong with it.
        #[source]
        error: EnvelopeError,
    },
    /// The thread that read it is gone.
    #[error("reading the envelope broke off inside Skylift")]
    Stopped,
}

impl EnvelopeSource {
    /// Reads the envelope. The fetcher is made only if the net is needed.
    ///
    /// # Errors
    /// It cannot be fetched or read, or is no envelope.
    pub async fn open(
        &self,
        fetcher: impl FnOnce() -> Result<Fetcher, SourceError>,
        progress: impl Fn(Progress),
    ) -> Result<Envelope, EnvelopeSourceError> {
        let (source, asset) = match self {
            Self::File(path) => {
                let path = path.clone();
                return off_the_runtime(move || Envelope::open(&path).map_err(EnvelopeSourceError::File))
                    .await;
            }
            Self::Url(url) => (url.clone(), None),
            Self::Release { chip, sdk_version } => (release(sdk_version), Some(asset(chip))),
        };
        let bytes = fetcher()?.fetch_bytes(&source, asset.as_ref(), MAX_BYTES, progress).await?;
        let from = self.to_string();
        off_the_runtime(move || {
            Envelope::parse(&bytes).map_err(|error| EnvelopeSourceError::Came { from, error })
        })
        .await
    }
}

fn release(sdk_version: &str) -> NetSource {
    NetSource::Release {
        owner: OWNER.to_owned(),
        repo: PROJECT.to_owned(),
        tag: Some(sdk_version.to_owned()),
    }
}

fn asset(chip: &str) -> Pattern {
    Pattern::exactly(&format!("firmware-{chip}.envelope.gz"))
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, EnvelopeSourceError> + Send + 'static,
) -> Result<T, EnvelopeSourceError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(EnvelopeSourceError::Stopped))
}

impl FromStr for EnvelopeSource {
    type Err = SourceError;

    /// `https://...`, `CHIP@SDK`, or else a file.
    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text.contains("://") {
            return Ok(Self::Url(text.parse()?));
        }
        let published = text.split_once('@').filter(|(chip, version)| is_chip(chip) && is_version(version));
        Ok(match published {
            Some((chip, version)) => Self::Release { chip: chip.to_owned(), sdk_version: version.to_owned() },
            None => Self::File(Path::new(text).to_owned()),
        })
    }
}

fn is_chip(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=64).contains(&text.len()) && text.bytes().all(known)
}

/// As SDKs are called: `v2.0.0-alpha.190`.
fn is_version(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'+');
    let begins =
        text.strip_prefix('v').is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()));
    begins && text.len() <= 64 && text.bytes().all(known)
}

impl fmt::Display for EnvelopeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => path.display().fmt(f),
            Self::Url(url) => url.fmt(f),
            Self::Release { chip, sdk_version } => write!(f, "{chip}@{sdk_version}"),
        }
    }
}

impl Advice for EnvelopeSourceError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Net(SourceError::NotASource(_)) => {
                "a file, https://..., or CHIP@SDK: esp32@v2.0.0-alpha.195"
            }
            Self::Net(SourceError::Insecure(_) | SourceError::Password) => {
                "download it by hand, and name the file"
            }
            Self::Net(SourceError::TooLarge { .. }) => "check that this is an envelope",
            Self::Net(SourceError::NoRelease { .. }) => {
                "look for the version at https://github.com/toitlang/envelopes/releases"
            }
            Self::Net(SourceError::NoAsset { .. }) => {
                "name one of those: esp32s3 for firmware-esp32s3.envelope.gz"
            }
            Self::Net(error) => return error.advice(),
            Self::File(error) | Self::Came { error, .. } => return error.advice(),
            Self::Stopped => "try again",
        };
        vec![advice.to_owned()]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read_and_shown() {
        let of = |text: &str| text.parse::<EnvelopeSource>().unwrap();
        let published =
            EnvelopeSource::Release { chip: "esp32c3".into(), sdk_version: "v2.0.0-alpha.190".into() };
        assert_eq!(of("esp32c3@v2.0.0-alpha.190"), published);
        assert_eq!(published.to_string(), "esp32c3@v2.0.0-alpha.190");
        for file in
            ["firmware.envelope", "me@home/v1.envelope", "esp32@", "esp32@latest", "a b@v1", "v1@2", "@v1"]
        {
            assert_eq!(of(file), EnvelopeSource::File(file.into()));
        }
        let url = of("https://example.com/firmware.envelope?key=secret");
        assert!(matches!(url, EnvelopeSource::Url(_)) && !url.to_string().contains("secret"));
        assert!("http://example.com/x".parse::<EnvelopeSource>().is_err());
    }
}
