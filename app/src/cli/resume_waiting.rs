//! `skylift resume-waiting`: goes on waiting for devices that did not answer, and updates them when they come back.

use std::sync::Arc;

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::update::{View, follow};
use crate::engine::{Canary, HostAddress, Limits, RolloutOrder, Target};
use crate::image::Image;
use crate::image::library::{Library, LibraryError};
use crate::store::{WaitingDevice, WaitingList, Wishes};

/// How to wait, or that nobody is waited for any more.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Wait for nobody any more
    #[arg(long)]
    forget: bool,
    /// Print one JSON object a line; the last of a device has its verdict
    #[arg(long)]
    json: bool,
    /// Where devices reach this computer, if Skylift finds the wrong address [default: the setting network.host-address]
    #[arg(long, value_name = "A[:P]")]
    host_address: Option<HostAddress>,
    /// The TCP port to serve on, and no other [default: the setting network.port]
    #[arg(long, value_name = "PORT")]
    port: Option<u16>,
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let list = WaitingList::new(&session.data_dir);
    let waiting = list.load()?;
    if args.forget {
        list.clear()?;
        let devices = waiting.iter().map(|device| device.target.as_str()).collect::<Vec<_>>().join(", ");
        let nobody = if devices.is_empty() { "nobody was" } else { &devices };
        session.output.line(format_args!("not waited for any more: {nobody}"));
        return Ok(Exit::Done);
    }
    if waiting.is_empty() {
        session.output.line("No device is waited for.");
        return Ok(Exit::Done);
    }
    let (orders, without_image) =
        orders(&waiting, session.settings()?.parallel.get(), &Library::new(&session.data_dir));
    without_image.iter().for_each(Failure::tell);
    let exit = if without_image.is_empty() { Exit::Done } else { Exit::Failed };
    if orders.is_empty() {
        return Ok(exit);
    }
    let targets: Vec<Target> =
        orders.iter().flat_map(|order| &order.devices).map(|wanted| wanted.target.clone()).collect();
    let wishes = Wishes { host_address: args.host_address, port: args.port, patience: None };
    let mut config = session.config(session.discovery_for(&targets), &wishes)?;
    config.lookups = Some(session.lookups());
    session.with_history(config, async |engine| {
        let followed = follow(engine, orders, Vec::new(), View::new(args.json), session).await?;
        Ok(followed.max(exit))
    })
}

/// One rollout for the devices that wait for the same image, under the same conditions; and what is wrong with the
/// images of the others, which stay on the list.
fn orders(
    waiting: &[WaitingDevice],
    parallel: usize,
    library: &Library,
) -> (Vec<RolloutOrder>, Vec<Failure>) {
    let mut orders: Vec<RolloutOrder> = Vec::new();
    let mut without_image = Vec::new();
    for device in waiting {
        let options = device.options();
        let wanted = device.wanted();
        let fits = |order: &&mut RolloutOrder| {
            order.image.file_sha256 == device.file_sha256 && order.options == options
        };
        if let Some(order) = orders.iter_mut().find(fits) {
            order.devices.extend(wanted);
            continue;
        }
        let image = match image_of(device, library) {
            Ok(image) => image,
            Err(failure) => {
                without_image.push(failure);
                continue;
            }
        };
        orders.push(RolloutOrder {
            image: Arc::new(image),
            options,
            limits: Limits { parallel, stop_after: None },
            canary: Canary::Nobody,
            only_outdated: false,
            when_back: true,
            erase_ahead: false,
            devices: wanted.into_iter().collect(),
        });
    }
    (orders, without_image)
}

/// The image that the device was to get: the very bytes, whatever has become of the file they were in.
fn image_of(device: &WaitingDevice, library: &Library) -> Result<Image, Failure> {
    let opened = library.get(device.file_sha256).and_then(|entry| library.open(&entry));
    opened.map_err(|error| {
        let (name, target) =
            (format!("{} ({:.12})", device.image, device.file_sha256.to_string()), &device.target);
        let sentence = match error {
            LibraryError::Unknown(_) => {
                format!("{target} waits for {name}, which is not in the library any more")
            }
            error => format!("{target} waits for {name}, which cannot be used: {error}"),
        };
        Failure::new(sentence)
            .try_this("skylift images add FILE, if you still have it")
            .try_this("skylift update --when-back with the image that it is to get instead")
    })
}
