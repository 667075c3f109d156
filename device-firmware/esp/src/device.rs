//! Starting a device, and what a firmware has of it then.

use core::fmt;
use core::net::Ipv4Addr;

use embassy_executor::Spawner;
use embassy_net::Stack;
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use esp_hal::peripherals::{ADC1, FROM_CPU_INTR0, RNG, TIMG0, TSENS, WIFI};
use esp_hal::ram;
use esp_hal::rng::Rng;
use esp_hal::timer::timg::TimerGroup;
use esp_hal::tsens::{self, TemperatureSensor};
use esp_radio::wifi::Interface;
use skylift_node::{BootFacts, Config, Identity, Node};
use skylift_protocol::{Id, ValidationState, bounded};
use skylift_provisioning::Provisioning;
use skylift_updater::guard::Boot;
use skylift_updater::partition::Layout;
use static_cell::StaticCell;

use crate::chip::CHIP;
use crate::firmware::Options;
use crate::flash::ChipFlash;
use crate::network::{self, Network};
use crate::platform::{Chip, ChipNode};
use crate::radio::{self, Station};
use crate::serial::echo;
use crate::tasks::{self, Shared};
use crate::{guard, identity, randomness};

/// Heap in the memory that the bootloader used, which nothing else can have.
const RECLAIMED_HEAP: usize = 64 * 1024;
/// Heap beside it. The radio takes some 50 KB of both, and up to 15 KB more for frames on their way; an update itself
/// takes none. What is left of the memory, 50 KB, is the stack, of which less than half is used.
const OWN_HEAP: usize = 68 * 1024;

/// What Skylift needs of the chip. [`parts!`](crate::parts) takes it and leaves the rest to the firmware.
pub struct Parts<'a> {
    /// The radio.
    pub wifi: WIFI<'static>,
    /// The scheduler's timer; its watchdog is armed already.
    pub timer: TIMG0<'static>,
    /// The scheduler's interrupt.
    pub interrupt: FROM_CPU_INTR0<'static>,
    /// The generator of random numbers.
    pub rng: RNG<'static>,
    /// A source of noise until the radio is one: as free afterwards as before.
    pub adc: ADC1<'a>,
    /// The temperature sensor.
    pub tsens: TSENS<'static>,
}

/// Takes what Skylift needs out of the chip's peripherals; all others can still be used.
///
/// ```ignore
/// let mut peripherals = skylift_esp::init(esp_hal::Config::default());
/// let device = skylift_esp::start(spawner, skylift_esp::parts!(peripherals), Options::new(&Blink)).await;
/// let pin = Output::new(peripherals.GPIO8, Level::Low, OutputConfig::default());
/// ```
#[macro_export]
macro_rules! parts {
    ($peripherals:ident) => {
        $crate::Parts {
            wifi: $peripherals.WIFI,
            timer: $peripherals.TIMG0,
            interrupt: $peripherals.FROM_CPU_INTR0,
            rng: $peripherals.RNG,
            adc: $peripherals.ADC1.reborrow(),
            tsens: $peripherals.TSENS,
        }
    };
}

/// A device that runs. It is as good as many copies as are wanted.
#[derive(Clone, Copy)]
pub struct Device {
    node: &'static ChipNode,
    stack: Stack<'static>,
}

impl Device {
    /// The network stack, for sockets of one's own: [`FREE_SOCKETS`](crate::FREE_SOCKETS) of them.
    #[must_use]
    pub const fn stack(&self) -> Stack<'static> {
        self.stack
    }

    /// The device's address, while it has one.
    #[must_use]
    pub fn address(&self) -> Option<Ipv4Addr> {
        network::Link(self.stack).address()
    }

    /// Waits until it has an address.
    pub async fn online(&self) -> Ipv4Addr {
        network::Link(self.stack).up().await
    }

    /// Whether the running image is kept, on probation, or nobody keeps book of it.
    #[must_use]
    pub fn validation(&self) -> ValidationState {
        self.node.validation()
    }

    /// Adds a line to the device's log, which is shown on the serial line, and told to who may ask for it.
    pub fn log(&self, line: fmt::Arguments<'_>) {
        self.node.log.line(line);
    }
}

