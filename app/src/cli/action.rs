//! `skylift validate | rollback | reboot | identify`: things a device does at once.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::{Session, find};
use crate::engine::{Action, Target};

/// Which device.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
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
    let config = session.config_for(std::slice::from_ref(&args.device));
    session.with_engine(config, async |engine| {
        let device = find(engine, args.device).await?;
        let answer = engine.act(device.id.clone(), action).await?;
        let restarts = if answer.restarts { ", and restarts now" } else { "" };
        session.output.line(format_args!("{} {done}{restarts}", device.label()));
        Ok(Exit::Done)
    })
}
