//! Why an image cannot be built, in sentences for people.

use std::io;
use std::path::PathBuf;

use skylift_protocol::Chip;
use skylift_updater::image::ImageError;
use skylift_updater::partition::TableError;

use super::super::InspectError;
use super::super::library::LibraryError;
use crate::advice::Advice;

/// Why an image cannot be built.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// The operating system does not give a file.
    #[error("{}: it cannot be read: {error}", path.display())]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the operating system says.
        #[source]
        error: io::Error,
    },
    /// A folder in which nothing is known.
    #[error("{}: there is nothing to build here: no Cargo.toml, no build folder of ESP-IDF, no PlatformIO project", .0.display())]
    NothingToBuild(PathBuf),
    /// Arguments for Cargo, and no Cargo project.
    #[error("{}: this is no Cargo project, so nothing can be passed on to cargo", .0.display())]
    NotCargo(PathBuf),
    /// The build folder has no app in it.
    #[error("{}: there is no app in this build folder", path.display())]
    NotBuilt {
        /// The folder.
        path: PathBuf,
        /// The command that builds it.
        command: &'static str,
    },
    /// The file with which a build describes itself is not understood.
    #[error("{}: this description of a build is not understood: {why}", path.display())]
    Description {
        /// The file.
        path: PathBuf,
        /// Half a sentence.
        why: String,
    },
    /// A PlatformIO project has several environments.
    #[error("{}: several environments have been built: {}", path.display(), names.join(", "))]
    Environments {
        /// The project.
        path: PathBuf,
        /// The environments.
        names: Vec<String>,
    },
    /// Cargo, and what came of it.
    #[error("{}: {error}", project.display())]
    Cargo {
        /// The folder of the project.
        project: PathBuf,
        /// What happened.
        #[source]
        error: CargoError,
    },
    /// The ELF cannot be read.
    #[error(transparent)]
    Library(#[from] LibraryError),
    /// The program is for a computer.
    #[error("{}: this program is made for {machine}, not for a chip of the ESP32 family", path.display())]
    NotForAChip {
        /// The ELF.
        path: PathBuf,
        /// For which machine.
        machine: String,
    },
    /// Several chips could run the ELF.
    #[error("{}: the ELF does not say which chip it is for; {} could be meant", path.display(), words(candidates))]
    WhichChip {
        /// The ELF.
        path: PathBuf,
        /// The chips that could be meant.
        candidates: Vec<Chip>,
    },
    /// The image is for another chip than the user names.
    #[error("{}: it is made for the {found}, not for the {wanted}", path.display())]
    OtherChip {
        /// The source.
        path: PathBuf,
        /// The chip it is made for.
        found: Chip,
        /// The chip that the user names.
        wanted: Chip,
    },
    /// No image can be made from the ELF.
    #[error("{}: no image can be made from this ELF: {why}", path.display())]
    Elf {
        /// The ELF.
        path: PathBuf,
        /// Half a sentence.
        why: String,
    },
    /// The ELF has no app descriptor.
    #[error("{}: the ELF has no app descriptor, so no bootloader of ESP-IDF would boot it", .0.display())]
    NoDescriptor(PathBuf),
    /// The partition table of a merged image cannot be used.
    #[error("{}: {error}", path.display())]
    Table {
        /// The merged image.
        path: PathBuf,
        /// What is wrong with the table.
        error: TableError,
    },
    /// No slot of a merged image holds an app.
    #[error("{}: no partition of this merged image holds a complete app: {}", path.display(), told(slots))]
    NoApp {
        /// The merged image.
        path: PathBuf,
        /// What the slots hold instead.
        slots: Vec<EmptySlot>,
    },
    /// A device would not boot the outcome.
    #[error(transparent)]
    NotAnImage(#[from] InspectError),
    /// The thread that did the work is gone.
    #[error("the build broke off inside Skylift")]
    Stopped,
}

/// What became of `cargo build`.
#[derive(Debug, thiserror::Error)]
pub enum CargoError {
    /// There is no cargo.
    #[error("cargo cannot be started: {0}")]
    NotStarted(#[source] io::Error),
    /// Its output cannot be read.
    #[error("the output of cargo cannot be read: {0}")]
    Output(#[source] io::Error),
    /// It says what is wrong, line by line.
    #[error("cargo could not compile it ({status})")]
    Failed {
        /// How it ended.
        status: std::process::ExitStatus,
        /// A command that mends it, if the compiler's words give one.
        mend: Option<String>,
    },
    /// The project is for other chips.
    #[error("the project is not made for the {wanted}: its features know {}", words(known))]
    NoFeature {
        /// The chip that the user names.
        wanted: Chip,
        /// The chips that features are named after.
        known: Vec<Chip>,
    },
    /// No toolchain can compile for the chip.
    #[error("no Rust toolchain of this computer can compile for {target}")]
    NoCore {
        /// The target.
        target: String,
        /// Whether rustup is there to add it.
        has_rustup: bool,
    },
    /// A library.
    #[error("the project has no program in it, only libraries")]
    NoProgram,
    /// Several programs.
    #[error("the project has several programs: {}", .0.join(", "))]
    Programs(Vec<String>),
}

/// A slot of a merged image that holds no complete app.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmptySlot {
    /// The partition's label.
    pub label: String,
    /// What is wrong with what it holds; `None` if it is empty.
    pub flaw: Option<ImageError>,
}

impl Advice for BuildError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::Unreadable { .. } => "check the path, and that this user may read it",
            Self::NothingToBuild(_) => "name the project's folder, an ELF, or an image",
            Self::NotCargo(_) => "leave out --bin, --example and what follows --",
            Self::NotBuilt { command, .. } => return vec![format!("build it first: {command}")],
            Self::Description { .. } => "build it again, or name the app's .bin or .elf itself",
            Self::Environments { path, names } => return environments(path, names),
            Self::Cargo { error, .. } => return error.advice(),
            Self::Library(error) => return error.advice(),
            Self::NotForAChip { .. } => {
                "name the chip, for example skylift build ... --chip esp32c3, or set its target in the project's .cargo/config.toml"
            }
            Self::WhichChip { candidates, .. } => return vec![name_it(candidates)],
            Self::OtherChip { .. } => "leave --chip out, or build for that chip",
            Self::Elf { .. } => {
                "look at it with espflash save-image; name the chip with --chip if it is the wrong one"
            }
            Self::NoDescriptor(_) => {
                "an esp-hal app gets its descriptor from esp_bootloader_esp_idf::esp_app_desc!()"
            }
            Self::Table { .. } => {
                "give the app alone: espflash save-image without --merge, or ESP-IDF's build/<project>.bin"
            }
            Self::NoApp { .. } => "give the app alone, or a merged image that was not cut short",
            Self::NotAnImage(error) => return error.advice(),
            Self::Stopped => "try again; if it stays so, report it with the source",
        };
        vec![advice.to_owned()]
    }
}

