//! `skylift update IMAGE DEVICE...`: updates devices, shows how it goes, and ends with the worst of their ends.

mod ahead;
mod allowed;
mod bars;
mod care;
mod choose;
mod follow;
mod from_envelope;
mod handover;
mod lines;
mod newest;
mod older;
mod sending;
mod sent;
mod summary;
mod view;
mod waiting;
mod watch;
mod words;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use skylift_protocol::Confirm;
use tokio::time::sleep;

use super::airtime;
use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::jaguar;
use super::keys::signer_name;
use super::session::Session;
use crate::engine::{Command, Device, Engine, HostAddress, JobId, Snapshot, UpdateOptions};
use crate::image::Image;
use crate::image::sign::SignerName;
use crate::image::watch::Rebuilds;
use crate::store::Wishes;
pub(super) use allowed::Allowed;
pub(super) use care::{Care, Whom};
pub(super) use choose::{Chosen, Found, exit_of};
pub(super) use follow::follow;
pub(super) use from_envelope::{JaguarOptions, image_for};
use handover::Handover;
pub(super) use newest::{Group, groups};
pub(super) use sending::Sending;
pub(super) use view::View;
use watch::Watching;

/// Which image, which devices, and what is allowed.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image: a file, its version or digest in the library, `newest` for the newest that each device could get, or
    /// `bundled:CHIP` for the firmware that comes with Skylift. For a Jaguar device also an envelope: a file, a URL, or
    /// CHIP@SDK
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Print one JSON object a line; the last of a device has its verdict
    #[arg(long)]
    json: bool,
    /// Where devices reach this computer, if Skylift finds the wrong address [default: the setting network.host-address]
    #[arg(long, value_name = "A[:P]")]
    host_address: Option<HostAddress>,
    /// The TCP port to serve on, and no other [default: the setting network.port]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    #[command(flatten)]
    allowed: Allowed,
    /// Put an older version on without asking
    #[arg(long)]
    allow_downgrade: bool,
    /// Sign the image with the key of this name before it is sent
    #[arg(long, value_name = "N", value_parser = signer_name)]
    sign: Option<SignerName>,
    /// Once this image has validated, only images of these signers are taken: names of signers here, files with a key
    /// in PEM or digests, up to three. The image itself must be signed by one who is trusted before
    #[arg(long, value_name = "SIGNER,..", value_delimiter = ',', conflicts_with = "watch")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    trust: Vec<String>,
    /// With --trust: do not ask if none of their keys is on this computer
    #[arg(long, requires = "trust")]
    allow_foreign_signers: bool,
    /// Give a device up that gives no sign for so many seconds [default: the settings updates.silence and updates.comeback]
    #[arg(long, value_name = "S", value_parser = seconds)]
    patience: Option<Duration>,
    /// How the image is sent: auto, which is whatever is cheapest for the device, raw, compressed or delta; `skylift
    /// plan` tells what each costs
    #[arg(
        long,
        value_name = "E",
        default_value = "auto",
        hide_default_value = true,
        hide_possible_values = true
    )]
    encoding: airtime::Wish,
    /// Keep the new image only after `skylift validate`, not by the device's own self-test
    #[arg(long)]
    manual: bool,
    #[command(flatten)]
    care: Care,
    #[command(flatten)]
    jaguar: JaguarOptions,
    #[command(flatten)]
    watching: Watching,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let wish = Wish::new(&args, session)?;
    let handover = Handover::new(&args.trust, session)?;
    if let Some(handover) = &handover
        && !handover.may_begin(args.allow_foreign_signers)?
    {
        session.output.line("Nothing was sent.");
        return Ok(Exit::Failed);
    }
    if !args.care.ahead.may_begin()? {
        session.output.line("Nothing was sent.");
        return Ok(Exit::Failed);
    }
    let chosen = Chosen::new(&args.care, session)?;
    let discovery = args.care.discovery(&chosen, session);
    let wishes = Wishes { host_address: args.host_address, port: args.port, patience: args.patience };
    let mut config = session.config(discovery, &wishes)?;
    config.lookups = args.watching.watch.then(|| session.lookups());
    let limits = args.care.limits(config.parallel_updates);
    let options = UpdateOptions {
        confirm: if args.manual { Confirm::Manual } else { Confirm::Auto },
        allow_unguarded: args.allowed.allow_unguarded,
        allow_other_project: args.allowed.allow_other_project,
        allow_without_jaguar: args.jaguar.without_jaguar,
        host_address: None,
        drill: None,
        trust: handover.as_ref().map(|handover| handover.signers),
        encoding: args.encoding.encoding(),
    };
    let view = View::new(args.json);
    handover.iter().for_each(|handover| view.note(&handover.announcement(), session));
    session.with_history(config, async |engine| {
        let found = chosen.find(engine, &args.care, &view, session).await?;
        let order = |found: &Found, image| found.order(image, options, limits, &args.care);
        if let Some(note) = jaguar::note(found.devices.iter().map(|device| &**device)) {
            view.note(&note, session);
        }
        let image = match wish {
            Wish::Once(Sending::Image(image)) => image,
            Wish::Once(Sending::Envelope(_)) if found.devices.is_empty() => {
                return Ok(exit_of(&found.not_found));
            }
            Wish::Once(Sending::Envelope(envelope)) => {
                image_for(*envelope, &found, &args.jaguar, &view, session).await?
            }
            Wish::Once(Sending::Newest) => {
                return newest::update(engine, found, order, view, session).await;
            }
            Wish::Saved(rebuilds) => {
                if found.devices.is_empty() {
                    return Ok(exit_of(&found.not_found));
                }
                let order = |image| order(&found, image);
                return watch::watch(engine, *rebuilds, args.sign.as_ref(), order, view, session).await;
            }
        };
        if !older::may_go_back(&found.devices, &image, args.allow_downgrade)? {
            session.output.line("Nothing was sent.");
            return Ok(Exit::Failed);
        }
        if !found.is_rollout(&args.care) {
            let updated = update_all(engine, &found.devices, &image, options, view, session).await?;
            return Ok(updated.max(exit_of(&found.not_found)));
        }
        follow(engine, vec![order(&found, image)], found.not_found, view, session).await
    })
}

