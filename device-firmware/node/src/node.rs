//! The node: one device's state, shared by its tasks, and the tasks that make it run.

use core::cell::{Cell, RefCell};
use core::net::Ipv4Addr;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::Instant;
use heapless::Vec;
use skylift_protocol::{
    Label, LastEnd, MAX_SLOTS, Name, Order, Pairing, Phase, Progress, Resume, ValidationState, bounded,
};
use skylift_updater::Flash;
use skylift_updater::accept::Device;
use skylift_updater::guard::{Boot, Watcher};
use skylift_updater::image::ImageInfo;
use skylift_updater::prepare::Preparation;
use skylift_updater::rtc::{RTC_LEN, Rtc};

use crate::auth::Door;
use crate::mdns::Announcement;
use crate::platform::{BootFacts, Identity, NotKept, Platform};
use crate::push::Push;
use crate::safeguards::Safeguards;
use crate::wifi::Wifi;
use crate::{Config, Log};

/// Why a node stopped running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// The chip is to be reset now.
    Restart,
}

/// One device. All tasks run on one thread and share it by reference; nothing is borrowed across an await.
pub struct Node<'a, F, P> {
    pub(crate) config: Config,
    pub(crate) identity: Identity,
    pub(crate) boot: BootFacts,
    pub(crate) platform: P,
    pub(crate) flash: RefCell<F>,
    pub(crate) rtc: RefCell<Rtc<'a>>,
    pub(crate) state: RefCell<State>,
    pub(crate) images: RefCell<Images>,
    pub(crate) safeguards: RefCell<Safeguards>,
    pub(crate) door: Door,
    pub(crate) orders: Signal<NoopRawMutex, Order>,
    pub(crate) preparations: Signal<NoopRawMutex, ()>,
    pub(crate) push: Push,
    pub(crate) announcement_changed: Signal<NoopRawMutex, ()>,
    pub(crate) wifi: Wifi,
    restart: Signal<NoopRawMutex, ()>,
    pub(crate) serving: Cell<bool>,
    /// The log says already that a field of the firmware is left out.
    pub(crate) flawed_fields: Cell<bool>,
    pub(crate) started: Instant,
    /// The device's log.
    pub log: Log,
}

/// What changes while the node runs.
pub(crate) struct State {
    pub name: Name,
    pub phase: Phase,
    pub order: Option<Order>,
    pub progress: Option<Progress>,
    pub resume: Option<Resume>,
    /// A slot that is erased ahead, until an update is written to it.
    pub preparation: Option<Preparation>,
    pub last_end: Option<LastEnd>,
    pub validation: ValidationState,
    pub deadline: Option<Instant>,
}

/// The complete images in flash, found at the start.
#[derive(Default)]
pub(crate) struct Images {
    /// By slot.
    pub slots: Vec<Option<ImageInfo>, MAX_SLOTS>,
    /// In the factory partition.
    pub factory: Option<ImageInfo>,
}

impl<'a, F: Flash, P: Platform> Node<'a, F, P> {
    /// A node of a boot on which the guard has run.
    pub fn new(
        flash: F,
        rtc: &'a mut [u8; RTC_LEN],
        platform: P,
        mut identity: Identity,
        boot: BootFacts,
        config: Config,
    ) -> Self {
        let pending = matches!(boot.boot, Boot::Probation(_));
        let started = Instant::now();
        let state = State {
            name: identity.name.clone(),
            phase: if pending { Phase::PendingValidation } else { Phase::Idle },
            order: None,
            progress: None,
            resume: None,
            preparation: None,
            last_end: None,
            validation: if pending { ValidationState::Pending } else { ValidationState::Untracked },
            deadline: pending.then(|| started + config.trial.deadline),
        };
        // They change while the node runs, so there is one list of them.
        let trust = core::mem::take(&mut identity.trust);
        let safeguards = Safeguards::new(identity.secure_floor, trust);
        let wifi = Wifi::new(core::mem::take(&mut identity.networks));
        // What is left in its place opens nothing.
        let pairing = core::mem::replace(&mut identity.pairing, Pairing::KeyDamaged);
        let door = Door::new(pairing, &boot.secret, config.nonce_life);
        let log = Log::new();
        if let Door::Shut = door {
            log.line(format_args!(
                "the pairing key is damaged: nobody is let in until it is paired again by cable"
            ));
        }
        Self {
            config,
            identity,
            boot,
            platform,
            flash: RefCell::new(flash),
            rtc: RefCell::new(Rtc::new(rtc)),
            state: RefCell::new(state),
            images: RefCell::default(),
            safeguards: RefCell::new(safeguards),
            door,
            orders: Signal::new(),
            preparations: Signal::new(),
            push: Push::new(),
            announcement_changed: Signal::new(),
            wifi,
            restart: Signal::new(),
            serving: Cell::new(false),
            flawed_fields: Cell::new(false),
            started,
            log,
        }
    }

