//! Every time and limit of the node in one place, so that tests need not wait as long as a chip would.

use embassy_time::Duration;
use heapless::Vec;
use skylift_protocol::{Encoding, MAX_ENCODINGS};

/// Times and limits. `Default` gives the values for chips.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// Serving the API.
    pub http: HttpConfig,
    /// Fetching an image.
    pub download: DownloadConfig,
    /// How long one URL of a probe may take in all, from connecting to the last byte. 1.5 s.
    pub probe_time: Duration,
    /// Pause before the mDNS responder starts again after an error, and between two announcements. 1 s.
    pub mdns_pause: Duration,
    /// Probation of a new image.
    pub trial: TrialConfig,
    /// Pause between two blocks that are erased ahead: nothing else runs during an erase. 20 ms.
    pub erase_pause: Duration,
    /// Joining networks.
    pub wifi: WifiConfig,
    /// How long a nonce of a paired device is good. 60 s.
    pub nonce_life: Duration,
    /// The encodings it decodes besides raw: compressed and delta.
    pub encodings: Vec<Encoding, MAX_ENCODINGS>,
    /// Whether probes may go to loopback addresses. Only the simulator sets it.
    pub allow_loopback: bool,
}

/// Times of a new image's probation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrialConfig {
    /// How long a new image has to pass its self-test. 120 s.
    pub deadline: Duration,
    /// How long it has if a person confirms. 10 min.
    pub manual_deadline: Duration,
    /// How long all must have been well, without a break, before it is kept. 5 s.
    pub well_for: Duration,
    /// Between the switch and the restart, so that whoever watches is told. 300 ms.
    pub farewell: Duration,
}

/// Times of joining networks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WifiConfig {
    /// How long joining one network may take, from the search for it to an address. 20 s.
    pub join_time: Duration,
    /// How long a device on a new network waits for somebody to ask for its status there. 90 s.
    pub reach_time: Duration,
    /// Pause after no known network could be joined; it doubles with each further time. 1 s.
    pub first_pause: Duration,
    /// Longest such pause. 30 s.
    pub longest_pause: Duration,
}

/// Times and limits of the HTTP server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpConfig {
    /// One deadline for a request's head and body and for its answer; what the handler takes is not counted. 3 s.
    pub request_time: Duration,
    /// What an answer gets at least, even if the request used up its time. 500 ms.
    pub answer_time: Duration,
    /// How long a body that is streamed may bring nothing. 10 s.
    pub upload_stall: Duration,
    /// How long a connection is read, once its answer is out, until the peer closes it. 500 ms.
    pub linger_time: Duration,
    /// How many bytes are read meanwhile; more, and the connection is reset. 64 KiB.
    pub linger_bytes: usize,
    /// Pause after a failed accept. 20 ms.
    pub accept_pause: Duration,
    /// A stream of events without an event for this long sends a comment, which finds dead peers. 5 s.
    pub heartbeat: Duration,
    /// Least time between two events of a stream. 100 ms.
    pub event_interval: Duration,
    /// Streams of events at a time; must be less than the connection slots, or nothing else is served. 1.
    pub event_streams: u8,
    /// How long a connection is left in peace while all slots are taken; then the oldest one that is not served yet
    /// makes room. A quarter of it for an address that had to make room a moment ago, or holds all slots. 100 ms.
    pub scarce_time: Duration,
    /// Keeping strangers from filling a paired device.
    pub strangers: StrangerConfig,
}

/// How many requests that are not the owner's a paired device takes from one address. Holding a connection counts as
/// many requests as could have come meanwhile; until the owner has come for the first time since the start, only that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrangerConfig {
    /// So many at once. 32.
    pub burst: u32,
    /// And one more each time this has passed. 100 ms.
    pub pace: Duration,
    /// With more, its connections are closed without an answer for this long. 5 s.
    pub shut_out: Duration,
}

/// Times and limits of the downloader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DownloadConfig {
    /// How long connecting may take. 3 s.
    pub connect_time: Duration,
    /// How long the head of the answer may take in all, and each next byte after it. 10 s.
    pub stall_time: Duration,
    /// Pause after the first attempt that brought nothing; it doubles with each further one. 500 ms.
    pub first_pause: Duration,
    /// Longest pause between two attempts. 8 s.
    pub longest_pause: Duration,
    /// Attempts in a row that bring no new byte, before the download fails. 6.
    pub fruitless_attempts: u8,
    /// The whole download may take this long and `size / least_rate`, so that a drip ends as well. 60 s.
    pub grace_time: Duration,
    /// Least mean rate in bytes per second. 2048; 0 is taken for 1.
    pub least_rate: u32,
    /// How long an order waits for the next byte of a push, between two connections too. 30 s.
    pub push_wait: Duration,
    /// How long closing a connection may take. 500 ms.
    pub close_time: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            http: HttpConfig::default(),
            download: DownloadConfig::default(),
            probe_time: Duration::from_millis(1500),
            mdns_pause: Duration::from_secs(1),
            trial: TrialConfig::default(),
            erase_pause: Duration::from_millis(20),
            wifi: WifiConfig::default(),
            nonce_life: Duration::from_secs(60),
            encodings: [Encoding::Compressed, Encoding::Delta].into_iter().collect(),
            allow_loopback: false,
        }
    }
}

impl Default for TrialConfig {
    fn default() -> Self {
        Self {
            deadline: Duration::from_secs(120),
            manual_deadline: Duration::from_secs(600),
            well_for: Duration::from_secs(5),
            farewell: Duration::from_millis(300),
        }
    }
}

impl Default for WifiConfig {
    fn default() -> Self {
        Self {
            join_time: Duration::from_secs(20),
            reach_time: Duration::from_secs(90),
            first_pause: Duration::from_secs(1),
            longest_pause: Duration::from_secs(30),
        }
    }
}

impl Default for HttpConfig {
    fn default() -> Self {
        Self {
            request_time: Duration::from_secs(3),
            answer_time: Duration::from_millis(500),
            upload_stall: Duration::from_secs(10),
            linger_time: Duration::from_millis(500),
            linger_bytes: 64 * 1024,
            accept_pause: Duration::from_millis(20),
            heartbeat: Duration::from_secs(5),
            event_interval: Duration::from_millis(100),
            event_streams: 1,
            scarce_time: Duration::from_millis(100),
            strangers: StrangerConfig::default(),
        }
    }
}

impl Default for StrangerConfig {
    fn default() -> Self {
        Self { burst: 32, pace: Duration::from_millis(100), shut_out: Duration::from_secs(5) }
    }
}

impl Default for DownloadConfig {
    fn default() -> Self {
        Self {
            connect_time: Duration::from_secs(3),
            stall_time: Duration::from_secs(10),
            first_pause: Duration::from_millis(500),
            longest_pause: Duration::from_secs(8),
            fruitless_attempts: 6,
            grace_time: Duration::from_secs(60),
            least_rate: 2048,
            push_wait: Duration::from_secs(30),
            close_time: Duration::from_millis(500),
        }
    }
}
