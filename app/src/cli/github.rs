//! How GitHub, or a server that speaks the same, is asked: at which address, and with which token.

use std::path::PathBuf;

use clap::Args;

use super::session::Session;
use crate::image::source::{Fetcher, GITHUB_API, SourceError, Token};

const TOKEN: &str = "SKYLIFT_GITHUB_TOKEN";
const TOKEN_FILE: &str = "SKYLIFT_GITHUB_TOKEN_FILE";
const API: &str = "SKYLIFT_GITHUB_API";

/// What is said of the token under the help of commands that use one.
pub(super) const ABOUT_TOKENS: &str =
    "A token for private projects, or for more requests an hour, is taken from SKYLIFT_GITHUB_TOKEN.";

/// The options of commands that ask GitHub.
#[derive(Args, Clone, Debug)]
pub(super) struct Github {
    /// Read the token from a file
    #[arg(long, value_name = "F", env = TOKEN_FILE)]
    token_file: Option<PathBuf>,
    /// Another server that speaks GitHub's API
    #[arg(long, value_name = "URL", env = API, default_value = GITHUB_API)]
    github_api: String,
}

impl Github {
    /// For commands that have no such options.
    pub(super) fn of_environment() -> Self {
        Self {
            token_file: std::env::var_os(TOKEN_FILE).map(PathBuf::from),
            github_api: std::env::var(API).unwrap_or_else(|_| GITHUB_API.to_owned()),
        }
    }

    pub(super) fn fetcher(&self, session: &Session) -> Result<Fetcher, SourceError> {
        Fetcher::new(&session.data_dir, &self.github_api, self.token()?)
    }

    fn token(&self) -> Result<Option<Token>, SourceError> {
        match &self.token_file {
            Some(file) => Token::read(file).map(Some),
            None => Ok(std::env::var(TOKEN).ok().and_then(|text| Token::new(&text))),
        }
    }
}
