//! Building: from a Cargo project, an ELF, a build folder or a merged image to an `ota.bin` that was judged.

mod cargo;
mod cargo_config;
mod chip_target;
mod elf;
mod error;
mod esp_idf;
mod features;
mod inputs;
mod merged;
mod plan;
mod platform_io;
pub(super) mod process;
mod recognise;
mod toolchain;

use std::path::{Path, PathBuf};

use skylift_protocol::Chip;

use super::Image;
use super::library::Elf;

pub use error::{BuildError, CargoError, EmptySlot};
pub use recognise::Source;
pub(crate) use toolchain::in_path;

/// What to build.
#[derive(Clone, Debug, Default)]
pub struct BuildRequest {
    /// A Cargo project, an ELF, a build folder of ESP-IDF or PlatformIO, a merged image, or an app image.
    pub source: PathBuf,
    /// The chip, if the user names one. A Cargo project is compiled for its target, and with its feature.
    pub chip: Option<Chip>,
    /// Further arguments for `cargo build`.
    pub cargo_arguments: Vec<String>,
    /// Whether the compiler may colour its lines.
    pub colour: bool,
}

/// A built image.
#[derive(Clone, Debug)]
pub struct Built {
    /// The image; its path is that of the source.
    pub image: Image,
    /// The ELF that belongs to it.
    pub elf: Option<Elf>,
    /// What it was made from, for "made from ...".
    pub from: String,
    /// The files that the compiler has read, as far as it says.
    pub inputs: Vec<PathBuf>,
}

/// What a build says on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BuildNews<'a> {
    /// Cargo starts to compile the project in this folder.
    Compiling(&'a Path),
    /// A line of the compiler's output, without its end.
    Line(&'a str),
}

/// Bytes of an app image, with what came with them.
struct Material {
    path: PathBuf,
    bytes: Vec<u8>,
    elf: Option<Elf>,
    from: String,
}

/// Builds an image. Dropping the future cancels it: the compiler and all it has started are killed.
///
/// Needs a tokio runtime with I/O; what takes long runs on its threads for blocking work.
///
/// # Errors
/// The source is none, the compiler fails, or a device would not boot the outcome.
pub async fn build(request: BuildRequest, tell: impl Fn(BuildNews<'_>)) -> Result<Built, BuildError> {
    let BuildRequest { source: path, chip, cargo_arguments, colour } = request;
    let source = off_the_runtime(move || Source::recognise(&path)).await?;
    if let Source::Cargo(project) = &source {
        tell(BuildNews::Compiling(project));
        let program = cargo::compile(project, &cargo_arguments, chip, colour, &tell).await?;
        let inputs = inputs::of(&program);
        let built = off_the_runtime(move || judge(elf::of_cargo(&program, chip)?, chip)).await?;
        return Ok(Built { inputs, ..built });
    }
    if !cargo_arguments.is_empty() {
        return Err(BuildError::NotCargo(source.path().to_owned()));
    }
    off_the_runtime(move || assemble(source, chip)).await
}

/// The same for a source that nobody has to compile; it waits for the disk.
///
/// # Errors
/// The source is a Cargo project or none at all, or a device would not boot the outcome.
pub fn assemble(source: Source, chip: Option<Chip>) -> Result<Built, BuildError> {
    judge(material(source, chip)?, chip)
}

fn material(source: Source, chip: Option<Chip>) -> Result<Material, BuildError> {
    match source {
        Source::Cargo(path) => Err(BuildError::NotCargo(path)),
        Source::Elf(path) => elf::material(Elf::open(&path)?, chip),
        Source::EspIdf(folder) => esp_idf::material(&folder, chip),
        Source::PlatformIo(folder) => platform_io::material(&folder, chip),
        Source::Merged(path) => merged::material(&path),
        Source::App(path) => app(&path, "the app image"),
    }
}

/// An app image as it is, with the ELF beside it if that belongs to it.
fn app(path: &Path, from: &str) -> Result<Material, BuildError> {
    let image = Image::open(path)?;
    let elf = Elf::of(&image, &path.with_extension("elf"));
    Ok(Material {
        path: path.to_owned(),
        bytes: image.bytes.to_vec(),
        elf,
        from: format!("{from} {}", path.display()),
    })
}

/// Whatever made the image: it leaves here only if a device would boot it.
fn judge(material: Material, chip: Option<Chip>) -> Result<Built, BuildError> {
    let Material { path, bytes, elf, from } = material;
    let image = Image::from_bytes(&path, bytes)?;
    if let Some(wanted) = chip
        && wanted != image.chip
    {
        return Err(BuildError::OtherChip { path, found: image.chip, wanted });
    }
    // Not every build writes the ELF's digest into the image.
    let elf = elf.filter(|elf| elf.check_belongs_to(&image).is_ok());
    Ok(Built { image, elf, from, inputs: Vec::new() })
}

async fn off_the_runtime<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, BuildError> + Send + 'static,
) -> Result<T, BuildError> {
    tokio::task::spawn_blocking(work).await.unwrap_or(Err(BuildError::Stopped))
}
