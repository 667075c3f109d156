//! An installed Toit SDK: which there are, of which version, and what their compiler makes of a program.
//!
//! Programs are started without a shell, and their lines are told as they come. Dropping a future kills what it started.

mod error;
mod places;
mod tool;

use std::ffi::OsStr;
use std::fmt;
use std::path::Path;
use std::time::Duration;

use crate::image::envelope::WordSize;
use crate::image::envelope::snapshot::Bundle;
use crate::image::read_bounded;
use tool::Tool;

pub use error::SdkError;

/// Where an SDK can be had.
pub const WHERE_TO_GET: &str = "https://github.com/toitlang/toit/releases";

/// A program of thousands of lines compiles within seconds.
const COMPILE: Duration = Duration::from_secs(10 * 60);
/// Asking for the version starts a program, and no more.
const ANSWER: Duration = Duration::from_secs(20);
/// Larger snapshots and images are not read: no device could hold them.
const MAX_OUTPUT: u64 = 32 << 20;

/// An installed SDK.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sdk {
    tool: Tool,
    version: String,
    origin: Origin,
}

/// How an SDK was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The user chose it.
    Chosen,
    /// The variable `TOIT_SDK` names it.
    Environment,
    /// Its programs are in `PATH`.
    Path,
    /// Jaguar has downloaded it.
    Jaguar,
}

impl Sdk {
    /// The SDK that the user chose, or else all that are installed, the preferred first.
    pub async fn all(chosen: Option<&Path>) -> Vec<Self> {
        let mut found: Vec<Self> = Vec::new();
        for (tool, origin) in places::tools(chosen) {
            if !found.iter().any(|sdk| sdk.tool == tool)
                && let Some(version) = tool.version().await
            {
                found.push(Self { tool, version, origin });
            }
        }
        found
    }

    /// The SDK of a version, which is that of the envelope.
    ///
    /// # Errors
    /// None is installed, or only others are; the one that was chosen is another, or none.
    pub async fn find(chosen: Option<&Path>, version: &str) -> Result<Self, SdkError> {
        let all = Self::all(chosen).await;
        match (all.iter().find(|sdk| sdk.version == version), chosen) {
            (Some(sdk), _) => Ok(sdk.clone()),
            (None, Some(chosen)) if all.is_empty() => Err(SdkError::NotAnSdk(chosen.to_owned())),
            (None, None) if all.is_empty() => Err(SdkError::NotFound { wanted: version.to_owned() }),
            (None, _) => Err(SdkError::OtherVersion {
                wanted: version.to_owned(),
                found: all.iter().map(Self::to_string).collect(),
            }),
        }
    }

    /// Its program `toit`, or its compiler if it is so old that it has no such program.
    #[must_use]
    pub fn program(&self) -> &Path {
        self.tool.path()
    }

    /// Its version, such as `v2.0.0-alpha.195`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// How it was found.
    #[must_use]
    pub const fn origin(&self) -> Origin {
        self.origin
    }

    /// Compiles a program to a snapshot. What the compiler says is told line by line.
    ///
    /// # Errors
    /// It does not compile, or the compiler cannot be run to its end.
    pub async fn compile(&self, source: &Path, tell: impl Fn(&str)) -> Result<Vec<u8>, SdkError> {
        let folder = temporary_folder()?;
        let output = folder.path().join("program.snapshot");
        // A name that begins with a dash would be an option.
        let source = std::path::absolute(source).unwrap_or_else(|_| source.to_owned());
        let status = self.tool.run(self.tool.compile(&source, &output), COMPILE, &tell).await?;
        if !status.success() {
            return Err(SdkError::NotCompiled { source_file: source, status });
        }
        let snapshot = read_bounded(&output, MAX_OUTPUT).ok().filter(|bytes| Bundle::is_snapshot(bytes));
        snapshot.ok_or_else(|| SdkError::NoOutput { program: self.program().to_owned() })
    }

    /// Converts a snapshot to a relocatable image: for SDKs whose snapshots Skylift does not convert itself.
    ///
    /// # Errors
    /// The SDK is too old to have the tool for it, or the tool fails.
    pub async fn convert(
        &self,
        snapshot: &[u8],
        word: WordSize,
        tell: impl Fn(&str),
    ) -> Result<Vec<u8>, SdkError> {
        let folder = temporary_folder()?;
        let (input, output) = (folder.path().join("program.snapshot"), folder.path().join("program.image"));
        std::fs::write(&input, snapshot).map_err(SdkError::Temporary)?;
        let command = self.tool.convert(&input, &output, word);
        let command = command.ok_or_else(|| SdkError::NoConverter(self.to_string()))?;
        let status = self.tool.run(command, COMPILE, &tell).await?;
        let image = read_bounded(&output, MAX_OUTPUT).ok().filter(|_| status.success());
        image.ok_or_else(|| SdkError::NotConverted { program: self.program().to_owned(), status })
    }
}

fn temporary_folder() -> Result<tempfile::TempDir, SdkError> {
    tempfile::Builder::new().prefix("skylift-").tempdir().map_err(SdkError::Temporary)
}

/// Whether a file is the source of a program, by its name.
#[must_use]
pub fn is_source(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case(OsStr::new("toit")))
}

impl fmt::Display for Sdk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.version, self.program().display())
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Chosen => "chosen",
            Self::Environment => "named by TOIT_SDK",
            Self::Path => "found in PATH",
            Self::Jaguar => "downloaded by Jaguar",
        })
    }
}