impl Advice for CargoError {
    fn advice(&self) -> Vec<String> {
        let advice = match self {
            Self::NotStarted(_) => "install Rust: https://rustup.rs",
            Self::Output(_) => "try again",
            Self::Failed { mend: Some(mend), .. } => return vec![mend.clone()],
            Self::NoFeature { known, .. } => return vec![name_it(known)],
            Self::NoCore { target, has_rustup: true } => return vec![format!("rustup target add {target}")],
            Self::NoCore { target, has_rustup: false } => {
                return vec![format!("install Rust: https://rustup.rs, then: rustup target add {target}")];
            }
            Self::Failed { mend: None, .. } => "mend what the compiler names above",
            Self::NoProgram => "name the folder of the package that has a src/main.rs",
            Self::Programs(_) => "name one: skylift build ... --bin NAME",
        };
        vec![advice.to_owned()]
    }
}

fn environments(path: &std::path::Path, names: &[String]) -> Vec<String> {
    let folder = |name: &String| path.join(".pio").join("build").join(name).display().to_string();
    names.iter().take(3).map(|name| format!("skylift build {}", folder(name))).collect()
}

fn name_it(candidates: &[Chip]) -> String {
    let example = candidates.first().copied().unwrap_or(Chip::Esp32C3);
    format!("name the chip with --chip, for example --chip {example}")
}

fn words(chips: &[Chip]) -> String {
    chips.iter().map(|chip| chip.as_str()).collect::<Vec<_>>().join(", ")
}

fn told(slots: &[EmptySlot]) -> String {
    if slots.is_empty() {
        return "its table has no app partition".to_owned();
    }
    let told = |slot: &EmptySlot| match slot.flaw {
        Some(flaw) => format!("{:?}: {flaw}", slot.label),
        None => format!("{:?} is empty", slot.label),
    };
    slots.iter().map(told).collect::<Vec<_>>().join("; ")
}
