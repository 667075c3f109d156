//! What a person can do to a device without its network: the power switch and the reset button.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use embassy_sync::blocking_mutex::raw::CriticalSectionRawMutex;
use embassy_sync::channel::Channel;

/// What is done to a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    /// Power goes, and comes back at once.
    CutPower,
    /// Power goes, until it is switched on.
    PowerOff,
    /// Power comes.
    PowerOn,
    /// The reset button.
    PressReset,
    /// The simulation ends.
    Stop,
}

const QUEUE: usize = 16;

/// Shared between a device's thread and whoever holds it.
pub(crate) struct Control {
    commands: Channel<CriticalSectionRawMutex, Command, QUEUE>,
    operations: AtomicU64,
}

impl Control {
    pub fn new() -> Arc<Self> {
        Arc::new(Self { commands: Channel::new(), operations: AtomicU64::new(0) })
    }

    /// Queues a command; one too many is dropped, as nobody presses a button sixteen times at once.
    pub fn send(&self, command: Command) {
        let _ = self.commands.try_send(command);
    }

    pub async fn next(&self) -> Command {
        self.commands.receive().await
    }

    /// Flash operations so far.
    pub fn operations(&self) -> u64 {
        self.operations.load(Ordering::Relaxed)
    }

    pub fn set_operations(&self, operations: u64) {
        self.operations.store(operations, Ordering::Relaxed);
    }
}
