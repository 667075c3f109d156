//! A laptop with its engine and keys, and a board on its cable.

use std::sync::Arc;
use std::time::{Duration, Instant};

use skylift::engine::{HostPort, first_contact};
use skylift::store::{DataDir, KeyStore};
use skylift::usb::monitor::{Heard, Options, Session};
use skylift::usb::ports::Port;
use skylift::usb::provision::{ContactEnd, FirstContact, NetworkWish, Prepared, Settings, Wishes, board_id};
use skylift::usb::wire::{Approach, Link};
use skylift::usb::{UsbError, Work};
use skylift_protocol::{Network, Password, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_simulator::{FactoryFlash, FlashSource};
use skylift_tests::devices::{image, short_times};
use skylift_tests::host::{self, Host};
use skylift_tests::wifi::air;
use tempfile::TempDir;
use tokio::runtime::{Builder, Runtime};

/// The bench.
pub struct Bench {
    pub board: Board,
    pub keys: Arc<KeyStore>,
    pub host: Host,
    runtime: Runtime,
    _folder: TempDir,
}

/// A board that was flashed with an image of the simulator's, and knows nothing of its owner yet.
pub fn flashed(behaviour: Behaviour) -> BoardConfig {
    let factory = FactoryFlash::new(image("1.0.0", behaviour), Provisioning::default());
    BoardConfig::new(FlashSource::Factory(factory))
}

/// What gives a board a network.
pub fn on(ssid: &str, password: &str) -> Wishes {
    let network = Network { ssid: bounded(ssid), password: Password::new(password).unwrap() };
    Wishes { networks: NetworkWish::First(network), ..Wishes::default() }
}

impl Bench {
    /// Plugs a board in, with networks around it.
    pub fn with(mut config: BoardConfig) -> Self {
        config.device.air = Some(air());
        config.device.node = short_times();
        config.device.watchdog = Duration::from_millis(300);
        let folder = tempfile::tempdir().unwrap();
        let keys = Arc::new(KeyStore::new(&DataDir::new(Some(folder.path().to_owned()))));
        let host = Host::holding(Arc::clone(&keys) as _, host::short_times());
        let runtime = Builder::new_current_thread().enable_all().build().unwrap();
        Self { board: Board::plug_in(config).unwrap(), keys, host, runtime, _folder: folder }
    }

    /// The board's loader, into which somebody has to help it: a pseudo-terminal has no line that does.
    pub fn link(&self) -> Link {
        self.board.hold_boot_and_reset();
        Link::connect(&Approach::new(self.board.path().to_str().unwrap()), &mut Work::unwatched()).unwrap()
    }

    /// Writes settings by cable, and nothing else; the board runs its program then.
    pub fn set_up(&self, wishes: &Wishes) -> Result<Prepared, UsbError> {
        let (mut link, mut work) = (self.link(), Work::unwatched());
        let device = board_id(&mut link)?;
        let prepared = Settings::of_board(&mut link, &mut work)?.prepared(&device, wishes, &*self.keys)?;
        prepared.write(&mut link, &*self.keys, &mut work)?;
        link.leave(&mut work)?;
        Ok(prepared)
    }

    /// Watches what comes of it.
    pub fn contact(&self, prepared: &Prepared, wishes: &Wishes) -> ContactEnd {
        self.contact_for(prepared, wishes, skylift_tests::wait::PATIENCE)
    }

    pub fn contact_for(&self, prepared: &Prepared, wishes: &Wishes, patience: Duration) -> ContactEnd {
        let contact = FirstContact::of(prepared, wishes, Instant::now()).unwrap().patient_for(patience);
        let (batches, log) = tokio::sync::mpsc::unbounded_channel();
        let port = Port::named(self.board.path().to_str().unwrap());
        let listening = Session::start(Options::new(port), move |heard| {
            if let Heard::Read(batch) = heard {
                let _ = batches.send(batch);
            }
        });
        let address = self.board.device_address();
        let at = HostPort { host: address.ip().to_string(), port: address.port() };
        let end = self.runtime.block_on(first_contact(&self.host.engine, contact, Some(at), log));
        listening.unwrap().stop();
        end
    }

    /// Both, one after the other.
    pub fn end_of(&self, wishes: &Wishes) -> ContactEnd {
        let prepared = self.set_up(wishes).unwrap();
        self.contact(&prepared, wishes)
    }
}
