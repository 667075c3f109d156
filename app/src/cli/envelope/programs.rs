//! The programs of `skylift envelope build`, and what is said of each by its name.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::cli::failure::Failure;
use crate::image::envelope::{Importance, Trigger};
use crate::image::toit::recipe::Program;

/// The programs, each a container.
#[derive(Args, Clone, Debug)]
pub(super) struct ProgramOptions {
    /// Programs: .toit sources, snapshots or images; each becomes a container that is called after its file
    #[arg(value_name = "PROGRAM")]
    programs: Vec<PathBuf>,
    /// A program whose container gets another name
    #[arg(long = "container", value_name = "NAME=PROGRAM", value_parser = named)]
    containers: Vec<Named>,
    /// The assets of a container
    #[arg(long, value_name = "NAME=F", value_parser = named)]
    assets: Vec<Named>,
    /// A container without which the device cannot do: it restarts if that one fails
    #[arg(long, value_name = "NAME")]
    critical: Vec<String>,
    /// A container that does not start at boot, but when another one starts it
    #[arg(long, value_name = "NAME")]
    no_boot: Vec<String>,
}

#[derive(Clone, Debug)]
struct Named {
    name: String,
    file: PathBuf,
}

impl ProgramOptions {
    /// The programs with all that was said of them.
    pub(super) fn programs(&self) -> Result<Vec<Program>, Failure> {
        let mut programs: Vec<Program> = self.programs.iter().map(|file| Program::of_file(file)).collect();
        for Named { name, file } in &self.containers {
            programs.push(Program { name: name.clone(), ..Program::of_file(file) });
        }
        for Named { name, file } in &self.assets {
            find(&mut programs, name)?.assets = Some(file.clone());
        }
        for name in &self.critical {
            find(&mut programs, name)?.start.importance = Importance::Critical;
        }
        for name in &self.no_boot {
            find(&mut programs, name)?.start.trigger = Trigger::None;
        }
        Ok(programs)
    }
}

fn find<'a>(programs: &'a mut [Program], name: &str) -> Result<&'a mut Program, Failure> {
    let names: Vec<String> = programs.iter().map(|program| program.name.clone()).collect();
    programs.iter_mut().find(|program| program.name == name).ok_or_else(|| {
        let failure = Failure::new(format!("no program becomes the container {name:?}"));
        if names.is_empty() { failure } else { failure.try_this(format!("one of {}", names.join(", "))) }
    })
}

fn named(text: &str) -> Result<Named, String> {
    let (name, file) = text.split_once('=').ok_or("NAME=FILE is expected")?;
    if name.is_empty() || file.is_empty() {
        return Err("NAME=FILE is expected".to_owned());
    }
    Ok(Named { name: name.to_owned(), file: Path::new(file).to_owned() })
}
