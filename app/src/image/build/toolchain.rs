//! Who compiles for a chip: found by looking at what is installed, so that nobody has to say it.
//!
//! A chip needs a core library of its own target. rustup brings it ready (`rustup target add`); distributions do not,
//! but have the standard library's source, which cargo compiles along (`-Zbuild-std`).

use std::env::{self, split_paths};
use std::ffi::OsStr;
use std::fmt;
use std::path::{Path, PathBuf};

use tokio::process::Command;

use super::cargo_config::CargoConfig;
use super::{CargoError, process};

/// Where the source of the standard library lies below a toolchain.
const SOURCE: &str = "lib/rustlib/src/rust/library/core";
/// The linker that all of these targets ask for.
const LINKER: &str = "rust-lld";
/// The same under the name that distributions give it.
const SYSTEM_LINKER: &str = "ld.lld";

/// A toolchain that can compile for a chip.
#[derive(Debug)]
pub(super) struct Toolchain {
    compiler: Compiler,
    core: Core,
    /// The linker, where the toolchain has none of its own.
    linker: Option<PathBuf>,
}

/// A compiler that was looked at.
#[derive(Clone, Debug)]
struct Compiler {
    /// The folder of cargo and rustc; `None` for those that the project would be compiled with anyway.
    folder: Option<PathBuf>,
    version: String,
    sysroot: PathBuf,
    core: Option<Core>,
}

/// Where the core library comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Core {
    Ready,
    Compiled,
}

impl Toolchain {
    /// The project's own toolchain if it can, else another one in `PATH` that can.
    pub(super) async fn look(
        project: &Path,
        target: &str,
        config: &CargoConfig,
        on_line: impl Fn(&[u8]),
    ) -> Result<Self, CargoError> {
        let mut sysroots = Vec::new();
        for folder in std::iter::once(None).chain(others().into_iter().map(Some)) {
            let Some(found) = Compiler::look(folder, project, target, &on_line).await else { continue };
            let named = config.names_linker(target);
            let linker = if named { Linker::Own } else { Linker::find(&found.sysroot, &sysroots) };
            sysroots.push(found.sysroot.clone());
            let linker = match linker {
                Linker::Own => None,
                Linker::At(path) => Some(path),
                Linker::Nowhere => continue,
            };
            if let Some(core) = found.core {
                return Ok(Self { compiler: found, core, linker });
            }
        }
        let has_rustup = in_path("rustup").next().is_some();
        Err(CargoError::NoCore { target: target.to_owned(), has_rustup })
    }

    /// The cargo of this toolchain.
    pub(super) fn cargo(&self, target: &str) -> Command {
        let mut command = match &self.compiler.folder {
            None => Command::new("cargo"),
            Some(folder) => {
                let mut command = Command::new(folder.join("cargo"));
                command.env("RUSTC", folder.join("rustc"));
                command
            }
        };
        if let Some(linker) = &self.linker {
            let name = target.to_uppercase().replace('-', "_");
            command.env(format!("CARGO_TARGET_{name}_LINKER"), linker);
        }
        if self.core == Core::Compiled {
            // Compiling it is a nightly feature; this switch is how distributions use it with a stable compiler.
            command.env("RUSTC_BOOTSTRAP", "1");
        }
        command
    }

    /// What its cargo has to be told besides.
    pub(super) fn arguments(&self) -> &'static [&'static str] {
        match self.core {
            Core::Ready => &[],
            Core::Compiled => &["-Zbuild-std=core,alloc"],
        }
    }
}

impl fmt::Display for Toolchain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "rustc {}", self.compiler.version)?;
        if let Some(folder) = &self.compiler.folder {
            write!(f, " in {}", folder.display())?;
        }
        f.write_str(match self.core {
            Core::Ready => ", which has its core library",
            Core::Compiled => ", which compiles its core library too",
        })
    }
}

impl Compiler {
    /// Asks a compiler what it has for a target; `None` if it cannot be asked, or does not know the target.
    async fn look(
        folder: Option<PathBuf>,
        project: &Path,
        target: &str,
        on_line: impl Fn(&[u8]),
    ) -> Option<Self> {
        let own = || PathBuf::from(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()));
        let rustc = folder.as_ref().map_or_else(own, |folder| folder.join("rustc"));
        let ask = async |arguments: &[&str]| {
            let mut command = Command::new(&rustc);
            command.current_dir(project).args(arguments);
            process::as_from_a_shell(&mut command);
            let mut said = Vec::new();
            let hear = |line: &[u8]| said.push(String::from_utf8_lossy(line).into_owned());
            // rustup speaks on stderr while it installs what a project's rust-toolchain.toml asks for.
            let status = process::run(command, hear, &on_line).await.ok()?;
            status.success().then_some(said)
        };
        let version = ask(&["--version"]).await?;
        let places = ask(&["--print", "sysroot", "--print", "target-libdir", "--target", target]).await?;
        let [sysroot, libraries] = &*places else { return None };
        let sysroot = PathBuf::from(sysroot);
        let core = if has_core(Path::new(libraries)) {
            Some(Core::Ready)
        } else {
            sysroot.join(SOURCE).is_dir().then_some(Core::Compiled)
        };
        let version = version.first()?.split_whitespace().nth(1)?.to_owned();
        Some(Self { folder, version, sysroot, core })
    }
}

fn has_core(libraries: &Path) -> bool {
    let files = libraries.read_dir().into_iter().flatten().flatten();
    files.map(|file| file.file_name()).any(|name| name.to_string_lossy().starts_with("libcore-"))
}

/// Where the linker is.
enum Linker {
    /// In the toolchain, or named by the project.
    Own,
    At(PathBuf),
    Nowhere,
}

impl Linker {
    /// The toolchain's own, else that of another one, else the system's.
    fn find(own: &Path, others: &[PathBuf]) -> Self {
        if linker_of(own).is_some() || in_path(LINKER).next().is_some() {
            return Self::Own;
        }
        let of_others = others.iter().find_map(|sysroot| linker_of(sysroot));
        of_others.or_else(|| in_path(SYSTEM_LINKER).next()).map_or(Self::Nowhere, Self::At)
    }
}

/// rustup's toolchains bring one that links for all targets, among the files of the computer's own.
fn linker_of(sysroot: &Path) -> Option<PathBuf> {
    let hosts = sysroot.join("lib").join("rustlib").read_dir().into_iter().flatten().flatten();
    let program = format!("{LINKER}{}", env::consts::EXE_SUFFIX);
    hosts.map(|host| host.path().join("bin").join(&program)).find(|path| path.is_file())
}

/// The folders in `PATH` with a toolchain, but for the first one, which the project has anyway.
fn others() -> Vec<PathBuf> {
    let mut folders = Vec::new();
    for rustc in in_path("rustc") {
        let Some(folder) = rustc.parent().map(Path::to_owned) else { continue };
        // rustup's programs lead to the project's own toolchain, wherever they lie.
        let holds = |name: &str| folder.join(format!("{name}{}", env::consts::EXE_SUFFIX)).is_file();
        if !folders.contains(&folder) && holds("cargo") && !holds("rustup") {
            folders.push(folder);
        }
    }
    folders
}

/// The files in `PATH` that a program of this name would be started from, the first first.
pub(crate) fn in_path(program: impl AsRef<OsStr>) -> impl Iterator<Item = PathBuf> {
    let program = format!("{}{}", program.as_ref().to_string_lossy(), env::consts::EXE_SUFFIX);
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = split_paths(&path).collect();
    folders.into_iter().map(move |folder| folder.join(&program)).filter(|path| path.is_file())
}