/// What is sent, and how often.
enum Wish {
    /// This, once.
    Once(Sending),
    /// An image from each save.
    Saved(Box<Rebuilds>),
}

impl Wish {
    fn new(args: &Arguments, session: &Session) -> Result<Self, Failure> {
        if args.watching.watch {
            return Ok(Self::Saved(Box::new(args.watching.start(&args.image)?)));
        }
        let sending = Sending::new(&args.image, args.sign.as_ref(), &args.jaguar, args.json, session)?;
        // Both would have to know the image before the devices.
        if matches!(sending, Sending::Newest) && (args.care.canary.is_some() || args.care.when_back) {
            return Err(Failure::new("`newest` goes neither with --canary nor with --when-back")
                .try_this("name the image by its version or digest: skylift images lists them"));
        }
        Ok(Self::Once(sending))
    }
}

/// Updates the devices and shows how it goes, until each has a verdict.
pub(super) async fn update_all(
    engine: &Engine,
    devices: &[Arc<Device>],
    image: &Arc<Image>,
    options: UpdateOptions,
    mut view: View,
    session: &Session,
) -> Result<Exit, Failure> {
    let mut jobs = Vec::new();
    for device in devices {
        jobs.push(engine.update(device.id.clone(), Arc::clone(image), options).await?);
    }
    let mut snapshots = engine.snapshots();
    let mut interrupted = false;
    // A new one for each press, and not for each round: it would not hear what was pressed between two.
    let mut interrupt = Box::pin(tokio::signal::ctrl_c());
    loop {
        let snapshot = Arc::clone(&snapshots.borrow_and_update());
        view.show(&snapshot, &jobs, session);
        if let Some(exit) = all_ended(&snapshot, &jobs) {
            return Ok(exit);
        }
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return Err(Failure::new("the engine has stopped"));
            },
            // A deadline comes nearer without a word from anyone.
            () = sleep(Duration::from_secs(1)) => {}
            _ = &mut interrupt => {
                interrupt = Box::pin(tokio::signal::ctrl_c());
                if interrupted {
                    view.note("quit; what the devices make of it is not known", session);
                    std::process::exit(Exit::Failed.code().into());
                }
                interrupted = true;
                view.note("cancelling; Ctrl-C again quits at once", session);
                jobs.iter().for_each(|&job| engine.send(Command::Cancel { job }));
            }
        }
    }
}

/// The worst end, once all have ended.
fn all_ended(snapshot: &Snapshot, jobs: &[JobId]) -> Option<Exit> {
    let verdicts: Option<Vec<_>> = jobs.iter().map(|job| snapshot.job(*job)?.verdict.as_ref()).collect();
    Some(verdicts?.into_iter().map(Exit::from).max().unwrap_or(Exit::Done))
}
