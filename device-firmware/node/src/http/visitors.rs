//! Who is on the connection slots, who makes room, and who is not let in for a while. No I/O: times are given.
//!
//! What it guards against: strangers that flood a paired device with requests, and slow ones that hold all its slots.
//! Every request is judged all the same, so that nobody can have the owner shut out by guessing in the owner's place.

use core::cmp::Reverse;
use core::net::IpAddr;

use embassy_time::{Duration, Instant};

use crate::{HttpConfig, StrangerConfig};

/// So many addresses are told apart. With more, those that did least are forgotten: nobody is shut out for others.
const REMEMBERED: usize = 16;

/// Who did not make use of a connection a moment ago is left this part of the time that others are.
pub(super) const REPEATED: u32 = 4;

/// What is known of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nothing: its request has not come, was refused, or is a stranger's.
    Stranger,
    /// It is served to its end: the device is open to everybody.
    Guest,
    /// It is served to its end: its request is the owner's.
    Owner,
}

/// How a connection ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parting {
    /// By itself.
    Over,
    /// It had to make room.
    CutOff,
}

/// A connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Visit {
    address: IpAddr,
    since: Instant,
    standing: Standing,
}

/// An address from which requests came that were not the owner's.
#[derive(Clone, Copy)]
struct Stranger {
    address: IpAddr,
    /// When all its requests are forgiven; each moves it on by [`StrangerConfig::pace`] and the time that it took.
    forgiven: Instant,
    /// It is shut out until then.
    shut_until: Instant,
}

impl Stranger {
    fn forgotten(&self) -> Instant {
        self.forgiven.max(self.shut_until)
    }
}

/// All connections of a server with so many slots, and what is remembered of earlier ones.
pub(super) struct Visitors<const SLOTS: usize> {
    visits: [Option<Visit>; SLOTS],
    strangers: [Option<Stranger>; REMEMBERED],
    /// From where the last request came that was the owner's. Never shut out.
    owner: Option<IpAddr>,
}

impl<const SLOTS: usize> Visitors<SLOTS> {
    /// Nobody.
    pub const fn new() -> Self {
        Self { visits: [None; SLOTS], strangers: [None; REMEMBERED], owner: None }
    }

    /// A connection from `address` came to `slot`; whether it is to be served.
    pub fn enter(&mut self, slot: usize, address: IpAddr, now: Instant) -> bool {
        let address = address.to_canonical();
        let shut_out =
            |known: &Stranger| known.address == address && now < known.shut_until && !self.is_owner(address);
        if self.strangers.iter().flatten().any(shut_out) {
            return false;
        }
        if let Some(place) = self.visits.get_mut(slot) {
            *place = Some(Visit { address, since: now, standing: Standing::Stranger });
        }
        true
    }

    /// Its request has been judged.
    pub fn judged(&mut self, slot: usize, standing: Standing) {
        let Some(Some(visit)) = self.visits.get_mut(slot) else { return };
        visit.standing = standing;
        if standing == Standing::Owner {
            self.owner = Some(visit.address);
        }
    }

    /// Whether the connection on `slot` is the one to make room: all slots are taken, and of those that may be cut off
    /// its address has cost most lately, or holds most, or it is the oldest. The owner's address comes last.
    ///
    /// It was left in peace for a while; for a shorter one if its address has cost something lately, or holds all.
    pub fn gives_way(&self, slot: usize, now: Instant, config: &HttpConfig) -> bool {
        if self.visits.iter().any(Option::is_none) {
            return false;
        }
        let visits = self.visits.iter().flatten().enumerate();
        let strangers = visits.filter(|(_, visit)| visit.standing == Standing::Stranger);
        let last = strangers.min_by_key(|(_, Visit { address, since, .. })| {
            let (owed, held) = (self.is_owed_by(*address, now), self.held_by(*address));
            (self.is_owner(*address), Reverse((owed, held)), *since)
        });
        last.is_some_and(|(at, visit)| {
            at == slot && now - visit.since >= self.patience_with(visit, now, config)
        })
    }

