//! `skylift update IMAGE DEVICE...`: updates devices, shows how it goes, and ends with the worst of their ends.

mod bars;
mod care;
mod choose;
mod follow;
mod handover;
mod lines;
mod newest;
mod older;
mod sent;
mod summary;
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

use super::exit::Exit;
use super::failure::Failure;
use super::figures::seconds;
use super::keys::signer_name;
use super::output::Output;
use super::session::Session;
use super::sign::signed_by;
use crate::engine::{
    Command, Device, End, Engine, HostAddress, Job, JobId, Member, Snapshot, Target, UpdateOptions,
};
use crate::image::Image;
use crate::image::sign::SignerName;
use crate::image::watch::Rebuilds;
use crate::store::Wishes;
use bars::Bars;
use care::Care;
use choose::{Chosen, Found, exit_of};
pub(super) use follow::follow;
use handover::Handover;
use lines::Lines;
use summary::Summary;
use watch::Watching;

/// Which image, which devices, and what is allowed.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image: a file, its version or digest in the library, `newest` for the newest that each device could get, or
    /// `bundled:CHIP` for the firmware that comes with Skylift
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// Ids, names or host:port
    #[arg(value_name = "DEVICE", required_unless_present_any = ["all", "tags", "retry_failed"])]
    devices: Vec<Target>,
    /// Print one JSON object a line; the last of a device has its verdict
    #[arg(long)]
    json: bool,
    /// Where devices reach this computer, if Skylift finds the wrong address [default: the setting network.host-address]
    #[arg(long, value_name = "A[:P]")]
    host_address: Option<HostAddress>,
    /// The TCP port to serve on, and no other [default: the setting network.port]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Send an image without boot guard, though a bad one would stay
    #[arg(long)]
    allow_unguarded: bool,
    /// Send an image of another project
    #[arg(long)]
    allow_other_project: bool,
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
    /// Keep the new image only after `skylift validate`, not by the device's own self-test
    #[arg(long)]
    manual: bool,
    #[command(flatten)]
    care: Care,
    #[command(flatten)]
    watching: Watching,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let sending = Sending::new(&args, session)?;
    let handover = Handover::new(&args.trust, session)?;
    if let Some(handover) = &handover
        && !handover.may_begin(args.allow_foreign_signers)?
    {
        session.output.line("Nothing was sent.");
        return Ok(Exit::Failed);
    }
    let chosen = Chosen::new(&args.devices, &args.care, session)?;
    let discovery = if args.care.all { session.mdns() } else { session.discovery_for(&chosen.targets()) };
    let wishes = Wishes { host_address: args.host_address, port: args.port, patience: args.patience };
    let mut config = session.config(discovery, &wishes)?;
    config.lookups = args.watching.watch.then(|| session.lookups());
    let limits = args.care.limits(config.parallel_updates);
    let options = UpdateOptions {
        confirm: if args.manual { Confirm::Manual } else { Confirm::Auto },
        allow_unguarded: args.allow_unguarded,
        allow_other_project: args.allow_other_project,
        host_address: None,
        drill: None,
        trust: handover.as_ref().map(|handover| handover.signers),
    };
    let view = View::new(args.json);
    handover.iter().for_each(|handover| view.note(&handover.announcement(), session));
    session.with_history(config, async |engine| {
        let found = chosen.find(engine, &args.care, &view, session).await?;
        let order = |found: &Found, image| found.order(image, options, limits, &args.care);
        let image = match sending {
            Sending::Image(image) => image,
            Sending::Newest => return newest::update(engine, found, order, view, session).await,
            Sending::Saved(rebuilds) => {
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

/// What is sent.
enum Sending {
    /// This image.
    Image(Arc<Image>),
    /// To each device the newest that is there for it.
    Newest,
    /// An image from each save.
    Saved(Box<Rebuilds>),
}

impl Sending {
    fn new(args: &Arguments, session: &Session) -> Result<Self, Failure> {
        if args.watching.watch {
            return Ok(Self::Saved(Box::new(args.watching.start(&args.image)?)));
        }
        if args.image.as_os_str() != newest::NEWEST || args.image.exists() {
            let image = session.image(&args.image)?;
            let signed = args.sign.as_ref().map(|signer| signed_by(&image, signer, false, session));
            return Ok(Self::Image(Arc::new(signed.transpose()?.unwrap_or(image))));
        }
        // Both would have to know the image before the devices.
        if args.care.canary.is_some() || args.care.when_back {
            return Err(Failure::new("`newest` goes neither with --canary nor with --when-back")
                .try_this("name the image by its version or digest: skylift images lists them"));
        }
        if args.sign.is_some() {
            return Err(Failure::new("`newest` is sent as it is, and cannot be signed on its way")
                .try_this("sign the image first: skylift sign IMAGE"));
        }
        Ok(Self::Newest)
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
            _ = tokio::signal::ctrl_c() => {
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

/// How updates are shown.
pub(super) struct View {
    style: Style,
    /// The user has been told that the file server has another port than it should.
    warned: bool,
}

enum Style {
    /// Bars on a terminal.
    Bars(Bars),
    /// Lines of text or JSON.
    Lines(Lines),
}

impl View {
    pub(super) fn new(json: bool) -> Self {
        let style = if !json && Output::is_terminal() {
            Style::Bars(Bars::default())
        } else {
            Style::Lines(Lines::new(json))
        };
        Self { style, warned: false }
    }

    fn show(&mut self, snapshot: &Snapshot, jobs: &[JobId], session: &Session) {
        if let (Some(warning), false) = (words::other_port(snapshot), self.warned) {
            self.warned = true;
            self.note(&warning, session);
        }
        let jobs: Vec<&Arc<Job>> = jobs.iter().filter_map(|job| snapshot.job(*job)).collect();
        match &mut self.style {
            Style::Bars(bars) => bars.show(&jobs, session),
            Style::Lines(lines) => lines.show(&jobs, session),
        }
    }

    fn is_json(&self) -> bool {
        matches!(&self.style, Style::Lines(lines) if lines.is_json())
    }

    fn note(&self, note: &str, session: &Session) {
        match &self.style {
            Style::Bars(bars) => bars.note(note),
            Style::Lines(lines) => lines.note(note, session),
        }
    }

    /// A device that is waited for.
    fn away(&self, member: &Member, session: &Session) {
        match &self.style {
            Style::Bars(bars) => bars.note(&format!("{}: {}", member.label, words::AWAY)),
            Style::Lines(lines) => lines.away(member, session),
        }
    }

    /// The end of a device that had no update.
    fn without_job(&self, member: &Member, end: &End, version: &str, session: &Session) {
        match &self.style {
            Style::Bars(bars) => {
                bars.line(&format!("{}: {}", member.label, words::end_without_job(end, version)));
            }
            Style::Lines(lines) => lines.without_job(member, end, version, session),
        }
    }

    fn sum_up(&self, summary: &Summary, session: &Session) {
        match &self.style {
            Style::Bars(bars) => summary.lines().iter().for_each(|line| bars.line(line)),
            Style::Lines(lines) => lines.sum_up(summary, session),
        }
    }

    fn not_found(&self, called: &str, failure: &Failure, session: &Session) {
        if let Style::Lines(lines) = &self.style {
            lines.not_found(called, failure, session);
        }
        failure.tell();
    }
}