/// Starts the device: from here on it can be reached and updated, as far as there is a network. First thing in `main`,
/// after [`init`](crate::init).
///
/// In safe mode, which is when no image is good, it does not come back: network and update run, and nothing else.
///
/// # Panics
/// The device cannot be started: the partition table has no place for updates, or the radio fails. The panic says why,
/// and an image on probation is rolled back for it.
#[expect(clippy::panic, reason = "without it an image that cannot be replaced would run for ever")]
pub async fn start(spawner: Spawner, parts: Parts<'_>, options: Options) -> Device {
    match try_start(spawner, parts, options).await {
        Ok((device, Boot::SafeMode)) => {
            device.log(format_args!("safe mode: nothing runs but network and update"));
            core::future::pending().await
        }
        Ok((device, _)) => device,
        Err(why) => panic!("Skylift cannot start: {why}"),
    }
}

async fn try_start(
    spawner: Spawner,
    parts: Parts<'_>,
    options: Options,
) -> Result<(Device, Boot), NotStarted> {
    static IDENTIFY: StaticCell<Signal<NoopRawMutex, ()>> = StaticCell::new();
    static NETWORK: StaticCell<Network> = StaticCell::new();
    static STATION: StaticCell<Station> = StaticCell::new();
    static NODE: StaticCell<ChipNode> = StaticCell::new();

    let booted = guard::take().ok_or(NotStarted::Twice)?;
    let layout = booted.table.map_err(NotStarted::Table)?;
    esp_alloc::heap_allocator!(#[ram(reclaimed)] size: RECLAIMED_HEAP);
    esp_alloc::heap_allocator!(size: OWN_HEAP);
    esp_rtos::start(TimerGroup::new(parts.timer).timer0, parts.interrupt);
    tasks::feed_watchdog(spawner);
    let (boot_id, secret) = randomness::draw(parts.rng, parts.adc).map_err(|_| NotStarted::Randomness)?;
    let mut flash = ChipFlash::new();
    let identity = identify(&mut flash, &layout);
    if identity.networks.iter().next().is_none() {
        tasks::start(spawner, tasks::remind_of_networks());
    }

    let controller = radio::start(parts.wifi).map_err(NotStarted::Radio)?;
    let interface = Interface::try_station().ok_or(NotStarted::Twice)?;
    let (network, runner) = Network::new(interface, &identity.id, &Rng::new());
    let network = &*NETWORK.init(network);
    let station = &*STATION.init(Station::new(network.link));
    tasks::spawn_below(spawner, network::run(runner), station, controller);

    let identify = &*IDENTIFY.init(Signal::new());
    let thermometer = TemperatureSensor::new(parts.tsens, tsens::Config::default()).ok();
    let chip = Chip { firmware: options.firmware, link: network.link, station, thermometer, identify };
    let boot = booted.boot;
    let facts = BootFacts { layout, running: booted.running, boot, reset: booted.reset, boot_id, secret };
    let node = Node::new(flash, booted.rtc, chip, identity, facts, Config::default());
    let node = &*NODE.init(node);
    node.log.echo_to(echo);
    node.survey().await;
    tasks::spawn(spawner, Shared { node, network, station, identify }, options.led);
    Ok((Device { node, stack: network.link.0 }, boot))
}

/// Who the device is: from its partition, and from its fuses.
fn identify(flash: &mut ChipFlash, layout: &Layout) -> Identity {
    let found = layout.settings.map(|region| Provisioning::read(flash, region)).unwrap_or_default();
    let id: Id = identity::id();
    let name = if found.name.is_empty() { id.as_str() } else { &found.name };
    Identity {
        name: bounded(name),
        id,
        chip: CHIP,
        simulated: false,
        bootloader_rolls_back: found.bootloader_rolls_back,
        secure_floor: found.secure_floor,
        trust: found.trust,
        pairing: found.pairing,
        networks: found.networks,
    }
}

/// Why a device cannot be started.
enum NotStarted {
    Twice,
    Table(skylift_updater::partition::TableError),
    Randomness,
    Radio(esp_radio::wifi::WifiError),
}

impl fmt::Display for NotStarted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Twice => f.write_str("it has been started already"),
            Self::Table(why) => write!(f, "{why}; flash the device with a table that has two OTA slots"),
            Self::Randomness => f.write_str("the source of random numbers cannot be switched on"),
            Self::Radio(why) => write!(f, "the radio does not start: {why:?}"),
        }
    }
}
