//! The radio: a WiFi station that joins the networks it is told to, and says truly why it could not.
//!
//! Open networks, and WPA2. esp-radio knows no WPA3 yet: an access point that offers both is joined by WPA2, one that
//! insists on WPA3 is not.

use core::cell::Cell;
use core::convert::Infallible;

use embassy_futures::select::{Either, select};
use embassy_sync::blocking_mutex::raw::NoopRawMutex;
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Instant, Timer, with_timeout};
use esp_hal::peripherals::WIFI;
use esp_radio::wifi::sta::{ScanMethod, StationConfig};
use esp_radio::wifi::{
    AuthenticationMethodConfig, Config, ConnectionError, ControllerConfig, CountryInfo, DisconnectReason,
    WifiController, WifiError,
};
use skylift_node::{JoinFault, Radio};
use skylift_protocol::Network;

use crate::network::Link;
use crate::serial::echo;

/// How long DHCP may take; the node gives the whole of joining 20 s.
const DHCP_TIME: Duration = Duration::from_secs(10);
/// How long leaving a network may take.
const LEAVE_TIME: Duration = Duration::from_secs(2);
/// How often the signal is measured.
const MEASURE_EVERY: Duration = Duration::from_secs(2);
/// In quarters of a dBm: 15 dBm. From about 65 on, boards with a small antenna are said to fail at authentication.
const POWER: i8 = 60;

/// As many frames as the download has on their way, and one: then neither the queue nor the window of an aggregate is
/// what an update waits for. Each of the static buffers takes 1.6 KB of heap; esp-radio's default is 10 of them.
const FRAMES: u8 = 12;

