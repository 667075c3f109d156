//! The life of a board: in download mode, running its program, unplugged; and how it gets from one to the other.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender};
use std::time::Duration;

use skylift_updater::guard::Reset;

use super::bootable::{Obstacle, obstacle};
use super::config::BoardConfig;
use super::faults::SerialFaults;
use super::line::{Come, Line, Rate};
use super::loader::{FIRST_BAUD, Loader, Then, Way};
use super::model::Model;
use super::pty::Pty;
use super::slip::Decoder;
use crate::boot_log::{self, Boot};
use crate::console::Console;
use crate::device::Device;
use crate::faults::FlashFault;
use crate::nor::{Mirror, Nor};

/// How long bytes are waited for before buttons are looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// How long a chip takes from a reset to its first letter; a host has the time to change its rate.
const START_TIME: Duration = Duration::from_millis(20);

/// What somebody does to a board.
pub(super) enum Deed {
    Reset,
    ResetWithBootHeld,
    Unplug,
    Plug(Pty),
    Faults(SerialFaults),
    Stop,
}

/// What a board does.
enum State {
    Unplugged(Nor),
    Download(Box<Loader>, Decoder, Nor),
    Runs(Device),
    /// Between two of them.
    Nowhere,
}

/// A board, on its thread.
pub(super) struct Life {
    config: BoardConfig,
    port: u16,
    line: Arc<Line>,
    mirror: Mirror,
    deeds: Receiver<(Deed, Sender<()>)>,
    state: State,
}

impl Life {
    pub fn new(
        config: BoardConfig,
        nor: Nor,
        mirror: Mirror,
        port: u16,
        line: Arc<Line>,
        deeds: Receiver<(Deed, Sender<()>)>,
    ) -> Self {
        Self { config, port, line, mirror, deeds, state: State::Unplugged(nor) }
    }

    /// Lives until it is stopped.
    pub fn live(mut self) {
        self.boot(Reset::PowerOn);
        loop {
            let deed = match &self.state {
                State::Unplugged(_) | State::Nowhere => self.deeds.recv().ok(),
                State::Download(..) | State::Runs(_) => match self.deeds.try_recv() {
                    Ok(deed) => Some(deed),
                    Err(std::sync::mpsc::TryRecvError::Empty) => {
                        self.listen();
                        continue;
                    }
                    Err(std::sync::mpsc::TryRecvError::Disconnected) => None,
                },
            };
            let Some((deed, done)) = deed else { break };
            if matches!(deed, Deed::Stop) {
                break;
            }
            self.suffer(deed);
            // Whoever did it may have gone on.
            let _ = done.send(());
        }
        self.halt();
    }

    fn suffer(&mut self, deed: Deed) {
        let is_plugged = !matches!(self.state, State::Unplugged(_));
        match deed {
            Deed::Reset if is_plugged => self.boot(Reset::External),
            Deed::ResetWithBootHeld if is_plugged => self.download(Reset::External),
            Deed::Unplug => {
                self.line.unplug();
                self.switch_off();
            }
            Deed::Plug(pty) => {
                self.line.plug(pty);
                self.boot(Reset::PowerOn);
            }
            Deed::Faults(faults) => self.set_faults(faults),
            Deed::Reset | Deed::ResetWithBootHeld | Deed::Stop => {}
        }
    }

    /// Takes what comes over the cable.
    fn listen(&mut self) {
        match self.line.receive(GLANCE) {
            Come::Gone => self.switch_off(),
            Come::Bytes(bytes) => {
                // A program that runs does not read its serial line.
                if let State::Download(_, decoder, _) = &mut self.state {
                    let frames: Vec<_> = bytes.iter().filter_map(|&byte| decoder.push(byte)).collect();
                    frames.iter().for_each(|frame| self.take(frame));
                }
            }
        }
    }

    fn take(&mut self, frame: &[u8]) {
        let State::Download(loader, _, nor) = &mut self.state else { return };
        if let Rate::Measured(baud) = self.line.rate() {
            loader.set_baud(baud);
        }
        let begun = nor.time();
        let reply = loader.handle(frame, nor);
        if !self.survives_flash_work(begun) {
            return;
        }
        reply.frames.iter().for_each(|frame| self.line.answer(frame));
        match reply.then {
            Then::Stay => {}
            Then::Program => self.program(),
            Then::Baud(baud) => self.line.set_rate(Rate::Fixed(baud)),
            Then::Leave(Way::Rom) => self.download(Reset::Software),
            Then::Leave(Way::Program) => self.boot(Reset::Software),
        }
    }

