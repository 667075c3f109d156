//! Images on the net: a URL, or an asset of a release on GitHub, looked up when asked.

mod address;
mod client;
mod error;
mod github;
mod memory;
mod pattern;
mod tracked;

use std::path::Path;

use reqwest::Url;
use sha2::{Digest as _, Sha256};
use skylift_protocol::Digest;

use super::library::Library;
use super::{Image, MAX_FILE_BYTES};
use crate::store::DataDir;
use client::{Answer, Client, Request};
use memory::{Memory, Remembered};

pub use address::NetSource;
pub use client::Token;
pub use error::{Refusal, SourceError};
pub use pattern::Pattern;
pub use tracked::{Found, Setback, TrackedSource};

/// GitHub's API.
pub const GITHUB_API: &str = "https://api.github.com";

/// Fetches images, and remembers what it has fetched.
#[derive(Clone, Debug)]
pub struct Fetcher {
    client: Client,
    api: Url,
    memory: Memory,
    library: Library,
}

/// An image from the net. It is in the library.
#[derive(Clone, Debug)]
pub struct Fetched {
    /// The image; its path is the URL, without what may be secret in it.
    pub image: Image,
    /// The release it belongs to, by its tag.
    pub release: Option<String>,
    /// Whether it was downloaded now; if not, it has not changed since it was.
    pub downloaded: bool,
}

/// Bytes received, and how many there will be if the server says so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    /// Bytes received.
    pub received: u64,
    /// Bytes in all.
    pub total: Option<u64>,
}

/// What is to be fetched, once it is known where it lies.
struct Wanted {
    url: Url,
    /// Whether the token goes with the request.
    authorised: bool,
    release: Option<String>,
    /// What the release says of the file.
    file_sha256: Option<Digest>,
}

impl Fetcher {
    /// A fetcher that keeps what it fetches in a data folder.
    ///
    /// # Errors
    /// The API's address is none, or the system's certificates cannot be read.
    pub fn new(data: &DataDir, api: &str, token: Option<Token>) -> Result<Self, SourceError> {
        let api = address::parse_url(api)?;
        let client = Client::new(&api, token)?;
        Ok(Self { client, api, memory: Memory::new(data), library: Library::new(data) })
    }

    /// Looks a source up, and downloads its image unless it is known already.
    ///
    /// # Errors
    /// The source cannot be reached or has no such image, or a device would not boot what came.
    pub async fn fetch(
        &self,
        source: &NetSource,
        asset: Option<&Pattern>,
        progress: impl Fn(Progress),
    ) -> Result<Fetched, SourceError> {
        let wanted = self.look_up(source, asset).await?;
        if let Some(image) = wanted.file_sha256.and_then(|digest| self.known(digest)) {
            return Ok(Fetched { image, release: wanted.release, downloaded: false });
        }
        self.download(wanted, progress).await
    }

    /// Fetches something that is no image, of at most so many bytes. It is not kept.
    ///
    /// # Errors
    /// The source cannot be reached or has no such file, or something else came than the release says.
    pub async fn fetch_bytes(
        &self,
        source: &NetSource,
        asset: Option<&Pattern>,
        limit: usize,
        progress: impl Fn(Progress),
    ) -> Result<Vec<u8>, SourceError> {
        let Wanted { url, authorised, file_sha256, .. } = self.look_up(source, asset).await?;
        let accept = "application/octet-stream";
        let request = Request { url: url.clone(), accept, authorised, etag: None, limit };
        let Answer::Content { bytes, .. } = self.client.get(request, progress).await? else {
            return Err(SourceError::Answer(address::shown(&url)));
        };
        if file_sha256.is_some_and(|expected| expected != Digest(Sha256::digest(&bytes).into())) {
            return Err(SourceError::OtherBytes(address::shown(&url)));
        }
        Ok(bytes)
    }

    async fn look_up(&self, source: &NetSource, asset: Option<&Pattern>) -> Result<Wanted, SourceError> {
        match source {
            NetSource::Url(url) => {
                Ok(Wanted { url: url.clone(), authorised: false, release: None, file_sha256: None })
            }
            NetSource::Release { owner, repo, tag } => {
                let release = self.release(owner, repo, tag.as_deref()).await?;
                release.wanted(asset, self.client.has_token())
            }
        }
    }

    async fn download(&self, wanted: Wanted, progress: impl Fn(Progress)) -> Result<Fetched, SourceError> {
        let Wanted { url, authorised, release, file_sha256 } = wanted;
        // Forgotten images are fetched again.
        let remembered = self.memory.recall(&url);
        let known = remembered.and_then(|it| Some((it.etag, self.known(it.file_sha256?)?)));
        let request = Request {
            url: url.clone(),
            accept: "application/octet-stream",
            authorised,
            etag: known.as_ref().map(|(etag, _)| etag.clone()),
            limit: MAX_FILE_BYTES,
        };
        let (bytes, etag) = match (self.client.get(request, progress).await?, known) {
            (Answer::Unchanged, Some((_, image))) => {
                return Ok(Fetched { image, release, downloaded: false });
            }
            (Answer::Unchanged, None) => return Err(SourceError::Answer(address::shown(&url))),
            (Answer::Content { bytes, etag }, _) => (bytes, etag),
        };
        let (library, shown) = (self.library.clone(), address::shown(&url));
        let judged = tokio::task::spawn_blocking(move || judge(bytes, &shown, file_sha256, &library));
        let image = judged.await.unwrap_or(Err(SourceError::Stopped))?;
        if let Some(etag) = etag {
            self.memory
                .remember(&url, &Remembered { etag, file_sha256: Some(image.file_sha256), release: None });
        }
        Ok(Fetched { image, release, downloaded: true })
    }

    /// The release of a project: the latest, or that of a tag.
    async fn release(
        &self,
        owner: &str,
        repo: &str,
        tag: Option<&str>,
    ) -> Result<github::Release, SourceError> {
        let url = github::release_url(&self.api, owner, repo, tag)?;
        let known = self.memory.recall(&url).and_then(|it| Some((it.etag, it.release?)));
        let request = Request {
            url: url.clone(),
            accept: "application/vnd.github+json",
            authorised: true,
            etag: known.as_ref().map(|(etag, _)| etag.clone()),
            limit: github::MAX_ANSWER,
        };
        let answer = self
            .client
            .get(request, |_| {})
            .await
            .map_err(|error| github::explain(error, owner, repo, tag))?;
        match (answer, known) {
            (Answer::Unchanged, Some((_, release))) => Ok(release),
            (Answer::Unchanged, None) => Err(SourceError::Answer(address::shown(&url))),
            (Answer::Content { bytes, etag }, _) => {
                let release: github::Release =
                    serde_json::from_slice(&bytes).map_err(|_| SourceError::Answer(address::shown(&url)))?;
                if let Some(etag) = etag {
                    let release = Some(release.clone());
                    self.memory.remember(&url, &Remembered { etag, file_sha256: None, release });
                }
                Ok(release)
            }
        }
    }

    /// The image of the library with these bytes.
    fn known(&self, file_sha256: Digest) -> Option<Image> {
        let entry = self.library.get(file_sha256).ok()?;
        self.library.open(&entry).ok()
    }
}

fn judge(
    bytes: Vec<u8>,
    shown: &str,
    expected: Option<Digest>,
    library: &Library,
) -> Result<Image, SourceError> {
    let image = Image::from_bytes(Path::new(shown), bytes)?;
    if expected.is_some_and(|expected| expected != image.file_sha256) {
        return Err(SourceError::OtherBytes(shown.to_owned()));
    }
    library.add(&image, None, shown)?;
    Ok(image)
}
