//! Why an image cannot be fetched, in sentences for people.

use std::path::PathBuf;

use super::super::InspectError;
use super::super::library::LibraryError;
use super::Pattern;
use crate::advice::Advice;

/// Why an image cannot be fetched.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// Neither a URL nor a project.
    #[error("{0:?} is no source: https://... or OWNER/REPO is expected")]
    NotASource(String),
    /// A URL that is not HTTPS.
    #[error("{0}: anybody on the way could change what comes: https is expected")]
    Insecure(String),
    /// A password in the URL.
    #[error(
        "a URL with a user or a password in it is not taken, because other users of this computer see it"
    )]
    Password,
    /// The token cannot be read from its file.
    #[error("{}: no token can be read from it: {why}", path.display())]
    Token {
        /// The file.
        path: PathBuf,
        /// Half a sentence.
        why: String,
    },
    /// No client can be made, for lack of certificates most likely.
    #[error("no secure connection can be made from this computer: {0}")]
    Client(String),
    /// The server cannot be reached.
    #[error("{url}: the server cannot be reached: {why}")]
    Unreachable {
        /// What was asked for.
        url: String,
        /// Half a sentence.
        why: String,
    },
    /// The server gives no sign for too long.
    #[error("{0}: the server gave no sign for too long")]
    Silent(String),
    /// The transfer broke off.
    #[error("{url}: the transfer broke off after {received} bytes")]
    BrokenOff {
        /// What was asked for.
        url: String,
        /// Bytes that came.
        received: u64,
    },
    /// Too many redirects, or one to an insecure place.
    #[error("{url}: the server sends us on and on, or to a place that is not https")]
    Redirect {
        /// What was asked for.
        url: String,
    },
    /// The server does not give it.
    #[error("{url}: {refusal}")]
    Refused {
        /// What was asked for.
        url: String,
        /// Why, as far as it says.
        refusal: Refusal,
    },
    /// The file is larger than any of its kind, or the answer longer than any.
    #[error("{url}: it is larger than {} MiB, the most that is taken", most / (1024 * 1024))]
    TooLarge {
        /// What was asked for.
        url: String,
        /// How many bytes are taken.
        most: usize,
    },
    /// The server's answer is not what its kind answers.
    #[error("{0}: the answer is not understood")]
    Answer(String),
    /// The project has no such release.
    #[error("{project}: there is no {}, or the project is not public", release(tag.as_deref()))]
    NoRelease {
        /// Owner and name.
        project: String,
        /// The release's tag; `None` for the latest.
        tag: Option<String>,
    },
    /// No asset fits.
    #[error("release {release:?} has no asset like {pattern}; it has {}", listed(names))]
    NoAsset {
        /// The release's tag.
        release: String,
        /// What was looked for.
        pattern: Pattern,
        /// The assets it has.
        names: Vec<String>,
    },
    /// Several assets fit.
    #[error("release {release:?} has several assets like {pattern}: {}", listed(names))]
    Assets {
        /// The release's tag.
        release: String,
        /// What was looked for.
        pattern: Pattern,
        /// The assets that fit.
        names: Vec<String>,
    },
    /// What came is not what the release describes.
    #[error("{0}: what came has another SHA-256 than the release says")]
    OtherBytes(String),
    /// A device would not boot what came.
    #[error(transparent)]
    NotAnImage(#[from] InspectError),
    /// It cannot be kept.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The thread that judged it is gone.
    #[error("the download broke off inside Skylift")]
    Stopped,
}

/// Why a server does not give a file.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// 404 or 410.
    #[error("there is nothing at this address")]
    NotFound,
    /// Too many requests.
    #[error("the server takes no more requests from here{}", wait(*.minutes))]
    RateLimit {
        /// How long to wait, if it says.
        minutes: Option<u64>,
    },
    /// 401 or 403.
    #[error("the server does not allow it{}", said(.0.as_deref()))]
    NotAllowed(Option<String>),
    /// Any other status.
    #[error("the server answers with status {0}")]
    Status(u16),
}

impl Advice for SourceError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotASource(_) => {
                "for example https://example.com/ota.bin, or acme/lamp, or acme/lamp@v1.2.0"
            }
            Self::Insecure(_) => "use the https address, or download it by hand and: skylift images add FILE",
            Self::Password => "download it by hand and: skylift images add FILE",
            Self::Token { .. } => "put the token alone into the file, or into SKYLIFT_GITHUB_TOKEN",
            Self::Client(_) => "install the system's certificates: apt install ca-certificates",
            Self::Unreachable { .. } => {
                "check the address and this computer's connection; a proxy is taken from HTTPS_PROXY"
            }
            Self::Silent(_) | Self::BrokenOff { .. } => "try again",
            Self::Redirect { .. } => "open the address in a browser, and give the one where it ends",
            Self::Refused { refusal, .. } => refusal.advice(),
            Self::TooLarge { .. } => "check that this is the app image alone",
            Self::Answer(_) => "open the address in a browser, and look at what comes",
            Self::NoRelease { .. } => {
                "check the name; a pre-release must be named: OWNER/REPO@TAG; for a private project set SKYLIFT_GITHUB_TOKEN"
            }
            Self::NoAsset { .. } | Self::Assets { .. } => {
                "name one with --asset; * stands for any characters"
            }
            Self::OtherBytes(_) => "try again; if it stays so, do not use this file",
            Self::NotAnImage(error) => return error.advice(),
            Self::Library(error) => return error.advice(),
            Self::Stopped => "try again",
        };
        vec![advice.to_owned()]
    }
}

impl Refusal {
    const fn advice(&self) -> &'static str {
        match self {
            Self::NotFound => "check the address",
            Self::RateLimit { .. } => {
                "wait, or set SKYLIFT_GITHUB_TOKEN: with a token GitHub allows 5,000 requests an hour"
            }
            Self::NotAllowed(_) => {
                "check the token in SKYLIFT_GITHUB_TOKEN: it needs to read the project's contents"
            }
            Self::Status(_) => "try again later",
        }
    }
}

fn release(tag: Option<&str>) -> String {
    tag.map_or_else(|| "release".to_owned(), |tag| format!("release {tag:?}"))
}

fn wait(minutes: Option<u64>) -> String {
    minutes.map(|minutes| format!(" for {minutes} min")).unwrap_or_default()
}

fn said(text: Option<&str>) -> String {
    text.map(|text| format!(": {text:?}")).unwrap_or_default()
}

fn listed(names: &[String]) -> String {
    const SHOWN: usize = 10;
    if names.is_empty() {
        return "none".to_owned();
    }
    let mut shown: Vec<String> = names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect();
    if names.len() > SHOWN {
        shown.push(format!("and {} more", names.len() - SHOWN));
    }
    shown.join(", ")
}
