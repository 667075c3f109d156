//! An image from each save: builds at once, and again after every save.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::super::build::{BuildError, BuildNews, BuildRequest, Built, Source, build};
use super::{Saves, WatchError};

/// A build that writes into its own sources would begin anew for ever; after so many times it runs to its end.
const MOST_RESTARTS: u32 = 3;

/// Builds a source again and again. How often is the user's to say, by saving.
#[derive(Debug)]
pub struct Rebuilds {
    request: BuildRequest,
    saves: Saves,
    rounds: u32,
}

/// What came of one build.
#[derive(Debug)]
pub struct Round {
    /// Counts up from 1.
    pub number: u32,
    /// How long the build took.
    pub took: Duration,
    /// The image, or why there is none. The next save may mend it.
    pub outcome: Result<Built, BuildError>,
}

/// What there is to say on the way to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RebuildNews<'a> {
    /// These files were saved, and a build begins. One that ran was cancelled.
    Saved(&'a [PathBuf]),
    /// The build says something.
    Build(BuildNews<'a>),
}

impl Rebuilds {
    /// A save is over when nothing was written for so long, unless the user of this says otherwise.
    pub const PAUSE: Duration = Duration::from_millis(200);

    /// Begins to watch a source. Needs a tokio runtime, as everything here does.
    ///
    /// # Errors
    /// The source is none, or cannot be watched.
    pub fn start(request: BuildRequest, pause: Duration) -> Result<Self, WatchError> {
        let source = Source::recognise(&request.source)?;
        if !request.cargo_arguments.is_empty() && !matches!(source, Source::Cargo(_)) {
            return Err(BuildError::NotCargo(request.source).into());
        }
        let saves = Saves::start(&source, pause)?;
        Ok(Self { request, saves, rounds: 0 })
    }

    /// Waits for a save, but for the first round, and builds. A save meanwhile begins the build anew.
    ///
    /// When the future is dropped, the compiler is killed, and the next round builds.
    ///
    /// # Errors
    /// The source is watched no longer. That it cannot be built is no error here.
    pub async fn next(&mut self, tell: impl Fn(RebuildNews<'_>)) -> Result<Round, WatchError> {
        if self.rounds > 0 {
            tell(RebuildNews::Saved(&self.saves.next().await?));
        }
        let mut restarts = 0;
        loop {
            let began = Instant::now();
            let request = self.request.clone();
            let outcome = tokio::select! {
                outcome = build(request, |news| tell(RebuildNews::Build(news))) => outcome,
                saved = self.saves.next(), if restarts < MOST_RESTARTS => {
                    restarts += 1;
                    tell(RebuildNews::Saved(&saved?));
                    continue;
                }
            };
            if let Ok(built) = &outcome {
                self.saves.include(&built.inputs)?;
            }
            self.rounds += 1;
            return Ok(Round { number: self.rounds, took: began.elapsed(), outcome });
        }
    }

    /// What is watched, as the user named it.
    #[must_use]
    pub fn source(&self) -> &Path {
        &self.request.source
    }
}
