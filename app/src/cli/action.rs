//! `skylift validate | rollback | reboot | identify | rename`: things a device does at once.

use clap::Args;
use skylift_protocol::Name;

use super::exit::Exit;
use super::failure::Failure;
use super::session::{Session, find};
use crate::engine::{Action, Target};
use crate::usb::provision::device_name;

/// Which device.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
}

/// Which device, and what it is called from now on.
#[derive(Args, Clone, Debug)]
pub(super) struct RenameArguments {
    #[command(flatten)]
    device: Arguments,
    /// Its new name, up to 32 bytes
    #[arg(value_name = "NAME", value_parser = device_name)]
    name: Name,
}

pub(super) fn rename(args: RenameArguments, session: &Session) -> Result<Exit, Failure> {
    let done = format!("is called {} now", args.name);
    run(args.device, session, Action::Rename(args.name), &done)
}

pub(super) fn validate(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    run(args, session, Action::Validate, "keeps the image it runs")
}

pub(super) fn rollback(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    run(args, session, Action::Rollback, "returns to the image in its other slot")
}

pub(super) fn reboot(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    run(args, session, Action::Reboot, "is asked to restart")
}

pub(super) fn identify(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    run(args, session, Action::Identify, "shows itself")
}

fn run(args: Arguments, session: &Session, action: Action, done: &str) -> Result<Exit, Failure> {
    let config = session.config_for(std::slice::from_ref(&args.device))?;
    session.with_history(config, async |engine| {
        let device = find(engine, args.device).await?;
        let answer = engine.act(device.id.clone(), action).await?;
        let restarts = if answer.restarts { ", and restarts now" } else { "" };
        session.output.line(format_args!("{} {done}{restarts}", device.label()));
        Ok(Exit::Done)
    })
}
