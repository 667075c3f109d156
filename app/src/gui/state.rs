//! Everything that the window shows, as plain data, and the one function that changes it.
//!
//! What the user does ([`Action`]) and what happens elsewhere ([`Event`]) goes in; what is to be done elsewhere
//! ([`Effect`]) comes out. Nothing in here knows egui, and nothing in here waits.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::engine::Snapshot;
use crate::gui::dialog::{self, Dialog};
use crate::gui::effect::Effect;
use crate::gui::event::Event;
use crate::gui::messages::{self, Message, Messages};
use crate::gui::page::Page;
use crate::gui::running::Running;
use crate::gui::{devices, firmware, history, keys, monitor, serve, settings, toit, updates, usb};
use crate::usb::monitor::Limits;

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Went to a page.
    Go(Page),
    /// Something on the devices page.
    Devices(devices::Action),
    /// Something on the updates page.
    Updates(updates::Action),
    /// Something on the firmware page.
    Firmware(firmware::Action),
    /// Something with Toit's envelopes.
    Toit(toit::Action),
    /// Something on the USB page.
    Usb(usb::Action),
    /// Something on the monitor page.
    Monitor(monitor::Action),
    /// Something on the serving page.
    Serve(serve::Action),
    /// Something on the history page.
    History(history::Action),
    /// Something with the keys of this computer.
    Keys(keys::Action),
    /// Something on the settings page.
    Settings(settings::Action),
    /// Something with messages.
    Messages(messages::Action),
    /// Answered or changed the open dialog.
    Dialog(dialog::Action),
    /// Wants the window closed.
    Close,
}

/// Everything that the window shows.
#[derive(Debug)]
pub struct State {
    /// The open page.
    pub page: Page,
    /// What the engine says.
    pub engine: Arc<Snapshot>,
    /// The updates that run, summed up.
    pub running: Running,
    /// The time of the picture, for "3 d ago" and countdowns.
    pub now: Now,
    /// The devices page.
    pub devices: devices::View,
    /// The updates page.
    pub updates: updates::View,
    /// The firmware page.
    pub firmware: firmware::View,
    /// Toit's envelopes, on the firmware page.
    pub toit: toit::View,
    /// The USB page.
    pub usb: usb::View,
    /// The monitor page.
    pub monitor: monitor::View,
    /// The serving page.
    pub serve: serve::View,
    /// The history page.
    pub history: history::View,
    /// The keys of this computer, as far as they may be shown.
    pub keys: keys::View,
    /// The settings.
    pub settings: settings::View,
    /// What went wrong, and toasts.
    pub messages: Messages,
    /// What must be decided first.
    pub dialog: Option<Dialog>,
    /// The interface and address that devices reach this computer at, for the status bar.
    pub route: Option<String>,
    /// Simulated devices of this window.
    pub simulated: Vec<skylift_protocol::Id>,
}

/// The time, once as people count it and once as countdowns do.
#[derive(Clone, Copy, Debug)]
pub struct Now {
    /// The time of day.
    pub wall: SystemTime,
    /// The time that only goes forward.
    pub steady: Instant,
}

impl Now {
    /// This moment.
    #[must_use]
    pub fn read() -> Self {
        Self { wall: SystemTime::now(), steady: Instant::now() }
    }
}

impl State {
    /// The window at its start, with the settings that were kept.
    #[must_use]
    pub fn new(settings: settings::View) -> Self {
        let mut monitor = monitor::View::default();
        monitor.log.set_limits(Limits::of_lines(settings.kept.log_lines));
        Self {
            page: Page::Devices,
            engine: Arc::default(),
            running: Running::default(),
            now: Now::read(),
            devices: devices::View::default(),
            updates: updates::View::default(),
            firmware: firmware::View::default(),
            toit: toit::View::default(),
            usb: usb::View::default(),
            monitor,
            serve: serve::View::default(),
            history: history::View::default(),
            keys: keys::View::default(),
            settings,
            messages: Messages::default(),
            dialog: None,
            route: None,
            simulated: Vec::new(),
        }
    }

    /// Takes what the user did; returns what is to be done elsewhere.
    pub fn act(&mut self, action: Action) -> Vec<Effect> {
        let mut effects = self.take_action(action);
        effects.extend(updates::settle(self));
        effects
    }