    /// Runs the tasks until the device is to be restarted: `tasks` are those of the network, which differ by
    /// platform in how they bind; they never end by themselves.
    pub async fn run_with(&self, tasks: impl Future<Output = ()>) -> Exit {
        match select(tasks, self.restart.wait()).await {
            Either::First(()) | Either::Second(()) => Exit::Restart,
        }
    }

    /// What mDNS shows now of a device that is served there.
    pub fn announcement(&self, address: Ipv4Addr, port: u16) -> Announcement {
        Announcement {
            id: self.identity.id.clone(),
            name: self.state.borrow().name.clone(),
            chip: self.identity.chip,
            version: self.running_version(),
            state: self.state.borrow().validation,
            address,
            port,
        }
    }

    /// To be told by whoever binds the API's socket: the self-test wants it served.
    pub fn set_serving(&self, serving: bool) {
        self.serving.set(serving);
    }

    /// Whether the device has an address on its network.
    pub fn network_up(&self) -> bool {
        self.platform.network_up()
    }

    /// Times and limits, as they were given.
    pub const fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the running image is kept.
    pub fn validation(&self) -> ValidationState {
        self.state.borrow().validation
    }

    /// Waits until mDNS has something new to show.
    pub async fn announcement_changed(&self) {
        self.announcement_changed.wait().await;
    }

    /// The image that runs, if its slot could be read.
    pub(crate) fn running_image(&self) -> Option<ImageInfo> {
        let images = self.images.borrow();
        match self.boot.running {
            Some(slot) => images.slots.get(usize::from(slot))?.clone(),
            None => images.factory.clone(),
        }
    }

    /// Its version; empty if it could not be read.
    pub(crate) fn running_version(&self) -> Label {
        let running = self.running_image();
        running.map(|image| bounded(image.descriptor().version.as_str())).unwrap_or_default()
    }

    /// What lies in this slot is no image any more, or not the one that was found there.
    pub(crate) fn forget_image(&self, slot: u8) {
        if let Some(image) = self.images.borrow_mut().slots.get_mut(usize::from(slot)) {
            *image = None;
        }
    }

    /// Runs `judge` with what the device is, for judging images.
    pub(crate) fn with_device<R>(&self, judge: impl FnOnce(&Device<'_>) -> R) -> R {
        let (running, trust) = (self.running_image(), self.trust());
        let project = running.as_ref().map_or("", |image| image.descriptor().project.as_str());
        judge(&Device {
            chip_id: self.identity.chip.image_id().unwrap_or(u16::MAX),
            chip_revision: self.platform.chip_revision(),
            project,
            simulated: self.identity.simulated,
            bootloader_rolls_back: self.identity.bootloader_rolls_back,
            secure_floor: self.secure_floor(),
            trust: &trust,
        })
    }

    /// Takes a new name, and keeps it.
    pub(crate) fn rename(&self, name: Name) -> Result<(), NotKept> {
        self.platform.store_name(&mut *self.flash.borrow_mut(), &self.boot.layout, &name)?;
        self.log.line(format_args!("renamed to {name}"));
        self.state.borrow_mut().name = name;
        self.announcement_changed.signal(());
        Ok(())
    }

    /// Whether the bootloader, not the guard, watches over a new image.
    pub(crate) fn bootloader_watches(&self) -> bool {
        self.identity.bootloader_rolls_back || self.boot.boot == Boot::Probation(Watcher::Bootloader)
    }

    pub(crate) fn is_pending(&self) -> bool {
        self.state.borrow().validation == ValidationState::Pending
    }

    pub(crate) fn safe_mode(&self) -> bool {
        self.boot.boot == Boot::SafeMode
    }

    pub(crate) fn set_phase(&self, phase: Phase) {
        self.state.borrow_mut().phase = phase;
    }

    /// Ends [`run_with`](Self::run_with) once the answer that is being written is out.
    pub(crate) fn request_restart(&self) {
        self.set_phase(Phase::Rebooting);
        self.restart.signal(());
    }
}
