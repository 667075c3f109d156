//! One request to a server of the world: HTTPS, few redirects, bounded in time and size.

use std::io::Read as _;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{ACCEPT, AUTHORIZATION, ETAG, HeaderMap, HeaderValue, IF_NONE_MATCH, RETRY_AFTER};
use reqwest::redirect::{Attempt, Policy};
use reqwest::{Response, StatusCode, Url};

use super::address::{is_safe, is_this_computer, shown};
use super::{Progress, Refusal, SourceError};
use crate::tls;

const CONNECT: Duration = Duration::from_secs(15);
/// A server that sends nothing for so long has gone.
const SILENCE: Duration = Duration::from_secs(30);
/// 16 MiB at 10 KiB/s.
const IN_ALL: Duration = Duration::from_secs(30 * 60);
const MAX_REDIRECTS: usize = 5;
/// Longer ETags and tokens are not used.
const MAX_HEADER: usize = 1024;
/// Of an error's text, what is looked at.
const MAX_EXPLANATION: usize = 4096;

/// A token for GitHub. It is shown nowhere.
#[derive(Clone)]
pub struct Token(HeaderValue);

impl Token {
    /// A token from a text.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let text = text.trim();
        if text.is_empty() || text.len() > MAX_HEADER || text.contains(char::is_whitespace) {
            return None;
        }
        let mut value = HeaderValue::from_str(&format!("Bearer {text}")).ok()?;
        value.set_sensitive(true);
        Some(Self(value))
    }

    /// The token in a file.
    ///
    /// # Errors
    /// The file cannot be read, or holds something else.
    pub fn read(path: &Path) -> Result<Self, SourceError> {
        let fail = |why: String| SourceError::Token { path: path.to_owned(), why };
        let mut text = String::new();
        let file = std::fs::File::open(path).map_err(|error| fail(error.to_string()))?;
        let read = file.take(2 * MAX_HEADER as u64).read_to_string(&mut text);
        read.map_err(|error| fail(error.to_string()))?;
        Self::new(&text).ok_or_else(|| fail("it holds something else".to_owned()))
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token")
    }
}

/// What is asked for.
pub(super) struct Request {
    pub(super) url: Url,
    pub(super) accept: &'static str,
    /// Send the token along, if the URL is one of the API.
    pub(super) authorised: bool,
    pub(super) etag: Option<String>,
    /// Bytes that the answer may have.
    pub(super) limit: usize,
}

/// What comes.
pub(super) enum Answer {
    /// The same as when the ETag was given.
    Unchanged,
    Content {
        bytes: Vec<u8>,
        etag: Option<String>,
    },
}

#[derive(Clone, Debug)]
pub(super) struct Client {
    http: reqwest::Client,
    token: Option<(Token, reqwest::Url)>,
}

impl Client {
    /// A client; the token is for the API alone.
    pub(super) fn new(api: &Url, token: Option<Token>) -> Result<Self, SourceError> {
        tls::ready();
        let http = reqwest::Client::builder()
            .user_agent(concat!("skylift/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .timeout(IN_ALL)
            .referer(false)
            .redirect(Policy::custom(follow));
        let http = http.build().map_err(|error| SourceError::Client(root(&error)))?;
        Ok(Self { http, token: token.map(|token| (token, api.clone())) })
    }

    pub(super) fn has_token(&self) -> bool {
        self.token.is_some()
    }

    pub(super) async fn get(
        &self,
        request: Request,
        progress: impl Fn(Progress),
    ) -> Result<Answer, SourceError> {
        let url = shown(&request.url);
        let sent = self.http.get(request.url.clone()).headers(self.headers(&request)).send().await;
        let response = sent.map_err(|error| explain(&error, &url, 0))?;
        match response.status() {
            StatusCode::OK => {}
            StatusCode::NOT_MODIFIED => return Ok(Answer::Unchanged),
            // To a place that reqwest does not go to, or without a place.
            status if status.is_redirection() => return Err(SourceError::Redirect { url }),
            _ => return Err(SourceError::Refused { refusal: refusal(response).await, url }),
        }
        let etag = response.headers().get(ETAG).and_then(|etag| etag.to_str().ok());
        let etag = etag.filter(|etag| etag.len() <= MAX_HEADER).map(str::to_owned);
        let bytes = read(response, &url, request.limit, progress).await?;
        Ok(Answer::Content { bytes, etag })
    }

    fn headers(&self, request: &Request) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static(request.accept));
        if let Some(etag) = request.etag.as_ref().and_then(|etag| HeaderValue::from_str(etag).ok()) {
            headers.insert(IF_NONE_MATCH, etag);
        }
        if let Some((token, api)) = &self.token
            && request.authorised
            // What the API describes may lie elsewhere.
            && request.url.origin() == api.origin()
        {
            headers.insert(AUTHORIZATION, token.0.clone());
        }
        headers
    }
}

