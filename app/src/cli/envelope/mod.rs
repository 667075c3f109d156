//! `skylift envelope`: Toit's firmware envelopes, with the words and options of Toit's own firmware tool.

mod build;
mod container;
mod create;
mod extract;
mod files;
mod left_out;
mod programs;
mod property;
mod show;
mod text;

pub(super) use build::tell;
pub(super) use left_out::LeftOut;
pub(super) use show::{flags, in_fields};

use std::path::{Path, PathBuf};

use clap::error::ErrorKind;
use clap::{Args, Command, Subcommand, ValueEnum};

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use crate::image::envelope::{Envelope, EnvelopeError, Value, json};

/// Which envelope, and what to do with it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The envelope: plain, or gzip'ed as it is published
    #[arg(short, long, value_name = "FILE", global = true)]
    envelope: Option<PathBuf>,
    /// Show for people, for scripts, or for programs
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "human", global = true)]
    output_format: OutputFormat,
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand, Clone, Debug)]
enum What {
    /// Show what it is for and what it holds
    Show(show::Arguments),
    /// Install, uninstall, extract and list containers
    #[command(subcommand)]
    Container(container::What),
    /// Show, set and remove properties, such as the WiFi
    #[command(subcommand)]
    Property(property::What),
    /// Make the image for devices of it, or another file
    Extract(extract::Arguments),
    /// Make an image of an envelope, programs and WiFi in one go
    Build(build::Arguments),
    /// Make a new envelope
    #[command(subcommand)]
    Create(create::What),
}

// Without docs of its own each: the help of every command has them.
#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum OutputFormat {
    #[value(alias = "text")]
    Human,
    Plain,
    Json,
}

/// What every command has.
struct Call<'a> {
    path: &'a Path,
    format: OutputFormat,
    session: &'a Session,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let Some(path) = &args.envelope else { no_envelope() };
    let call = Call { path, format: args.output_format, session };
    match &args.what {
        What::Show(args) => show::run(args, &call)?,
        What::Container(what) => container::run(what, &call)?,
        What::Property(what) => property::run(what, &call)?,
        What::Extract(args) => extract::run(args, &call)?,
        What::Build(args) => return build::run(args, path, call.format, session),
        What::Create(what) => create::run(what, &call)?,
    }
    Ok(Exit::Done)
}

/// Wrong usage. clap does not see it, because an option of all commands cannot be required.
fn no_envelope() -> ! {
    Arguments::augment_args(Command::new("skylift envelope"))
        .error(ErrorKind::MissingRequiredArgument, "no envelope is named: --envelope <FILE>")
        .exit()
}

impl Call<'_> {
    fn open(&self) -> Result<Envelope, Failure> {
        Ok(Envelope::open(self.path)?)
    }

    /// Opens the envelope, changes it, and saves it: to another file if one is named, else in its place.
    fn change(
        &self,
        output: Option<&Path>,
        change: impl FnOnce(&mut Envelope) -> Result<(), EnvelopeError>,
    ) -> Result<(), Failure> {
        let mut envelope = self.open()?;
        change(&mut envelope).map_err(|error| Failure::from(error).of(self.path))?;
        Ok(envelope.save(output.unwrap_or(self.path))?)
    }

    /// One line of JSON, as Toit writes it.
    fn json(&self, value: &Value) -> Result<(), Failure> {
        self.session.output.line(String::from_utf8_lossy(&json::encode(value)?));
        Ok(())
    }
}

impl Failure {
    /// The same, of a certain file.
    fn of(self, path: &Path) -> Self {
        Self { sentence: format!("{}: {}", path.display(), self.sentence), ..self }
    }
}

/// Says something on stderr: stdout is for programs.
fn warn(sentence: &str) {
    use std::io::Write as _;
    // If nobody reads it, nobody wants to know.
    let _ = writeln!(std::io::stderr(), "warning: {sentence}");
}
