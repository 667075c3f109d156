//! The mDNS responder: one service, `_skylift._tcp`, whose TXT record shows what a device is.
//!
//! edge-mdns' responder with what it lacks: it goes on after every error (a hostile query ends `Mdns::run`), says each
//! change twice, and sets the cache-flush bit, without which the old TXT record would live on beside the new one.
//! Lengths are bounded by the protocol's types: a label over 63 bytes would panic, a TXT pair over 254 corrupt.

use core::cell::RefCell;
use core::convert::Infallible;
use core::net::{Ipv4Addr, Ipv6Addr};

use edge_mdns::buf::VecBufAccess;
use edge_mdns::domain::base::Ttl;
use edge_mdns::domain::base::iana::Class;
use edge_mdns::domain::rdata::AllRecordData;
use edge_mdns::host::{Host, Service, ServiceAnswers};
use edge_mdns::io::{IPV4_DEFAULT_SOCKET, Mdns, bind};
use edge_mdns::{
    HostAnswer, HostAnswers, HostAnswersMdnsHandler, MdnsError, MdnsHandler, MdnsRequest, MdnsResponse,
    RecordDataChain,
};
use edge_nal::{UdpBind, UdpSplit};
use embassy_futures::select::select;
use embassy_sync::blocking_mutex::Mutex;
use embassy_sync::blocking_mutex::raw::{NoopRawMutex, RawMutex};
use embassy_sync::signal::Signal;
use embassy_time::{Duration, Timer};
use rand_core::Rng;
use skylift_protocol::{
    Chip, Id, Label, Name, PROTOCOL, SERVICE, TXT_CHIP, TXT_ID, TXT_NAME, TXT_PROTO, TXT_STATE, TXT_VERSION,
    ValidationState,
};

use crate::sentence;

/// How long others may keep what was announced: a device that vanished is forgotten after a minute.
const TTL: Ttl = Ttl::from_secs(60);
/// A packet on Ethernet.
const PACKET: usize = 1500;
/// `IN` with the cache-flush bit (RFC 6762, 10.2).
const IN_FLUSH: Class = Class::from_int(0x8001);

/// What a device shows of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The device's id: instance and host name (`<id>.local`).
    pub id: Id,
    /// The name its owner chose.
    pub name: Name,
    /// The chip.
    pub chip: Chip,
    /// The running version.
    pub version: Label,
    /// Whether the running image is kept.
    pub state: ValidationState,
    /// Where its API is; unspecified while there is none.
    pub address: Ipv4Addr,
    /// The API's port.
    pub port: u16,
}

/// The present announcement, shared between the responder and whoever changes it.
pub struct Announcer<M: RawMutex = NoopRawMutex> {
    shown: Mutex<M, RefCell<Announcement>>,
    changed: Signal<M, ()>,
    broadcast: Signal<M, ()>,
}

impl<M: RawMutex> Announcer<M> {
    /// Begins with this announcement.
    pub const fn new(first: Announcement) -> Self {
        Self { shown: Mutex::new(RefCell::new(first)), changed: Signal::new(), broadcast: Signal::new() }
    }

    /// Changes the announcement; if that makes it another one, the network is told.
    pub fn update(&self, change: impl FnOnce(&mut Announcement)) {
        let differs = self.shown.lock(|shown| {
            let before = shown.borrow().clone();
            change(&mut shown.borrow_mut());
            *shown.borrow() != before
        });
        if differs {
            self.changed.signal(());
        }
    }

    /// Has every announcement sent twice, and none within `pause` of the one before: datagrams get lost. The first
    /// one of all is the responder's own.
    async fn repeat(&self, pause: Duration) -> Infallible {
        loop {
            Timer::after(pause).await;
            self.broadcast.signal(());
            self.changed.wait().await;
            self.broadcast.signal(());
        }
    }
}

/// The responder's memory: two packets of 1500 bytes.
pub struct Buffers<M: RawMutex = NoopRawMutex> {
    received: VecBufAccess<M, PACKET>,
    sent: VecBufAccess<M, PACKET>,
}

impl<M: RawMutex> Buffers<M> {
    /// Empty.
    #[must_use]
    pub const fn new() -> Self {
        Self { received: VecBufAccess::new(), sent: VecBufAccess::new() }
    }
}

impl<M: RawMutex> Default for Buffers<M> {
    fn default() -> Self {
        Self::new()
    }
}

/// Announces and answers for ever. `interface` is the address of the interface to use, or unspecified for the only one.
/// After an error it binds again, when `pause` has passed.
pub async fn run<U, M, R>(
    stack: &U,
    interface: Ipv4Addr,
    announcer: &Announcer<M>,
    buffers: &Buffers<M>,
    rng: &mut R,
    pause: Duration,
) -> Infallible
where
    U: UdpBind,
    M: RawMutex,
    R: Rng,
{
    loop {
        if let Ok(mut socket) = bind(stack, IPV4_DEFAULT_SOCKET, Some(interface), None).await {
            let (receive, send) = socket.split();
            let (received, sent) = (&buffers.received, &buffers.sent);
            let broadcast = &announcer.broadcast;
            let mdns = Mdns::new(Some(interface), None, receive, send, received, sent, &mut *rng, broadcast);
            select(mdns.run(Responder(announcer)), announcer.repeat(pause)).await;
        }
        Timer::after(pause).await;
    }
}

/// Answers with the present announcement.
struct Responder<'a, M: RawMutex>(&'a Announcer<M>);

