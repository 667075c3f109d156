//! What a simulated chip runs: the node, and the behaviour that the image asks for.

use std::fmt;

use async_io::block_on;
use embassy_futures::join::join4;
use embassy_futures::select::{Either, Either4, select, select4};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use skylift_node::{Node, NotKept, Page, Platform, SelfTest};
use skylift_protocol::{FieldFlaw, Fields, Networks, Trust, ValidationState};
use skylift_updater::guard::Boot;
use skylift_updater::partition::Layout;
use skylift_updater::rtc::RTC_LEN;
use skylift_updater::{Erase, Flash, FlashError};

use crate::console;
use crate::control::{Command, Control};
use crate::demo_image::Behaviour;
use crate::event::Happening;
use crate::hardware::{Hardware, Started};
use crate::link::{FaultyStack, Link};
use crate::network::{Place, be_there};
use crate::nor::Nor;
use crate::radio::SimulatedRadio;
use crate::random::Random;
use crate::sensor::Sensor;
use skylift_provisioning::Provisioning;

/// How a program ended.
pub(crate) enum Ending {
    /// It asked for a reset.
    Restart,
    /// It stood still until the watchdog bit.
    StoodStill,
    /// Power was cut in the middle of a flash operation.
    PowerLost,
    /// Somebody used the power switch, the button, or ended the simulation.
    Switched(Command),
}

/// How long an image runs before it does something bad: long enough to have begun.
const BEFORE_TROUBLE: Duration = Duration::from_millis(20);

/// The flash on its wires: it notices when power goes in the middle of an operation.
pub(crate) struct WiredFlash<'a> {
    nor: &'a mut Nor,
    control: &'a Control,
    lost: &'a Signal<NoopRawMutex, ()>,
    /// Percent of a chip's time that operations take.
    pace: u32,
}

impl WiredFlash<'_> {
    fn after<T>(&self, begun: std::time::Duration, done: Result<T, FlashError>) -> Result<T, FlashError> {
        // As on a chip, everything stands still meanwhile.
        std::thread::sleep((self.nor.time() - begun) * self.pace / 100);
        self.control.set_operations(self.nor.operations());
        if self.nor.lost_power() {
            self.lost.signal(());
        }
        done
    }
}

impl Flash for WiredFlash<'_> {
    fn capacity(&self) -> u32 {
        self.nor.capacity()
    }

    fn read(&mut self, offset: u32, buf: &mut [u8]) -> Result<(), FlashError> {
        let begun = self.nor.time();
        let done = self.nor.read(offset, buf);
        self.after(begun, done)
    }

    fn program(&mut self, offset: u32, data: &[u8]) -> Result<(), FlashError> {
        let begun = self.nor.time();
        let done = self.nor.program(offset, data);
        self.after(begun, done)
    }

    fn erase(&mut self, offset: u32, unit: Erase) -> Result<(), FlashError> {
        let begun = self.nor.time();
        let done = self.nor.erase(offset, unit);
        self.after(begun, done)
    }
}

/// The chip, as the node sees it.
pub(crate) struct SimulatedChip<'a> {
    behaviour: Behaviour,
    /// What the image has of its own.
    sensor: Option<Sensor>,
    revision: u16,
    radio: &'a SimulatedRadio<'a>,
    tell: &'a dyn Fn(Happening),
}

impl Platform for SimulatedChip<'_> {
    fn network_up(&self) -> bool {
        self.radio.is_up()
    }

    fn chip_revision(&self) -> Option<u16> {
        Some(self.revision)
    }

    fn rssi_dbm(&self) -> Option<i8> {
        None
    }

    fn heap_free(&self) -> Option<u32> {
        None
    }

    fn temperature_c(&self) -> Option<i8> {
        self.sensor.as_ref().map(Sensor::temperature_c)
    }

    fn identify(&self) {
        (self.tell)(Happening::Identifies);
    }

    fn store_name<F: Flash>(&self, flash: &mut F, layout: &Layout, name: &str) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_name(flash, region, name).map_err(|_| NotKept)
    }

    fn store_networks<F: Flash>(
        &self,
        flash: &mut F,
        layout: &Layout,
        networks: &Networks,
    ) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_networks(flash, region, networks).map_err(|_| NotKept)
    }

    fn store_secure_floor<F: Flash>(
        &self,
        flash: &mut F,
        layout: &Layout,
        floor: u32,
    ) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_secure_floor(flash, region, floor).map_err(|_| NotKept)
    }

    fn store_trust<F: Flash>(&self, flash: &mut F, layout: &Layout, trust: &Trust) -> Result<(), NotKept> {
        let region = layout.settings.ok_or(NotKept)?;
        Provisioning::store_trust(flash, region, trust).map_err(|_| NotKept)
    }

    fn self_test(&self) -> SelfTest {
        match self.behaviour {
            // What is about to crash or hang never gets so far as to pass, however late its turn comes on a busy computer.
            Behaviour::NeverValidates | Behaviour::Crash | Behaviour::Hang => SelfTest::NotYet,
            Behaviour::Healthy | Behaviour::NoNetwork | Behaviour::Sensor | Behaviour::LateCrash => {
                SelfTest::Passed
            }
        }
    }

    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        self.sensor.as_ref().map_or(Ok(()), |sensor| sensor.fields(fields))
    }

    fn page(&self, path: &str) -> Option<Page> {
        self.sensor.as_ref().and_then(|_| Sensor::page(path))
    }

    fn write_page(&self, path: &str, query: Option<&str>, body: &mut impl fmt::Write) -> fmt::Result {
        self.sensor.as_ref().ok_or(fmt::Error)?.write_page(path, query, body)
    }
}

