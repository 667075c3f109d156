//! How a source on the net is written: `https://...`, or `owner/repo` with a tag if need be.

use std::fmt;
use std::str::FromStr;

use reqwest::Url;
use serde::{Deserialize, Serialize};

use super::SourceError;

/// A source on the net. Shown, it is without what may be secret in a URL; kept, it is whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum NetSource {
    /// The image itself.
    Url(Url),
    /// A release of a project on GitHub.
    Release {
        /// Who the project belongs to.
        owner: String,
        /// The project.
        repo: String,
        /// The release's tag; without one, the latest.
        tag: Option<String>,
    },
}

impl FromStr for NetSource {
    type Err = SourceError;

    fn from_str(text: &str) -> Result<Self, SourceError> {
        if text.contains("://") {
            return Ok(Self::Url(parse_url(text)?));
        }
        let (project, tag) = match text.split_once('@') {
            Some((project, tag)) => (project, Some(tag)),
            None => (text, None),
        };
        let release = project.split_once('/').filter(|(owner, repo)| is_name(owner) && is_name(repo));
        match (release, tag) {
            (Some(_), Some("")) | (None, _) => Err(SourceError::NotASource(text.to_owned())),
            (Some((owner, repo)), tag) => Ok(Self::Release {
                owner: owner.to_owned(),
                repo: repo.to_owned(),
                tag: tag.map(str::to_owned),
            }),
        }
    }
}

impl TryFrom<String> for NetSource {
    type Error = SourceError;

    fn try_from(text: String) -> Result<Self, SourceError> {
        text.parse()
    }
}

impl From<NetSource> for String {
    fn from(source: NetSource) -> Self {
        match source {
            NetSource::Url(url) => url.into(),
            release @ NetSource::Release { .. } => release.to_string(),
        }
    }
}

impl fmt::Display for NetSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Url(url) => f.write_str(&shown(url)),
            Self::Release { owner, repo, tag: None } => write!(f, "{owner}/{repo}"),
            Self::Release { owner, repo, tag: Some(tag) } => write!(f, "{owner}/{repo}@{tag}"),
        }
    }
}

/// Names of users and projects, by GitHub's rules, and a little more.
fn is_name(text: &str) -> bool {
    let known = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
    !text.is_empty() && text.len() <= 100 && text != "." && text != ".." && text.bytes().all(known)
}

/// A URL whose bytes nobody on the way can change.
pub(super) fn parse_url(text: &str) -> Result<Url, SourceError> {
    let url = Url::parse(text).map_err(|_| SourceError::NotASource(text.to_owned()))?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(SourceError::Password);
    }
    if is_safe(&url) { Ok(url) } else { Err(SourceError::Insecure(shown(&url))) }
}

/// HTTPS, or this computer.
pub(super) fn is_safe(url: &Url) -> bool {
    url.scheme() == "https" && url.has_host() || is_this_computer(url)
}

pub(super) fn is_this_computer(url: &Url) -> bool {
    let name = url.host_str().unwrap_or_default();
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<std::net::IpAddr>();
    url.scheme() == "http" && (name == "localhost" || address.is_ok_and(|address| address.is_loopback()))
}

/// A URL without its query, which may hold a signature or a key.
pub(super) fn shown(url: &Url) -> String {
    let mut url = url.clone();
    url.set_query(None);
    url.set_fragment(None);
    url.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_read() {
        let release = |tag: Option<&str>| NetSource::Release {
            owner: "acme".into(),
            repo: "lamp.fw".into(),
            tag: tag.map(Into::into),
        };
        assert_eq!("acme/lamp.fw".parse::<NetSource>().unwrap(), release(None));
        assert_eq!("acme/lamp.fw@v1.2/rc".parse::<NetSource>().unwrap(), release(Some("v1.2/rc")));
        for url in [
            "https://example.com/ota.bin?key=1",
            "http://127.0.0.1:8000/x",
            "http://[::1]/x",
            "http://localhost/x",
        ] {
            assert!(matches!(url.parse::<NetSource>(), Ok(NetSource::Url(_))), "{url}");
        }
    }

    #[test]
    fn what_is_no_source_is_refused() {
        for text in [
            "",
            "lamp",
            "acme/",
            "/lamp",
            "acme/lamp@",
            "a/b/c",
            "../lamp",
            "acme/..",
            "acme/la mp",
            "https://",
            "ota.bin",
        ] {
            assert!(matches!(text.parse::<NetSource>(), Err(SourceError::NotASource(_))), "{text}");
        }
        for text in [
            "http://example.com/x",
            "http://127.0.0.1.example.com/",
            "ftp://localhost/x",
            "file:///etc/passwd",
        ] {
            assert!(matches!(text.parse::<NetSource>(), Err(SourceError::Insecure(_))), "{text}");
        }
        assert!(matches!("https://me:secret@example.com/x".parse::<NetSource>(), Err(SourceError::Password)));
    }

    #[test]
    fn keys_in_a_url_are_not_shown() {
        let url = Url::parse("https://example.com/a/ota.bin?X-Signature=secret#part").unwrap();
        assert_eq!(shown(&url), "https://example.com/a/ota.bin");
    }
}