    /// Takes what happened elsewhere; returns what is to be done there.
    pub fn hear(&mut self, event: Event) -> Vec<Effect> {
        self.hear_all([event])
    }

    /// The same of all that has happened since the last picture.
    pub fn hear_all(&mut self, events: impl IntoIterator<Item = Event>) -> Vec<Effect> {
        let mut effects: Vec<_> = events.into_iter().flat_map(|event| self.take_event(event)).collect();
        effects.extend(updates::settle(self));
        effects
    }

    fn take_action(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Go(page) => self.go(page),
            Action::Devices(action) => devices::act(self, action),
            Action::Updates(action) => updates::act(self, action),
            Action::Firmware(action) => firmware::act(self, action),
            Action::Toit(action) => toit::act(self, action),
            Action::Usb(action) => usb::act(self, action),
            Action::Monitor(action) => monitor::act(self, action),
            Action::Serve(action) => serve::act(self, action),
            Action::History(action) => history::act(self, action),
            Action::Keys(action) => keys::act(self, action),
            Action::Settings(action) => settings::act(self, action),
            Action::Messages(action) => messages::act(self, action),
            Action::Dialog(action) => dialog::act(self, action),
            Action::Close => self.close(),
        }
    }

    fn take_event(&mut self, event: Event) -> Vec<Effect> {
        match event {
            Event::Snapshot(snapshot) => return self.see(snapshot),
            Event::Message(message) => self.tell(message),
            Event::Route(route) => self.route = route,
            Event::Simulated(devices) => self.simulated = devices,
            Event::Devices(event) => return devices::hear(self, event),
            Event::Updates(event) => return updates::hear(self, event),
            Event::Firmware(event) => return self.hear_of_images(event),
            Event::Toit(event) => return toit::hear(self, event),
            Event::Usb(event) => return usb::hear(self, event),
            Event::Monitor(event) => return monitor::hear(self, event),
            Event::History(event) => return history::hear(self, event),
            Event::Keys(event) => return keys::hear(self, event),
            Event::Settings(event) => return settings::hear(self, event),
        }
        Vec::new()
    }

    /// Says something to the user.
    pub fn tell(&mut self, message: Message) {
        self.messages.add(message, self.now.wall);
    }

    fn go(&mut self, page: Page) -> Vec<Effect> {
        self.page = page;
        match page {
            Page::History => vec![Effect::LoadHistory],
            Page::Firmware => {
                vec![Effect::LoadLibrary, Effect::LoadHistory, Effect::LoadSources, Effect::LoadKeys]
            }
            Page::Usb => vec![Effect::LoadKeys, Effect::Usb(Box::new(usb::order::Order::LoadBackups))],
            Page::Settings => vec![Effect::LoadKeys, Effect::CountSaved],
            Page::Messages => {
                self.messages.read_all();
                Vec::new()
            }
            _ => Vec::new(),
        }
    }

    /// An image may be for a device that a file was dropped onto.
    fn hear_of_images(&mut self, event: firmware::Event) -> Vec<Effect> {
        match event {
            firmware::Event::Added(image) if self.devices.dropped_on.is_some() => {
                let mut effects = firmware::hear(self, event);
                effects.extend(devices::image_added(self, image));
                effects
            }
            firmware::Event::BuildFailed(_) | firmware::Event::BuildCancelled => {
                devices::image_failed(self);
                firmware::hear(self, event)
            }
            event => firmware::hear(self, event),
        }
    }

    fn see(&mut self, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        self.engine = snapshot;
        self.running = Running::of(&self.engine.jobs);
        let mut effects = devices::see(self);
        effects.extend(updates::see(self));
        effects
    }

    /// Whether something ends badly if the window closes now.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.running.count > 0 || self.usb.busy() > 0
    }

    fn close(&mut self) -> Vec<Effect> {
        self.dialog = match (self.usb.busy(), self.running.count) {
            (0, 0) => return vec![Effect::Quit],
            (0, running) => Some(Dialog::quit(running)),
            (boards, _) => Some(Dialog::quit_writing(boards)),
        };
        Vec::new()
    }
}