    fn patience_with(&self, visit: &Visit, now: Instant, config: &HttpConfig) -> Duration {
        let address = visit.address;
        let costly = self.is_owed_by(address, now) || self.held_by(address) == SLOTS;
        if costly && !self.is_owner(address) { config.scarce_time / REPEATED } else { config.scarce_time }
    }

    /// Whether requests from there are not forgiven yet.
    fn is_owed_by(&self, address: IpAddr, now: Instant) -> bool {
        self.strangers.iter().flatten().any(|known| known.address == address && now < known.forgiven)
    }

    /// The connection on `slot` has ended; what it was, if it was a stranger's.
    pub fn leave(&mut self, slot: usize) -> Option<Visit> {
        let visit = self.visits.get_mut(slot).and_then(Option::take)?;
        let stranger = visit.standing == Standing::Stranger && !self.is_owner(visit.address);
        stranger.then_some(visit)
    }

    /// Counts a stranger's connection, which ended just now, against its address.
    ///
    /// Until the owner has come, any address may be the owner's, and be flooded so that it is shut out: after a restart
    /// nobody knows. Then requests that are over soon are not counted, only who holds a connection.
    pub fn count(&mut self, visit: Visit, parting: Parting, now: Instant, config: &StrangerConfig) {
        let Visit { address, since, .. } = visit;
        if self.owner.is_none() && parting == Parting::Over && now - since < config.pace {
            return;
        }
        let Some(place) = self.place_of(address) else { return };
        let stranger = place.get_or_insert(Stranger { address, forgiven: since, shut_until: Instant::MIN });
        if stranger.address != address {
            *stranger = Stranger { address, forgiven: since, shut_until: Instant::MIN };
        }
        stranger.forgiven = stranger.forgiven.max(since) + (now - since) + config.pace;
        if stranger.forgiven > now + config.pace * config.burst {
            *stranger = Stranger { address, forgiven: now, shut_until: now + config.shut_out };
        }
    }

    /// Where an address is remembered, or is to be: in a free place, or that of who is forgotten first.
    fn place_of(&mut self, address: IpAddr) -> Option<&mut Option<Stranger>> {
        self.strangers.iter_mut().min_by_key(|place| match place {
            Some(known) if known.address == address => (0, Instant::MIN),
            None => (1, Instant::MIN),
            Some(known) => (2, known.forgotten()),
        })
    }

    fn is_owner(&self, address: IpAddr) -> bool {
        self.owner == Some(address)
    }

    fn held_by(&self, address: IpAddr) -> usize {
        self.visits.iter().flatten().filter(|visit| visit.address == address).count()
    }
}

#[cfg(test)]
mod tests {
    use core::net::{Ipv4Addr, Ipv6Addr};

    use embassy_time::Duration;

    use super::*;

    const SLOTS: usize = 4;
    const CONFIG: StrangerConfig =
        StrangerConfig { burst: 3, pace: Duration::from_millis(100), shut_out: Duration::from_secs(5) };

    fn from(last: u8) -> IpAddr {
        Ipv4Addr::new(10, 0, 0, last).into()
    }

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    /// A connection from there comes to slot 0 and goes again; whether it was let in.
    fn knock(visitors: &mut Visitors<SLOTS>, address: IpAddr, now: Instant, standing: Standing) -> bool {
        let entered = visitors.enter(0, address, now);
        if entered {
            visitors.judged(0, standing);
        }
        if let Some(stranger) = visitors.leave(0) {
            visitors.count(stranger, Parting::Over, now, &CONFIG);
        }
        entered
    }

    /// The owner has come, from an address of their own.
    fn after_the_owner() -> Visitors<SLOTS> {
        let mut visitors = Visitors::new();
        assert!(knock(&mut visitors, from(200), at(0), Standing::Owner));
        visitors
    }