impl<M: RawMutex> MdnsHandler for Responder<'_, M> {
    fn handle<'b>(
        &mut self,
        request: MdnsRequest<'_>,
        response: &'b mut [u8],
    ) -> Result<MdnsResponse<'b>, MdnsError> {
        let is_query = !matches!(request, MdnsRequest::None);
        // Resolvers that are not mDNS do not know the bit (RFC 6762, 6.7).
        let flush = !matches!(request, MdnsRequest::Request { legacy: true, .. });
        let answered = self.0.shown.lock(|shown| {
            HostAnswersMdnsHandler::new(Answers { shown: &shown.borrow(), flush }).handle(request, response)
        });
        match answered {
            // A query with more questions than the answers to them have room: nobody sends that in earnest.
            Err(MdnsError::ShortBuf) if is_query => Ok(MdnsResponse::None),
            answered => answered,
        }
    }
}

/// The records of an announcement.
struct Answers<'a> {
    shown: &'a Announcement,
    flush: bool,
}

impl HostAnswers for Answers<'_> {
    fn visit<F, E>(&self, mut f: F) -> Result<(), E>
    where
        F: FnMut(HostAnswer) -> Result<(), E>,
        E: From<MdnsError>,
    {
        let shown = self.shown;
        // An empty label would end the name.
        let id = if shown.id.is_empty() { "skylift" } else { shown.id.as_str() };
        let (service, protocol) = SERVICE.split_once('.').unwrap_or((SERVICE, "_tcp"));
        let proto = sentence::<5>(PROTOCOL);
        let host = Host { hostname: id, ipv4: shown.address, ipv6: Ipv6Addr::UNSPECIFIED, ttl: TTL };
        let service = Service {
            name: id,
            priority: 0,
            weight: 0,
            service,
            protocol,
            port: shown.port,
            service_subtypes: &[],
            txt_kvs: &[
                (TXT_ID, id),
                (TXT_NAME, &shown.name),
                (TXT_CHIP, shown.chip.as_str()),
                (TXT_VERSION, &shown.version),
                (TXT_PROTO, &proto),
                (TXT_STATE, shown.state.as_str()),
            ],
        };
        ServiceAnswers::new(&host, &service).visit(|mut answer| {
            // Pointers are shared with other devices: nobody's may be flushed.
            let is_shared = matches!(answer.data(), RecordDataChain::Next(AllRecordData::Ptr(_)));
            if self.flush && !is_shared {
                answer.set_class(IN_FLUSH);
            }
            f(answer)
        })
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use std::vec;
    use std::vec::Vec;

    use edge_mdns::domain::base::{Message, Rtype};

    use super::*;

    fn longest() -> Announcement {
        let text = "x".repeat(32);
        Announcement {
            id: Id::try_from(text.as_str()).unwrap(),
            name: Name::try_from(text.as_str()).unwrap(),
            chip: Chip::Esp32C61,
            version: Label::try_from(text.as_str()).unwrap(),
            state: ValidationState::Untracked,
            address: Ipv4Addr::new(255, 255, 255, 255),
            port: u16::MAX,
        }
    }

    fn announced(announcement: Announcement, packet: &mut [u8]) -> usize {
        let announcer = Announcer::<NoopRawMutex>::new(announcement);
        match Responder(&announcer).handle(MdnsRequest::None, packet).unwrap() {
            MdnsResponse::Reply { data, .. } => data.len(),
            MdnsResponse::None => 0,
        }
    }

    #[test]
    fn the_longest_announcement_fits() {
        let mut packet = [0; PACKET];
        let len = announced(longest(), &mut packet);
        assert!((300..1000).contains(&len), "{len}");
        assert!(announced(Announcement { id: Id::new(), ..longest() }, &mut packet) > 300);
    }

    #[test]
    fn only_changes_are_told() {
        let announcer = Announcer::<NoopRawMutex>::new(longest());
        announcer.update(|shown| shown.port = u16::MAX);
        assert!(!announcer.changed.signaled());
        announcer.update(|shown| shown.state = ValidationState::Pending);
        assert!(announcer.changed.signaled());
    }

    #[test]
    fn a_query_that_asks_too_much_is_no_error() {
        let announcer = Announcer::<NoopRawMutex>::new(longest());
        let mut query = vec![0, 0, 0, 0, 0, 40, 0, 0, 0, 0, 0, 0];
        for _ in 0..40 {
            query.extend(b"\x08_skylift\x04_tcp\x05local\x00\x00\x0c\x00\x01");
        }
        for legacy in [false, true] {
            let request = MdnsRequest::Request { legacy, multicast: true, data: &query };
            assert_eq!(Responder(&announcer).handle(request, &mut [0; PACKET]), Ok(MdnsResponse::None));
        }
    }

    /// Type and class of every record of an answer.
    fn classes(request: MdnsRequest<'_>) -> Vec<(Rtype, u16)> {
        let announcer = Announcer::<NoopRawMutex>::new(longest());
        let mut packet = [0; PACKET];
        let Ok(MdnsResponse::Reply { data, .. }) = Responder(&announcer).handle(request, &mut packet) else {
            panic!("no answer");
        };
        let message = Message::from_octets(data).unwrap();
        message
            .iter()
            .map(|record| record.unwrap().0)
            .map(|record| (record.rtype(), record.class().to_int()))
            .collect()
    }

    #[test]
    fn what_is_its_own_is_flushed() {
        let query = b"\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x08_skylift\x04_tcp\x05local\x00\x00\x0c\x00\x01";
        let asked = |legacy| MdnsRequest::Request { legacy, multicast: true, data: query };
        for request in [MdnsRequest::None, asked(false)] {
            let classes = classes(request);
            assert!(classes.len() >= 4, "{classes:?}");
            for (rtype, class) in classes {
                assert_eq!(class, if rtype == Rtype::PTR { 1 } else { 0x8001 }, "{rtype}");
            }
        }
        assert!(classes(asked(true)).iter().all(|&(_, class)| class == 1));
    }
}
