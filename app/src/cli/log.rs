//! `skylift log`: the tail of a device's log.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::{Session, find};
use crate::engine::Target;

/// Which device.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id, name or host:port
    #[arg(value_name = "DEVICE")]
    device: Target,
}

pub(super) fn run(args: Arguments, session: &Session) -> Result<Exit, Failure> {
    let config = session.config_for(std::slice::from_ref(&args.device))?;
    session.with_engine(config, async |engine| {
        let device = find(engine, args.device).await?;
        let log = engine.log(device.id.clone()).await?;
        session.output.line(log.trim_end());
        Ok(Exit::Done)
    })
}
