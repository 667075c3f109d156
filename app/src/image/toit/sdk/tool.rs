//! The two shapes of an SDK's command line: `toit`, and the compiler alone in old ones.

use std::path::{Path, PathBuf};
use std::process::ExitStatus;
use std::sync::Mutex;
use std::time::Duration;

use tokio::process::Command;
use tokio::time::timeout;

use super::{ANSWER, SdkError};
use crate::image::build::process;
use crate::image::envelope::WordSize;

/// The program that an SDK is used by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    /// `toit`, with commands.
    Toit(PathBuf),
    /// `toit.compile`, of SDKs that had no program `toit`.
    Compiler(PathBuf),
}

impl Tool {
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::Toit(path) | Self::Compiler(path) => path,
        }
    }

    /// What it says of its version; `None` if it is no such program.
    pub(super) async fn version(&self) -> Option<String> {
        let mut command = Command::new(self.path());
        command.arg(match self {
            Self::Toit(_) => "version",
            Self::Compiler(_) => "--version",
        });
        let said = Mutex::new(None);
        let hear = |line: &str| {
            if let Ok(mut said) = said.lock() {
                said.get_or_insert_with(|| line.to_owned());
            }
        };
        let status = self.run(command, ANSWER, &hear).await.ok()?;
        let said = said.into_inner().ok()?.filter(|_| status.success())?;
        // "v2.0.0", or "Toit version: v2.0.0".
        let version = said.split_whitespace().next_back()?;
        (version.starts_with('v') && version.len() <= 64).then(|| version.to_owned())
    }

    pub(super) fn compile(&self, source: &Path, output: &Path) -> Command {
        let mut command = Command::new(self.path());
        match self {
            Self::Toit(_) => command.args(["compile", "--snapshot", "-o"]),
            Self::Compiler(_) => command.arg("-w"),
        };
        command.arg(output).arg(source);
        command
    }

    /// `None` if the SDK has no tool for it.
    pub(super) fn convert(&self, snapshot: &Path, output: &Path, word: WordSize) -> Option<Command> {
        let Self::Toit(path) = self else { return None };
        let width = match word {
            WordSize::W32 => "-m32",
            WordSize::W64 => "-m64",
        };
        let mut command = Command::new(path);
        command.args(["tool", "snapshot-to-image", width, "--format=binary", "-o"]).arg(output).arg(snapshot);
        Some(command)
    }

    pub(super) async fn run(
        &self,
        command: Command,
        limit: Duration,
        tell: &impl Fn(&str),
    ) -> Result<ExitStatus, SdkError> {
        let line = |line: &[u8]| tell(&String::from_utf8_lossy(line));
        let program = || self.path().to_owned();
        let ended = timeout(limit, process::run(command, line, line)).await;
        ended
            .map_err(|_| SdkError::TooLong { program: program(), minutes: limit.as_secs() / 60 })?
            .map_err(|error| SdkError::NotStarted { program: program(), error })
    }
}
