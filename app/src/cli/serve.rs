//! `skylift serve IMAGE`: serves an image under a fixed URL, for devices that fetch on their own, until Ctrl-C.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use tokio::sync::oneshot;

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::session::Session;
use crate::engine::{Audience, Command, Discovery, Engine, EngineConfig, PortRule, printable};
use crate::image::Image;
use crate::server::{AbortReason, Transfer, TransferState};
use crate::store::Wishes;

/// Which image, and where.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image: ota.bin, or <project>.bin
    #[arg(value_name = "IMAGE")]
    image: PathBuf,
    /// The TCP port to serve on [default: the setting network.port]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let image = Arc::new(session.image(&args.image)?);
    let wishes = Wishes { port: args.port, ..Wishes::default() };
    // Devices that fetch on their own know one port.
    let config = EngineConfig {
        port: PortRule::Only,
        lookups: Some(session.lookups()),
        ..session.config(Discovery::Off, &wishes)?
    };
    session.with_engine(config, async |engine| {
        serve(engine, &image, session).await?;
        show_transfers(engine, session).await
    })
}

async fn serve(engine: &Engine, image: &Arc<Image>, session: &Session) -> Result<(), Failure> {
    let (reply, answer) = oneshot::channel();
    engine.send(Command::Serve { image: Arc::clone(image), reply });
    let serving = answer.await.map_err(|_| Failure::new("the engine has stopped"))??;
    let size = figures::size(image.size());
    session.output.line(format_args!(
        "{} {}, {}, {size}, is served at",
        printable(&image.project),
        printable(&image.version),
        image.chip
    ));
    for url in &serving.urls {
        session.output.line(format_args!("  {url}"));
    }
    session.output.line("until Ctrl-C.");
    if serving.audience == Audience::ThisComputer {
        session.output.line("Only this computer itself reaches it.");
    }
    Ok(())
}

async fn show_transfers(engine: &Engine, session: &Session) -> Result<Exit, Failure> {
    let mut snapshots = engine.snapshots();
    let mut shown = HashMap::new();
    // One for all rounds: a new one would not hear what was pressed between two.
    let mut interrupted = std::pin::pin!(tokio::signal::ctrl_c());
    loop {
        let transfers = Arc::clone(&snapshots.borrow_and_update().transfers);
        for transfer in &transfers.transfers {
            if shown.insert(transfer.id, transfer.state) != Some(transfer.state) {
                session.output.line(line(transfer));
            }
        }
        tokio::select! {
            changed = snapshots.changed() => if changed.is_err() {
                return Err(Failure::new("the engine has stopped"));
            },
            _ = &mut interrupted => return Ok(Exit::Done),
        }
    }
}

fn line(transfer: &Transfer) -> String {
    let what = match transfer.state {
        TransferState::Running => "fetches",
        TransferState::Finished => "was sent",
        TransferState::Aborted(AbortReason::ConnectionLost) => "broke off while it fetched",
        TransferState::Aborted(AbortReason::Stalled) => "took nothing for too long while it fetched",
        TransferState::Aborted(AbortReason::Withdrawn | AbortReason::ServerStopped) => {
            "was cut off while it fetched"
        }
    };
    let end = transfer.start + transfer.length;
    let part = if transfer.length == transfer.image_length {
        format!("all {} bytes", transfer.image_length)
    } else {
        format!("bytes {} to {end} of {}", transfer.start, transfer.image_length)
    };
    format!("{} {what} {part}", transfer.peer)
}