    #[test]
    fn before_the_owner_has_come_sending_much_shuts_nobody_out() {
        let mut visitors = Visitors::new();
        for _ in 0..100 {
            assert!(knock(&mut visitors, from(1), at(0), Standing::Stranger));
        }
        // But who holds a connection.
        for hold in 0..4 {
            assert!(visitors.enter(0, from(1), at(hold * 200)));
            let holder = visitors.leave(0).unwrap();
            visitors.count(holder, Parting::Over, at(hold * 200 + 200), &CONFIG);
        }
        assert!(!visitors.enter(0, from(1), at(800)));
    }

    #[test]
    fn too_many_requests_shut_an_address_out_for_a_while() {
        let mut visitors = after_the_owner();
        for _ in 0..4 {
            assert!(knock(&mut visitors, from(1), at(0), Standing::Stranger));
        }
        assert!(!knock(&mut visitors, from(1), at(4_999), Standing::Stranger));
        // The same address in IPv6's clothes.
        let mapped = Ipv6Addr::from_bits(0xffff_0a00_0001).into();
        assert!(!knock(&mut visitors, mapped, at(4_999), Standing::Stranger));
        assert!(knock(&mut visitors, from(2), at(4_999), Standing::Stranger), "others are let in");
        for _ in 0..4 {
            assert!(knock(&mut visitors, from(1), at(5_000), Standing::Stranger));
        }
        assert!(!knock(&mut visitors, from(1), at(5_000), Standing::Stranger));
    }

    #[test]
    fn who_keeps_the_pace_is_never_shut_out() {
        let mut visitors = after_the_owner();
        for n in 0..1000 {
            assert!(knock(&mut visitors, from(1), at(n * 100), Standing::Stranger), "{n}");
        }
        // A little faster is too fast in the end.
        assert!((0..1000).any(|n| !knock(&mut visitors, from(1), at(100_000 + n * 90), Standing::Stranger)));
    }

    #[test]
    fn holding_a_connection_counts_as_many_requests() {
        let mut visitors = after_the_owner();
        // One of 250 ms is as much as 3 requests, one of 150 ms as 2.
        for (slot, address, held) in [(0, from(1), 150), (1, from(2), 250)] {
            for begun in [0, 100] {
                assert!(visitors.enter(slot, address, at(begun)), "{held}");
                let stranger = visitors.leave(slot).unwrap();
                visitors.count(stranger, Parting::Over, at(begun + held), &CONFIG);
            }
        }
        assert!(visitors.enter(0, from(1), at(350)));
        assert!(!visitors.enter(1, from(2), at(350)));
    }

    #[test]
    fn the_owner_is_never_shut_out() {
        let mut visitors = after_the_owner();
        while knock(&mut visitors, from(1), at(0), Standing::Stranger) {}
        assert!(knock(&mut visitors, from(2), at(0), Standing::Owner));
        for n in 0..100 {
            assert!(knock(&mut visitors, from(2), at(1), Standing::Stranger), "{n}");
            assert!(knock(&mut visitors, from(2), at(1), Standing::Owner), "{n}");
        }
        assert!(!knock(&mut visitors, from(1), at(1), Standing::Stranger));
        // From another address now: the one before is one like others.
        assert!(knock(&mut visitors, from(3), at(1), Standing::Owner));
        while knock(&mut visitors, from(2), at(1), Standing::Stranger) {}
    }

    #[test]
    fn many_addresses_shut_nobody_else_out() {
        let mut visitors = after_the_owner();
        while knock(&mut visitors, from(1), at(0), Standing::Stranger) {}
        for n in 0..1000_u32 {
            let address = Ipv4Addr::from_bits(0x0b00_0000 + n).into();
            assert!(knock(&mut visitors, address, at(0), Standing::Stranger), "{n}");
        }
        assert!(!knock(&mut visitors, from(1), at(0), Standing::Stranger), "it is not forgotten for them");
    }