    /// The stub programs what it has acknowledged, while the next packet comes.
    fn program(&mut self) {
        let State::Download(loader, _, nor) = &mut self.state else { return };
        let begun = nor.time();
        loader.program(nor);
        self.survives_flash_work(begun);
    }

    /// Takes the time that the flash was at work since `begun`; whether it had power throughout.
    fn survives_flash_work(&mut self, begun: Duration) -> bool {
        let State::Download(_, _, nor) = &mut self.state else { return true };
        if nor.lost_power() {
            nor.set_fault(FlashFault::None);
            nor.power_on();
            self.boot(Reset::PowerOn);
            return false;
        }
        self.line.pass(nor.time().saturating_sub(begun));
        true
    }

    /// Starts what the flash holds; if that is nothing, waits for a download.
    fn boot(&mut self, reset: Reset) {
        let nor = self.restart(Rate::Fixed(FIRST_BAUD));
        let obstacle = obstacle(&nor, &self.config.device);
        self.state = State::Unplugged(nor);
        match obstacle {
            Some(obstacle) => self.give_up(reset, obstacle),
            None => self.run(),
        }
    }

    fn give_up(&mut self, reset: Reset, obstacle: Obstacle) {
        let complaint = match obstacle {
            Obstacle::NoBootloader(word) => format!("invalid header: 0x{word:08x}"),
            Obstacle::NoApp => "E (58) boot: No bootable app partitions in the partition table".to_owned(),
        };
        self.print(&boot_log::rom(self.config.device.chip, reset, Boot::Flash));
        self.print(&complaint);
        self.download(Reset::Watchdog);
    }

    fn run(&mut self) {
        let nor = self.halt();
        let line = Arc::clone(&self.line);
        let mut device = self.config.device.clone();
        device.console = Some(Console::new(move |text| line.print(text)));
        // Its thread is all that it can lack. The board is dead then, and says so by its silence.
        self.state = Device::switch_on(device, nor, None, self.port).map_or(State::Nowhere, State::Runs);
    }

    fn print(&self, text: &str) {
        self.line.print(&format!("{text}\r\n"));
    }

    fn download(&mut self, reset: Reset) {
        let Some(model) = Model::of(self.config.device.chip) else { return };
        let nor = self.restart(Rate::Measured(FIRST_BAUD));
        self.print(&boot_log::rom(self.config.device.chip, reset, Boot::Download));
        let bytes = skylift_updater::Flash::capacity(&nor);
        let loader = Loader::new(model, self.config.identity(), bytes);
        self.state = State::Download(Box::new(loader), Decoder::default(), nor);
    }

    fn restart(&mut self, rate: Rate) -> Nor {
        let nor = self.halt();
        self.line.reset(rate);
        std::thread::sleep(START_TIME);
        nor
    }

    fn switch_off(&mut self) {
        self.state = State::Unplugged(self.halt());
    }

    fn set_faults(&mut self, faults: SerialFaults) {
        self.line.set_faults(faults);
        if let State::Download(_, _, nor) = &mut self.state {
            let now = nor.operations();
            nor.set_fault(match faults.flash {
                FlashFault::None => FlashFault::None,
                FlashFault::PowerCut { operation, moment, seed } => {
                    FlashFault::PowerCut { operation: now + operation, moment, seed }
                }
                FlashFault::Silent { operation, seed } => {
                    FlashFault::Silent { operation: now + operation, seed }
                }
            });
        }
    }

    /// Stops whatever it does; its flash.
    fn halt(&mut self) -> Nor {
        let nor = match std::mem::replace(&mut self.state, State::Nowhere) {
            State::Unplugged(nor) | State::Download(_, _, nor) => Some(nor),
            State::Runs(device) => device.stop(),
            State::Nowhere => None,
        };
        // A device whose thread has crashed has left what it wrote.
        nor.unwrap_or_else(|| self.mirror.revive())
    }
}
