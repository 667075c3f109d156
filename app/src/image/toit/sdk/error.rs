//! Why an SDK cannot be used, in sentences for people.

use std::io;
use std::path::PathBuf;
use std::process::ExitStatus;

use super::WHERE_TO_GET;
use crate::advice::Advice;

/// Why an SDK cannot be used, or what its compiler did not do.
#[derive(Debug, thiserror::Error)]
pub enum SdkError {
    /// None is installed.
    #[error(
        "no Toit SDK was found on this computer, and one is needed to compile; it has to be {wanted}, that of the envelope"
    )]
    NotFound {
        /// The envelope's version.
        wanted: String,
    },
    /// What the user chose is none.
    #[error("{}: there is no Toit SDK that can be run", .0.display())]
    NotAnSdk(PathBuf),
    /// Others are installed.
    #[error("the envelope is of the SDK {wanted}, and here is {}", found.join(", "))]
    OtherVersion {
        /// The envelope's version.
        wanted: String,
        /// The versions that are installed, and where.
        found: Vec<String>,
    },
    /// The operating system does not start it.
    #[error("{}: it cannot be started: {error}", program.display())]
    NotStarted {
        /// The program.
        program: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// It did not end.
    #[error("{}: it did not end within {minutes} min, and was stopped", program.display())]
    TooLong {
        /// The program.
        program: PathBuf,
        /// How long it was waited for.
        minutes: u64,
    },
    /// The compiler found mistakes.
    #[error("{}: it does not compile ({status})", source_file.display())]
    NotCompiled {
        /// The program's source.
        source_file: PathBuf,
        /// How the compiler ended.
        status: ExitStatus,
    },
    /// The compiler wrote something else, or nothing.
    #[error("{}: it ended well, and wrote no snapshot", program.display())]
    NoOutput {
        /// The compiler.
        program: PathBuf,
    },
    /// An SDK that is too old for it.
    #[error("the SDK {0} has no tool that converts snapshots")]
    NoConverter(String),
    /// The tool that converts failed.
    #[error("{}: it does not convert the snapshot ({status})", program.display())]
    NotConverted {
        /// The tool.
        program: PathBuf,
        /// How it ended.
        status: ExitStatus,
    },
    /// There is no place for what the compiler writes.
    #[error("the folder for temporary files takes nothing: {0}")]
    Temporary(#[source] io::Error),
}

impl Advice for SdkError {
    fn advice(&self) -> Vec<String> {
        let get = |version: &str| format!("install the SDK {version} from {WHERE_TO_GET}");
        let advice = match self {
            Self::NotFound { wanted } => {
                return vec![
                    format!("{}, and name its folder in TOIT_SDK", get(wanted)),
                    "give the program as a snapshot that was compiled elsewhere".to_owned(),
                ];
            }
            Self::OtherVersion { wanted, .. } => {
                return vec![get(wanted), "take the envelope of the SDK that is here".to_owned()];
            }
            Self::NotAnSdk(_) => "name the folder that has bin/toit in it",
            Self::NotStarted { .. } => "check that this user may run it; install the SDK anew",
            Self::TooLong { .. } | Self::NoOutput { .. } | Self::NotConverted { .. } => {
                "run it by hand, and look at what it says"
            }
            Self::NotCompiled { .. } => "mend what the compiler names above",
            Self::NoConverter(_) => "take an envelope of a newer SDK",
            Self::Temporary(_) => "make room there, or name another folder in TMPDIR",
        };
        vec![advice.to_owned()]
    }
}
