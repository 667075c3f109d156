//! Releases on GitHub (REST API, "Releases"), and of servers that speak the same.

use reqwest::Url;
use serde::{Deserialize, Serialize};
use skylift_protocol::Digest;

use super::address::{is_safe, parse_url};
use super::{Pattern, Refusal, SourceError, Wanted};

/// A release with a thousand assets has half of this.
pub(super) const MAX_ANSWER: usize = 4 * 1024 * 1024;

/// A release, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Release {
    tag_name: String,
    assets: Vec<Asset>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Asset {
    name: String,
    /// At the API: also for private projects.
    url: String,
    /// For everybody.
    browser_download_url: String,
    /// `sha256:` and the digits; older assets have none.
    digest: Option<String>,
}

impl Release {
    /// The one asset that fits.
    pub(super) fn wanted(&self, pattern: Option<&Pattern>, has_token: bool) -> Result<Wanted, SourceError> {
        let pattern = pattern.cloned().unwrap_or_else(Pattern::any_image);
        let fitting: Vec<&Asset> = self.assets.iter().filter(|asset| pattern.matches(&asset.name)).collect();
        let names = |assets: &[&Asset]| assets.iter().map(|asset| asset.name.clone()).collect();
        let asset = match fitting[..] {
            [asset] => asset,
            [] => {
                let all: Vec<&Asset> = self.assets.iter().collect();
                return Err(SourceError::NoAsset {
                    release: self.tag_name.clone(),
                    pattern,
                    names: names(&all),
                });
            }
            _ => {
                let names = names(&fitting);
                return Err(SourceError::Assets { release: self.tag_name.clone(), pattern, names });
            }
        };
        let url = if has_token { &asset.url } else { &asset.browser_download_url };
        let url = parse_url(url)?;
        let digest = asset.digest.as_deref().and_then(|digest| digest.strip_prefix("sha256:"));
        Ok(Wanted {
            authorised: has_token,
            release: Some(self.tag_name.clone()),
            file_sha256: digest.and_then(|digest| digest.parse::<Digest>().ok()),
            url,
        })
    }
}

/// Where the API describes a release.
pub(super) fn release_url(api: &Url, owner: &str, repo: &str, tag: Option<&str>) -> Result<Url, SourceError> {
    let mut url = api.clone();
    if let Ok(mut path) = url.path_segments_mut() {
        path.pop_if_empty().extend(["repos", owner, repo, "releases"]);
        match tag {
            Some(tag) => path.extend(["tags", tag]),
            None => path.push("latest"),
        };
    }
    if is_safe(&url) { Ok(url) } else { Err(SourceError::NotASource(api.to_string())) }
}

/// "Not found" has a meaning here.
pub(super) fn explain(error: SourceError, owner: &str, repo: &str, tag: Option<&str>) -> SourceError {
    match error {
        SourceError::Refused { refusal: Refusal::NotFound, .. } => {
            SourceError::NoRelease { project: format!("{owner}/{repo}"), tag: tag.map(str::to_owned) }
        }
        error => error,
    }
}
