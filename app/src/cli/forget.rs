//! `skylift forget DEVICE`: a device and its tags are not kept any more.

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;

/// Which device, and how much of it.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Id or name
    #[arg(value_name = "DEVICE")]
    device: String,
    /// Forget its updates too
    #[arg(long)]
    with_history: bool,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let mut history = session.history()?;
    let device = history.device(&args.device)?;
    let updates = history.forget(&device.id, args.with_history)?;
    let and_updates = match updates {
        0 => String::new(),
        1 => ", and one update of it".to_owned(),
        several => format!(", and {several} updates of it"),
    };
    session.output.line(format_args!("{} is forgotten{and_updates}", device.id));
    Ok(Exit::Done)
}
