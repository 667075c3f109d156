//! The network stack: embassy-net over the radio, the sockets that Skylift has of it, and whether there is an address.

use core::net::Ipv4Addr;

use edge_nal_embassy::{Udp, UdpBuffers};
use embassy_net::{Config, DhcpConfig, Runner, Stack, StackResources};
use embassy_time::{Duration, Timer};
use esp_hal::rng::Rng;
use esp_radio::wifi::Interface;
use skylift_node::probe;
use skylift_protocol::Id;
use static_cell::{ConstStaticCell, StaticCell};

use crate::tcp::{Buffers, Tcp};

/// The port of the API.
pub const PORT: u16 = 80;

/// Connections that the API serves at a time.
pub(crate) const SERVED: usize = 4;
/// Sockets that mDNS has.
const MDNS: usize = 1;
/// Sockets that are left for the firmware's own.
pub const FREE_SOCKETS: usize = 4;
/// All of the stack's sockets: the API's, one for the download, those of probes, mDNS, DHCP, and the firmware's own.
/// One more than there are here, and the stack panics.
const SOCKETS: usize = SERVED + 1 + probe::WIDTH + MDNS + 1 + FREE_SOCKETS;

/// Segments have 1,452 bytes. The API: two of them to receive, so that a pushed image flows, and two to send: most
/// answers at once. 28 KB in all.
type ServerBuffers = Buffers<SERVED, 4096, 2904>;
/// The download: eleven segments on their way, one request out. 17 KB.
type DownloadBuffers = Buffers<1, 16_384, 512>;
/// A nonce comes, a request goes. 3 KB.
type ProbeBuffers = Buffers<{ probe::WIDTH }, 1024, 512>;
/// mDNS: two packets each way. 6 KB.
type MdnsBuffers = UdpBuffers<MDNS, 3000, 3000, 4>;

/// How soon a change of the address is noticed. Not by the stack's own wakers: there is one, and two tasks that wait
/// for it, of which one may be the firmware's own, would wake each other all the time.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// The stack and its sockets.
pub(crate) struct Network {
    pub link: Link,
    pub server: Tcp<SERVED>,
    pub downloads: Tcp<1>,
    pub probes: Tcp<{ probe::WIDTH }>,
    pub mdns: Udp<'static>,
}

impl Network {
    /// Makes the stack, once; `id` is the name it gives to DHCP. The second part is what has to run.
    pub fn new(interface: Interface, id: &Id, rng: &Rng) -> (Self, Runner<'static, Interface>) {
        static RESOURCES: StaticCell<StackResources<SOCKETS>> = StaticCell::new();
        static SERVER: ConstStaticCell<ServerBuffers> = ConstStaticCell::new(Buffers::new());
        static DOWNLOAD: ConstStaticCell<DownloadBuffers> = ConstStaticCell::new(Buffers::new());
        static PROBES: ConstStaticCell<ProbeBuffers> = ConstStaticCell::new(Buffers::new());
        static UDP: StaticCell<MdnsBuffers> = StaticCell::new();
        let mut dhcp = DhcpConfig::default();
        dhcp.hostname = Some(id.clone());
        let seed = u64::from(rng.random()) << 32 | u64::from(rng.random());
        let resources = RESOURCES.init_with(StackResources::new);
        let (stack, runner) = embassy_net::new(interface, Config::dhcpv4(dhcp), resources, seed);
        let network = Self {
            link: Link(stack),
            server: Tcp::new(stack, SERVER.take()),
            downloads: Tcp::new(stack, DOWNLOAD.take()),
            probes: Tcp::new(stack, PROBES.take()),
            mdns: Udp::new(stack, UDP.init_with(MdnsBuffers::new)),
        };
        (network, runner)
    }
}

/// Whether there is an address.
#[derive(Clone, Copy)]
pub(crate) struct Link(pub Stack<'static>);

impl Link {
    pub fn address(self) -> Option<Ipv4Addr> {
        self.0.config_v4().map(|config| config.address.address())
    }

    /// Waits for an address.
    pub async fn up(self) -> Ipv4Addr {
        loop {
            if let Some(address) = self.address() {
                return address;
            }
            Timer::after(LOOK_EVERY).await;
        }
    }

    /// Waits until this is not the address any more.
    pub async fn gone(self, address: Ipv4Addr) {
        while self.address() == Some(address) {
            Timer::after(LOOK_EVERY).await;
        }
    }

    /// Waits until there is none.
    pub async fn down(self) {
        while self.address().is_some() {
            Timer::after(LOOK_EVERY).await;
        }
    }
}

/// Runs the stack.
#[embassy_executor::task]
pub(crate) async fn run(mut runner: Runner<'static, Interface>) -> ! {
    runner.run().await
}
