//! `skylift envelope container`: installs, uninstalls, extracts and lists the containers of an envelope.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::text::Named;
use super::{Call, files, show};
use crate::cli::failure::Failure;
use crate::cli::made::{Readers, write_for};
use crate::image::envelope::{EnvelopeError, Importance, Start, Trigger, is_container_name};

#[derive(Subcommand, Clone, Debug)]
pub(super) enum What {
    /// Add a container, or put it in place of the one of its name
    #[command(visible_alias = "add")]
    Install(Install),
    /// Remove a container
    #[command(visible_alias = "remove")]
    Uninstall {
        /// Its name
        #[arg(value_name = "NAME")]
        name: String,
        #[command(flatten)]
        to: SaveTo,
    },
    /// Save what a container is stored as
    Extract(Extract),
    /// List the containers
    List(show::Output),
}

/// Where a changed envelope goes.
#[derive(Args, Clone, Debug)]
pub(super) struct SaveTo {
    /// Write the envelope to F, and leave the one that is read as it is
    #[arg(short, long, value_name = "F")]
    pub(super) output: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct Install {
    /// Its name: 1 to 14 bytes
    #[arg(value_name = "NAME")]
    name: String,
    /// A snapshot, or a relocatable image
    #[arg(value_name = "FILE")]
    image: PathBuf,
    /// Give it the assets in F
    #[arg(long, value_name = "F")]
    assets: Option<PathBuf>,
    /// When it starts by itself
    #[arg(long, value_enum, value_name = "WHEN", default_value = "boot")]
    trigger: When,
    /// Restart the device if it ends
    #[arg(long)]
    critical: bool,
    #[command(flatten)]
    to: SaveTo,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum When {
    /// Never: another container starts it
    None,
    /// Whenever the device boots
    Boot,
}

#[derive(Args, Clone, Debug)]
pub(super) struct Extract {
    /// Its name
    #[arg(value_name = "NAME")]
    name: String,
    /// What of it
    #[arg(long, value_enum, value_name = "PART")]
    part: Part,
    /// The file to write
    #[arg(short, long, value_name = "F")]
    output: PathBuf,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Part {
    /// The snapshot or the image
    Image,
    /// Its assets
    Assets,
}

pub(super) fn run(what: &What, call: &Call<'_>) -> Result<(), Failure> {
    match what {
        What::Install(args) => install(args, call),
        What::Uninstall { name, to } => {
            call.change(to.output.as_deref(), |envelope| envelope.uninstall(name))
        }
        What::Extract(args) => extract(args, call),
        What::List(output) => list(output, call),
    }
}

fn list(output: &show::Output, call: &Call<'_>) -> Result<(), Failure> {
    let envelope = call.open()?;
    let containers = show::containers(&envelope).map_err(|error| Failure::from(error).of(call.path))?;
    output.tell(&containers, Named::AtTop, call)
}

fn install(args: &Install, call: &Call<'_>) -> Result<(), Failure> {
    let image = files::read(&args.image)?;
    let assets = args.assets.as_deref().map(files::read).transpose()?;
    let start = Start {
        trigger: match args.trigger {
            When::None => Trigger::None,
            When::Boot => Trigger::Boot,
        },
        importance: if args.critical { Importance::Critical } else { Importance::Normal },
    };
    call.change(args.to.output.as_deref(), |envelope| envelope.install(&args.name, image, assets, start))
}

fn extract(args: &Extract, call: &Call<'_>) -> Result<(), Failure> {
    let name = &args.name;
    if !is_container_name(name) {
        return Err(EnvelopeError::Name(name.clone()).into());
    }
    let (entry, what) = match args.part {
        Part::Image => (name.clone(), "image"),
        Part::Assets => (format!("+{name}"), "assets"),
    };
    let envelope = call.open()?;
    let Some(content) = envelope.entry(&entry) else {
        let file = call.path.display();
        return Err(Failure::new(format!("{file}: the container {name:?} has no {what}"))
            .try_this(format!("see what it holds: skylift envelope -e {file} container list")));
    };
    // Programs keep passwords in assets.
    write_for(Readers::Owner, &args.output, content)
}
