//! `skylift drill DEVICE`: sends a build that must fail, and keeps that the device came back from it.

pub(super) mod kept;

use std::io::Write as _;
use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use skylift_protocol::Status;

use super::ask::may_begin;
use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::figures::seconds;
use super::session::{Session, find};
use super::update::{View, update_all};
use crate::engine::{
    Device, DrillMethod, DrillPlan, DrillResult, Engine, HostAddress, Job, Proof, Target, Verdict, printable,
};
use crate::image::Image;
use crate::image::library::Library;
use crate::store::Wishes;

/// Which device, and what is sent to it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
    /// A build that fails [default: for a simulated device one that crashes; else the image that runs, from the
    /// library, under another version, which nobody will confirm]
    #[arg(long, value_name = "FAILING.bin")]
    image: Option<PathBuf>,
    /// Do not ask before the device is made to restart
    #[arg(long)]
    yes: bool,
    /// Print one JSON object a line; the last has what the drill has proven
    #[arg(long, requires = "yes")]
    json: bool,
    /// Where devices reach this computer, if Skylift finds the wrong address [default: the setting network.host-address]
    #[arg(long, value_name = "A[:P]")]
    host_address: Option<HostAddress>,
    /// The TCP port to serve on, and no other [default: the setting network.port]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
    /// Give the device up if it gives no sign for so many seconds [default: the settings updates.silence and updates.comeback]
    #[arg(long, value_name = "S", value_parser = seconds)]
    patience: Option<Duration>,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let own = args.image.as_ref().map(|called| session.image(called)).transpose()?;
    let discovery = session.discovery_for(std::slice::from_ref(&args.device));
    let wishes = Wishes { host_address: args.host_address, port: args.port, patience: args.patience };
    session.with_history(session.config(discovery, &wishes)?, async |engine| {
        let device = find(engine, args.device).await?;
        let status = engine.status(device.id.clone()).await?;
        let plan = plan(&status, own, session)?;
        if !args.json {
            announce(&device, &plan, session);
        }
        if !args.yes && !may_begin("the device may be made to restart")? {
            session.output.line("Nothing was sent.");
            return Ok(Exit::Failed);
        }
        let view = View::new(args.json);
        let devices = [std::sync::Arc::clone(&device)];
        update_all(engine, &devices, &plan.image, plan.options, view, session).await?;
        conclude(engine, &device, &plan, args.json, session)
    })
}

fn plan(status: &Status, own: Option<Image>, session: &Session) -> Result<DrillPlan, Failure> {
    Ok(match own {
        Some(image) => DrillPlan::with_own_build(status, image)?,
        None => DrillPlan::usual(status, &Library::new(&session.data_dir))?,
    })
}

/// What is going to happen.
fn announce(device: &Device, plan: &DrillPlan, session: &Session) {
    let image = &plan.image;
    let line = |line: String| session.output.line(line);
    line(format!(
        "{} gets a build that {}, as an ordinary update: {} {}, {}.",
        device.label(),
        plan.method.fails_how(),
        printable(&image.project),
        printable(&image.version),
        figures::size(image.size())
    ));
    let time = figures::time(plan.method.expected_time());
    let away = match plan.method {
        DrillMethod::Unconfirmed => {
            format!("It works as ever between the two; that takes a chip up to {time}.")
        }
        DrillMethod::Crash => format!("It does not do its work meanwhile, for about {time}."),
        DrillMethod::OwnBuild => format!("It may not do its work meanwhile, for up to {time} on a chip."),
    };
    line(format!("It restarts into that, and by itself back into {}. {away}", plan.version_before));
    line(
        "Should it not come back by itself, only a cable helps: do not drill what you cannot reach."
            .to_owned(),
    );
}

fn conclude(
    engine: &Engine,
    device: &Device,
    plan: &DrillPlan,
    json: bool,
    session: &Session,
) -> Result<Exit, Failure> {
    let snapshot = engine.snapshot();
    let job = snapshot.jobs.iter().rfind(|job| job.device == device.id);
    let ended = job.and_then(|job| Some((job, job.verdict.as_ref()?, DrillResult::of(job, &snapshot)?)));
    let Some((job, verdict, result)) = ended else {
        return Err(Failure::new("the engine has stopped before the drill ended"));
    };
    if json {
        session.output.json(&as_json(job, verdict, plan, &result));
    } else {
        show(job, plan, &result, session);
    }
    Ok(match (result.proof, Exit::from(verdict)) {
        (Proof::Proven, _) => Exit::Done,
        // A good end for an update is none for a drill.
        (_, Exit::Done) => Exit::Failed,
        (_, exit) => exit,
    })
}

fn show(job: &Job, plan: &DrillPlan, result: &DrillResult, session: &Session) {
    let proof = match result.proof {
        Proof::Proven => "rollback proven",
        Proof::Unprotected => "UNPROTECTED",
        Proof::NotProven => "rollback not proven",
        Proof::NotRun | Proof::Lost => "nothing proven",
    };
    session.output.line(format_args!("{}: {proof}: {}", job.device_label, result.sentence));
    for advice in result.advice.iter().cloned().chain(command(job, plan, result.proof)) {
        // If nobody reads it, nobody wants to know.
        let _ = writeln!(std::io::stderr(), "  try: {advice}");
    }
}

/// What to try, in terms of the command line.
fn command(job: &Job, plan: &DrillPlan, proof: Proof) -> Option<String> {
    let device = &job.device;
    match proof {
        Proof::Unprotected => Some(format!("skylift rollback {device} returns to {}", plan.version_before)),
        Proof::Lost => Some(format!("skylift status {device} tells what it runs, once it is back")),
        Proof::NotProven => Some(format!("skylift status {device} tells what it runs")),
        Proof::Proven | Proof::NotRun => None,
    }
}

fn as_json(job: &Job, verdict: &Verdict, plan: &DrillPlan, result: &DrillResult) -> serde_json::Value {
    let before = plan.options.drill.map(|drill| drill.image_before);
    json!({
        "device": job.device,
        "drill": {
            "method": plan.method.as_str(),
            "result": result.proof.as_str(),
            "recovery_seconds": result.recovery.map(|time| time.as_secs_f64()),
            "image_before": before,
            "version_before": plan.version_before,
            "detail": result.sentence,
        },
        "verdict": verdict.as_str(),
        "reason": verdict.reason(),
    })
}
