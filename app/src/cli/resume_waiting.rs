//! `skylift resume-waiting`: goes on waiting for devices that did not answer, and updates them when they come back.

use std::sync::Arc;

use clap::Args;

use super::exit::Exit;
use super::failure::Failure;
use super::session::Session;
use super::update::{View, choose_port, follow};
use crate::engine::{Canary, HostAddress, Limits, RolloutOrder, Target};
use crate::image::Image;
use crate::store::{WaitingDevice, WaitingList};

/// How to wait, or that nobody is waited for any more.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// Wait for nobody any more
    #[arg(long)]
    forget: bool,
    /// Print one JSON object a line; the last of a device has its verdict
    #[arg(long)]
    json: bool,
    /// Where devices reach this computer, if Skylift finds the wrong address
    #[arg(long, value_name = "A[:P]")]
    host_address: Option<HostAddress>,
    /// The TCP port to serve on [default: 8000, or another if that is taken]
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
    let orders = orders(&waiting, args)?;
    let targets: Vec<Target> =
        orders.iter().flat_map(|order| &order.devices).map(|wanted| wanted.target.clone()).collect();
    let mut config = session.config_for(&targets);
    choose_port(&mut config, args.port);
    session.with_history(config, async |engine| {
        follow(engine, orders, Vec::new(), View::new(args.json), session).await
    })
}

/// One rollout for the devices that wait for the same image, under the same conditions.
fn orders(waiting: &[WaitingDevice], args: &Arguments) -> Result<Vec<RolloutOrder>, Failure> {
    let mut orders: Vec<RolloutOrder> = Vec::new();
    for device in waiting {
        let mut options = device.options();
        options.host_address = args.host_address;
        let wanted = device.wanted();
        let fits = |order: &&mut RolloutOrder| {
            order.image.file_sha256 == device.file_sha256 && order.options == options
        };
        if let Some(order) = orders.iter_mut().find(fits) {
            order.devices.extend(wanted);
            continue;
        }
        orders.push(RolloutOrder {
            image: image_of(device)?,
            options,
            limits: Limits::default(),
            canary: Canary::Nobody,
            only_outdated: false,
            when_back: true,
            devices: wanted.into_iter().collect(),
        });
    }
    Ok(orders)
}

/// The image that the device was to get, and no other that has taken its place.
fn image_of(device: &WaitingDevice) -> Result<Arc<Image>, Failure> {
    let image = Image::open(&device.image)?;
    if image.file_sha256 == device.file_sha256 {
        return Ok(Arc::new(image));
    }
    let path = device.image.display();
    Err(Failure::new(format!("{path} is not the image any more that {} waits for", device.target))
        .try_this("skylift resume-waiting --forget, and skylift update --when-back with the image you want"))
}