pub(crate) type ChipNode<'a, 'f> = Node<'a, WiredFlash<'f>, SimulatedChip<'f>>;

/// Runs the image that was started, up to its end.
pub(crate) fn run(hardware: &mut Hardware, rtc: &mut [u8; RTC_LEN], link: &Link, started: Started) -> Ending {
    let Hardware { config, nor, control, port, .. } = hardware;
    let lost = Signal::new();
    let id = config.id.clone();
    let tell = |what: Happening| {
        if let Some(events) = &config.events {
            let _ = events.send(crate::event::DeviceEvent { id: id.clone(), what });
        }
    };
    // Safe mode runs nothing but network and update.
    let safe = started.facts.boot == Boot::SafeMode;
    let behaviour = if safe { Behaviour::Healthy } else { started.behaviour };
    let pace = config.faults.flash_pace.unwrap_or(0);
    let flash = WiredFlash { nor, control, lost: &lost, pace };
    let radio = match behaviour {
        Behaviour::NoNetwork => SimulatedRadio::broken(config.listen, &tell),
        _ => SimulatedRadio::new(config.air.as_ref(), config.listen, &tell),
    };
    let revision = config.silicon().revision;
    let sensor = (behaviour == Behaviour::Sensor).then(Sensor::new);
    let chip = SimulatedChip { behaviour, sensor, revision, radio: &radio, tell: &tell };
    let node = Node::new(flash, rtc, chip, started.identity, started.facts, config.node.clone());
    if config.console.is_some() {
        node.log.echo_to(console::line);
    }
    let stack = FaultyStack::new(link.clone(), &radio);
    let place = Place { port: *port, mdns: &config.mdns };
    let watchdog = Duration::from_micros(u64::try_from(config.watchdog.as_micros()).unwrap_or(u64::MAX));
    let late = Duration::from_micros(u64::try_from(config.late_crash.as_micros()).unwrap_or(u64::MAX));
    let tasks = async {
        node.survey().await;
        join4(
            be_there(&node, &radio, &stack, &place),
            node.updates(&stack, &mut Random::new()),
            node.trial(),
            station(&node, &radio),
        )
        .await;
    };
    let ending = block_on(select4(
        node.run_with(tasks),
        lost.wait(),
        control.next(),
        misbehave(&node, behaviour, late),
    ));
    match ending {
        Either4::First(_) => Ending::Restart,
        Either4::Second(()) => Ending::PowerLost,
        Either4::Third(command) => Ending::Switched(command),
        // Nothing of the node runs any more: this is what standing still looks like from outside.
        Either4::Fourth(()) => match block_on(select(Timer::after(watchdog), control.next())) {
            Either::First(()) => Ending::StoodStill,
            Either::Second(command) => Ending::Switched(command),
        },
    }
}

/// A device on a wire has no station to run.
async fn station(node: &ChipNode<'_, '_>, radio: &SimulatedRadio<'_>) {
    if radio.has_air() {
        node.station(radio).await;
    }
}

/// Does what the image is made for. Returns when the image stands still.
#[expect(clippy::panic, reason = "the images are made to panic")]
async fn misbehave(node: &ChipNode<'_, '_>, behaviour: Behaviour, late: Duration) {
    match behaviour {
        Behaviour::Healthy | Behaviour::NoNetwork | Behaviour::NeverValidates | Behaviour::Sensor => {
            std::future::pending().await
        }
        Behaviour::Crash => {
            Timer::after(BEFORE_TROUBLE).await;
            panic!("sensor bus does not answer");
        }
        Behaviour::Hang => Timer::after(BEFORE_TROUBLE).await,
        Behaviour::LateCrash => {
            while node.validation() != ValidationState::Valid {
                Timer::after(BEFORE_TROUBLE).await;
            }
            Timer::after(late).await;
            panic!("out of memory in the report queue");
        }
    }
}