/// reqwest takes the token off where a redirect leads to another host.
fn follow(attempt: Attempt<'_>) -> reqwest::redirect::Action {
    let from_here = attempt.previous().last().is_some_and(is_this_computer);
    let safe = is_safe(attempt.url()) && (from_here || !is_this_computer(attempt.url()));
    if attempt.previous().len() > MAX_REDIRECTS || !safe {
        return attempt.error("not followed");
    }
    attempt.follow()
}

async fn read(
    mut response: Response,
    url: &str,
    limit: usize,
    progress: impl Fn(Progress),
) -> Result<Vec<u8>, SourceError> {
    let total = response.content_length();
    let too_large = || SourceError::TooLarge { url: url.to_owned(), most: limit };
    if total.is_some_and(|total| total > limit as u64) {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    loop {
        let received = bytes.len() as u64;
        progress(Progress { received, total });
        match response.chunk().await.map_err(|error| explain(&error, url, received))? {
            None => return Ok(bytes),
            Some(chunk) if bytes.len() + chunk.len() > limit => return Err(too_large()),
            Some(chunk) => bytes.extend_from_slice(&chunk),
        }
    }
}

async fn refusal(mut response: Response) -> Refusal {
    let status = response.status();
    let header = |name: &str| response.headers().get(name)?.to_str().ok()?.parse::<u64>().ok();
    let (left, reset) = (header("x-ratelimit-remaining"), header("x-ratelimit-reset"));
    let after = header(RETRY_AFTER.as_str());
    let message = explanation(&mut response).await;
    let limited = left == Some(0) || message.as_ref().is_some_and(|text| text.contains("rate limit"));
    match status {
        StatusCode::NOT_FOUND | StatusCode::GONE => Refusal::NotFound,
        StatusCode::TOO_MANY_REQUESTS => Refusal::RateLimit { minutes: minutes(after, reset) },
        StatusCode::FORBIDDEN if limited => Refusal::RateLimit { minutes: minutes(after, reset) },
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => Refusal::NotAllowed(message),
        other => Refusal::Status(other.as_u16()),
    }
}

/// GitHub's sentence for people.
async fn explanation(response: &mut Response) -> Option<String> {
    let mut text = Vec::new();
    while let Ok(Some(chunk)) = response.chunk().await {
        text.extend_from_slice(&chunk);
        if text.len() > MAX_EXPLANATION {
            return None;
        }
    }
    let message = serde_json::from_slice::<serde_json::Value>(&text).ok()?;
    Some(message.get("message")?.as_str()?.chars().take(200).collect())
}

/// Until when: seconds from now, or since 1970.
fn minutes(after: Option<u64>, reset: Option<u64>) -> Option<u64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).ok()?.as_secs();
    let seconds = after.or_else(|| reset?.checked_sub(now))?;
    Some(seconds.div_ceil(60)).filter(|minutes| *minutes <= 24 * 60)
}

fn explain(error: &reqwest::Error, url: &str, received: u64) -> SourceError {
    let url = url.to_owned();
    if error.is_timeout() {
        SourceError::Silent(url)
    } else if error.is_redirect() {
        SourceError::Redirect { url }
    } else if error.is_body() || error.is_decode() || received > 0 {
        SourceError::BrokenOff { url, received }
    } else {
        SourceError::Unreachable { url, why: root(error) }
    }
}

/// The innermost cause: the outer ones only say where it happened.
fn root(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
