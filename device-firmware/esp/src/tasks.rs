//! The tasks of a device: each is one of the node's, on the main executor, over the chip's network.

use core::net::Ipv4Addr;

use embassy_executor::{SpawnError, SpawnToken, Spawner};
use embassy_futures::join::join;
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use esp_hal::rng::Rng;
use esp_radio::wifi::WifiController;
use skylift_node::http::{BUFFER, Buffers, Place, Seats};
use skylift_node::{Api, mdns};
use static_cell::{ConstStaticCell, StaticCell};

use crate::firmware::Led;
use crate::network::{Network, PORT, SERVED};
use crate::platform::ChipNode;
use crate::radio::Station;
use crate::serial::echo;
use crate::watchdog;

/// How often a device without networks says so.
const REMIND_EVERY: Duration = Duration::from_secs(30);
/// A blink is half of it light, half of it dark; with [`BLINKS`] of them a person has ten seconds to look.
const BLINK: Duration = Duration::from_millis(500);
const BLINKS: u32 = 20;

/// What the tasks share.
#[derive(Clone, Copy)]
pub(crate) struct Shared {
    pub node: &'static ChipNode,
    pub network: &'static Network,
    pub station: &'static Station,
    pub identify: &'static Signal<NoopRawMutex, ()>,
}

/// Starts all of them but those of the stack and the radio, which run already.
pub(crate) fn spawn(spawner: Spawner, shared: Shared, led: Option<Led>) {
    let Shared { node, network, station, identify } = shared;
    serve(spawner, node, network);
    start(spawner, announce(node, network));
    start(spawner, updates(node, network));
    start(spawner, trial(node));
    start(spawner, keep_joined(node, station));
    start(spawner, restart(node));
    start(spawner, show(node, identify, led));
}

/// Starts what has to run before there is a node: the stack, the radio, and the watchdog's feeding.
pub(crate) fn spawn_below(
    spawner: Spawner,
    stack: Result<SpawnToken<impl Sized>, SpawnError>,
    station: &'static Station,
    controller: WifiController<'static>,
) {
    start(spawner, stack);
    start(spawner, drive(station, controller));
}

/// Each task is started once, so there is room for it.
pub(crate) fn start(spawner: Spawner, task: Result<SpawnToken<impl Sized>, SpawnError>) {
    if let Ok(task) = task {
        spawner.spawn(task);
    }
}

/// Feeds the watchdog. It runs before everything else that may wait.
pub(crate) fn feed_watchdog(spawner: Spawner) {
    start(spawner, watchdog::keep_fed());
}

#[embassy_executor::task]
async fn drive(station: &'static Station, controller: WifiController<'static>) {
    station.run(controller).await;
}

/// Each connection is a task: in one task, all of them would take stack at once.
fn serve(spawner: Spawner, node: &'static ChipNode, network: &'static Network) {
    static BUFFERS: ConstStaticCell<Buffers<SERVED>> = ConstStaticCell::new([[0; BUFFER]; SERVED]);
    static SEATS: StaticCell<Seats<SERVED>> = StaticCell::new();
    for place in SEATS.init_with(Seats::new).places(BUFFERS.take()) {
        start(spawner, serve_one(place, node, network));
    }
    node.set_serving(true);
}

#[embassy_executor::task(pool_size = SERVED)]
async fn serve_one(place: Place<'static, SERVED>, node: &'static ChipNode, network: &'static Network) {
    let api = Api::new(node, &network.probes);
    place.serve(&network.server.listen(PORT), &api, &node.config().http).await;
}

#[embassy_executor::task]
async fn announce(node: &'static ChipNode, network: &'static Network) {
    let buffers = mdns::Buffers::<NoopRawMutex>::new();
    let mut rng = Rng::new();
    let pause = node.config().mdns_pause;
    loop {
        let address = network.link.up().await;
        node.tell_address(address);
        let announcer = mdns::Announcer::<NoopRawMutex>::new(node.announcement(address, PORT));
        let respond = mdns::run(&network.mdns, Ipv4Addr::UNSPECIFIED, &announcer, &buffers, &mut rng, pause);
        let follow = async {
            loop {
                node.announcement_changed().await;
                announcer.update(|shown| *shown = node.announcement(address, PORT));
            }
        };
        select(join(respond, follow), network.link.gone(address)).await;
    }
}

#[embassy_executor::task]
async fn updates(node: &'static ChipNode, network: &'static Network) {
    node.updates(&network.downloads, &mut Rng::new()).await;
}

#[embassy_executor::task]
async fn trial(node: &'static ChipNode) {
    node.trial().await;
}

#[embassy_executor::task]
async fn keep_joined(node: &'static ChipNode, station: &'static Station) {
    node.station(station).await;
}

#[embassy_executor::task]
async fn restart(node: &'static ChipNode) {
    node.run_with(core::future::pending()).await;
    node.log.line(format_args!("restarting"));
    esp_hal::system::software_reset();
}

/// Shows which device this is, whenever somebody asks: with the LED, if there is one, and in the log.
#[embassy_executor::task]
async fn show(node: &'static ChipNode, identify: &'static Signal<NoopRawMutex, ()>, mut led: Option<Led>) {
    if let Some(led) = &mut led {
        led.pin.set_level(!led.lit);
    }
    loop {
        identify.wait().await;
        node.log.line(format_args!("somebody asks which device this is: it is me"));
        let Some(led) = &mut led else { continue };
        for _ in 0..BLINKS {
            led.pin.set_level(led.lit);
            Timer::after(BLINK / 2).await;
            led.pin.set_level(!led.lit);
            Timer::after(BLINK / 2).await;
        }
    }
}

/// Of a device that knows no network: nobody can reach it but by the cable.
#[embassy_executor::task]
pub(crate) async fn remind_of_networks() {
    loop {
        echo(format_args!("this device knows no WiFi network: it has to be provisioned by cable"));
        Timer::after(REMIND_EVERY).await;
    }
}