    /// Comes to all slots, one millisecond after the other.
    fn full(addresses: [u8; SLOTS]) -> Visitors<SLOTS> {
        let mut visitors = Visitors::new();
        for (slot, address) in addresses.into_iter().enumerate() {
            assert!(visitors.enter(slot, from(address), at(slot as u64)));
        }
        visitors
    }

    /// Which connection makes room at this moment.
    fn to_go(visitors: &Visitors<SLOTS>, millis: u64) -> Option<usize> {
        let config = HttpConfig { scarce_time: Duration::from_millis(100), ..HttpConfig::default() };
        let mut going = (0..SLOTS).filter(|&slot| visitors.gives_way(slot, at(millis), &config));
        let first = going.next();
        assert_eq!(going.next(), None);
        first
    }

    /// Whoever makes room once all have been left in peace.
    fn first_to_go(visitors: &Visitors<SLOTS>) -> Option<usize> {
        to_go(visitors, 1000)
    }

    #[test]
    fn the_oldest_makes_room_when_all_is_taken() {
        let mut visitors = full([1, 2, 3, 4]);
        assert_eq!(first_to_go(&visitors), Some(0));
        visitors.judged(0, Standing::Owner);
        visitors.judged(1, Standing::Guest);
        assert_eq!(first_to_go(&visitors), Some(2));
        assert_eq!(visitors.leave(0), None);
        assert_eq!(first_to_go(&visitors), None, "one is free");
        assert!(visitors.enter(0, from(5), at(9)));
        assert_eq!(first_to_go(&visitors), Some(2));
        (0..SLOTS).for_each(|slot| visitors.judged(slot, Standing::Owner));
        assert_eq!(first_to_go(&visitors), None);
    }

    #[test]
    fn who_holds_most_makes_room_and_the_owners_address_last() {
        assert_eq!(first_to_go(&full([1, 2, 2, 3])), Some(1));
        let mut visitors = full([1, 1, 1, 2]);
        visitors.judged(0, Standing::Owner);
        assert_eq!(first_to_go(&visitors), Some(3), "slots 1 and 2 are the owner's, perhaps");
    }

    #[test]
    fn a_connection_is_left_in_peace_for_a_while() {
        let visitors = full([1, 2, 3, 4]);
        assert_eq!((to_go(&visitors, 99), to_go(&visitors, 100)), (None, Some(0)));
        // Who holds all of them for a shorter one.
        let visitors = full([1, 1, 1, 1]);
        assert_eq!((to_go(&visitors, 24), to_go(&visitors, 25)), (None, Some(0)));
        // But the owner.
        let mut visitors = full([1, 1, 1, 1]);
        visitors.judged(3, Standing::Owner);
        assert_eq!((to_go(&visitors, 99), to_go(&visitors, 100)), (None, Some(0)));
    }

    #[test]
    fn who_had_to_make_room_before_makes_room_first_and_sooner() {
        // Before the owner has come too: it is no request that was over soon.
        let mut visitors = full([1, 2, 3, 4]);
        let first = visitors.leave(0).unwrap();
        visitors.count(first, Parting::CutOff, at(30), &CONFIG);
        assert!(visitors.enter(0, from(1), at(30)));
        assert_eq!((to_go(&visitors, 54), to_go(&visitors, 55)), (None, Some(0)));
        // It is forgiven after the time that it took, and one pace.
        assert_eq!((to_go(&visitors, 129), to_go(&visitors, 130)), (Some(0), Some(1)));
        let mut visitors = full([1, 2, 3, 4]);
        let first = visitors.leave(0).unwrap();
        visitors.count(first, Parting::Over, at(30), &CONFIG);
        assert!(visitors.enter(0, from(1), at(30)));
        assert_eq!(to_go(&visitors, 101), Some(1), "nothing is held against who went by itself");
    }
}