/// Switches the radio on, as a station that has joined nothing. Power saving is off, and stays so: what an access point
/// holds back for a sleeping station comes up to a third of a second late.
///
/// # Errors
/// The driver says so; mostly there is not enough heap.
pub(crate) fn start(wifi: WIFI<'static>) -> Result<WifiController<'static>, WifiError> {
    let config = ControllerConfig::default()
        .with_country_info(CountryInfo::from(*b"01"))
        .with_static_rx_buf_num(FRAMES)
        .with_dynamic_rx_buf_num(2 * u16::from(FRAMES))
        .with_rx_ba_win(FRAMES)
        .with_rx_queue_size(usize::from(FRAMES))
        .with_tx_queue_size(6)
        .with_ampdu_rx_enable(true)
        .with_ampdu_tx_enable(true);
    let mut controller = WifiController::new(wifi, config)?;
    controller.set_max_tx_power(POWER)?;
    Ok(controller)
}

/// What the driver is to do next.
enum Order {
    Join(Network),
    Leave,
}

/// The station, as the node's tasks see it; [`run`](Self::run) alone speaks to the driver.
pub(crate) struct Station {
    link: Link,
    order: Signal<NoopRawMutex, Order>,
    joined: Signal<NoopRawMutex, Result<(), JoinFault>>,
    rssi_dbm: Cell<Option<i8>>,
}

impl Station {
    pub const fn new(link: Link) -> Self {
        Self { link, order: Signal::new(), joined: Signal::new(), rssi_dbm: Cell::new(None) }
    }

    /// The signal of the access point that is joined.
    pub fn rssi_dbm(&self) -> Option<i8> {
        self.rssi_dbm.get()
    }

    /// Does what it is told to, for ever.
    pub async fn run(&self, mut controller: WifiController<'static>) -> Infallible {
        let mut order = self.order.wait().await;
        loop {
            self.leave(&mut controller).await;
            if let Order::Join(network) = order {
                match select(self.try_join(&mut controller, &network), self.order.wait()).await {
                    Either::First(outcome) => self.joined.signal(outcome),
                    Either::Second(other) => {
                        order = other;
                        continue;
                    }
                }
            }
            order = self.measure(&controller).await;
        }
    }

    /// Keeps the signal's strength up to date, until there is something else to do.
    async fn measure(&self, controller: &WifiController<'static>) -> Order {
        loop {
            let rssi = controller.rssi().ok().filter(|_| controller.is_connected());
            self.rssi_dbm.set(rssi.and_then(|dbm| i8::try_from(dbm).ok()));
            if let Ok(order) = with_timeout(MEASURE_EVERY, self.order.wait()).await {
                return order;
            }
        }
    }

    /// Ends a connection, and one that is being made, and waits until the stack has noticed.
    async fn leave(&self, controller: &mut WifiController<'static>) {
        self.rssi_dbm.set(None);
        // It fails where there is nothing to leave.
        let _ = with_timeout(LEAVE_TIME, controller.disconnect_async()).await;
        let _ = with_timeout(LEAVE_TIME, self.link.down()).await;
    }

    async fn try_join(
        &self,
        controller: &mut WifiController<'static>,
        network: &Network,
    ) -> Result<(), JoinFault> {
        let config = Config::Station(station(network).map_err(|_| JoinFault::Other)?);
        controller.set_config(&config).map_err(|_| JoinFault::Other)?;
        match controller.connect_async().await {
            Ok(_) => {}
            Err(ConnectionError::Failed(left)) => {
                echo(format_args!("WiFi: {} said {:?}", network.ssid, left.reason));
                return Err(fault(left.reason, network));
            }
            Err(_) => return Err(JoinFault::Other),
        }
        match select(self.link.up(), self.lost_while_asking(controller)).await {
            Either::First(_) => Ok(()),
            Either::Second(fault) => Err(fault),
        }
    }

    /// Ends when DHCP has had its time, or the access point is gone already.
    async fn lost_while_asking(&self, controller: &WifiController<'static>) -> JoinFault {
        let end = Instant::now() + DHCP_TIME;
        while Instant::now() < end {
            if !controller.is_connected() {
                return JoinFault::Other;
            }
            Timer::after(Duration::from_millis(100)).await;
        }
        JoinFault::NoAddress
    }
}

impl Radio for Station {
    async fn join(&self, network: &Network) -> Result<(), JoinFault> {
        self.joined.reset();
        self.order.signal(Order::Join(network.clone()));
        let joining = LeftUnlessJoined(self);
        let joined = self.joined.wait().await;
        if joined.is_ok() {
            core::mem::forget(joining);
        }
        joined
    }

    async fn lost(&self) {
        self.link.down().await;
    }
}

/// Whoever gives up joining, or fails, is joined to nothing.
struct LeftUnlessJoined<'a>(&'a Station);

impl Drop for LeftUnlessJoined<'_> {
    fn drop(&mut self) {
        self.0.order.signal(Order::Leave);
    }
}

/// The driver's words for a network. One with a password is not joined without: an open one of its name is another.
fn station(network: &Network) -> Result<StationConfig, WifiError> {
    let authentication = if network.password.is_open() {
        AuthenticationMethodConfig::Open
    } else {
        AuthenticationMethodConfig::Wpa2Personal(network.password.reveal().try_into()?)
    };
    // All channels: of several access points the strongest is taken.
    let config = StationConfig::default().with_scan_method(ScanMethod::AllChannels);
    Ok(config.with_ssid(network.ssid.as_str().try_into()?).with_authentication(authentication))
}

/// Why a network was not joined. What the numbers behind these names mean: ESP-IDF Programming Guide, "Wi-Fi Reason Code".
fn fault(reason: DisconnectReason, network: &Network) -> JoinFault {
    use DisconnectReason as Reason;
    match reason {
        Reason::NoAccessPointFound | Reason::NoAccessPointFoundInRssiThreshold => JoinFault::NotFound,
        Reason::FourWayHandshakeTimeout
        | Reason::HandshakeTimeout
        | Reason::AuthenticationFailed
        | Reason::MicFailure
            if !network.password.is_open() =>
        {
            JoinFault::WrongPassword
        }
        _ => JoinFault::Other,
    }
}
