//! First contact: a board was given a network, and restarted. What it says over its cable, and who answers on the
//! network, make one end of it.
//!
//! Pure: who watches says what was heard and when, and asks for the end. `engine::first_contact` watches.

use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};

use skylift_protocol::{Id, Ssid};

use super::contact_end::ContactEnd;
use super::{Prepared, Wishes};
use crate::usb::monitor::{Batch, NotJoined, WifiNews, wifi_news};

/// From the restart on, for starting, joining, getting an address and being found.
const PATIENCE: Duration = Duration::from_secs(60);
/// What went wrong once may go right the next time, which comes after a second.
const SECOND_TRY: Duration = Duration::from_secs(5);
/// Lines that follow each other like that are about the same try.
const SAME_TRY: Duration = Duration::from_millis(500);

/// A board whose first contact is awaited, and what has been heard of it.
#[derive(Clone, Debug)]
pub struct FirstContact {
    device: Id,
    /// The network that it was given; `None` if it knew its networks before.
    wanted: Option<Ssid>,
    /// It has a key of this computer, and is believed by it only.
    paired: bool,
    begun: Instant,
    patience: Duration,
    heard_anything: bool,
    joined: Option<String>,
    told_address: Option<IpAddr>,
    trouble: Option<Trouble>,
    knows_none: bool,
    panic: Option<String>,
    answered: Option<(SocketAddr, bool)>,
    doubt: Option<(SocketAddr, String)>,
}

/// A network that could not be joined.
#[derive(Clone, Debug)]
struct Trouble {
    ssid: String,
    why: NotJoined,
    since: Instant,
    last: Instant,
    times: u32,
}

impl Trouble {
    /// When it is sure that trying again does not help, unless something is heard before.
    fn sure_from(&self) -> Option<Instant> {
        match self.why {
            NotJoined::Other => None,
            _ if self.times > 1 => Some(self.last),
            _ => Some(self.since + SECOND_TRY),
        }
    }

    fn end(&self) -> ContactEnd {
        let ssid = self.ssid.clone();
        match self.why {
            NotJoined::WrongPassword => ContactEnd::WrongPassword { ssid },
            NotJoined::NotFound => ContactEnd::NoSuchNetwork { ssid },
            NotJoined::NoAddress => ContactEnd::NoAddress { ssid },
            NotJoined::Other => ContactEnd::NotJoined { ssid },
        }
    }
}

impl FirstContact {
    /// A board that restarts now. `wanted` is the network that it was given, if it was, and `paired` says that this
    /// computer holds its key.
    #[must_use]
    pub const fn new(device: Id, wanted: Option<Ssid>, paired: bool, begun: Instant) -> Self {
        Self {
            device,
            wanted,
            paired,
            begun,
            patience: PATIENCE,
            heard_anything: false,
            joined: None,
            told_address: None,
            trouble: None,
            knows_none: false,
            panic: None,
            answered: None,
            doubt: None,
        }
    }

    /// A board that has these settings by now and restarts; `None` if it knows no network, so that nobody waits for it.
    #[must_use]
    pub fn of(prepared: &Prepared, wishes: &Wishes, begun: Instant) -> Option<Self> {
        prepared.after.networks.iter().next()?;
        let wanted = wishes.networks.network().map(|network| network.ssid.clone());
        Some(Self::new(prepared.device.clone(), wanted, prepared.is_ours(), begun))
    }

    /// The same with another patience than a minute.
    #[must_use]
    pub fn patient_for(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }

    /// The device.
    #[must_use]
    pub const fn device(&self) -> &Id {
        &self.device
    }

    /// The address that it says it has.
    #[must_use]
    pub const fn told_address(&self) -> Option<IpAddr> {
        self.told_address
    }

    /// Something came over the cable.
    pub fn hears(&mut self, batch: &Batch, now: Instant) {
        self.heard_anything |= !batch.is_empty();
        batch.lines.iter().for_each(|line| self.reads(&line.text, now));
        if let Some(panic) = batch.panics.last() {
            self.panic = Some(panic.message.clone());
        }
    }

    fn reads(&mut self, line: &str, now: Instant) {
        match wifi_news(line) {
            Some(WifiNews::Joined { ssid }) => {
                if self.is_about(ssid.as_deref()) {
                    self.trouble = None;
                }
                self.joined = ssid.or_else(|| self.wanted_name()).or(Some(String::new()));
            }
            Some(WifiNews::Address(address)) => self.told_address = Some(address.into()),
            Some(WifiNews::NotJoined { ssid, why }) if self.is_about(ssid.as_deref()) => {
                self.fails(ssid.or_else(|| self.wanted_name()).unwrap_or_default(), why, now);
            }
            Some(WifiNews::Lost) => (self.joined, self.told_address) = (None, None),
            Some(WifiNews::NoNetworks) => self.knows_none = true,
            Some(WifiNews::NotJoined { .. }) | None => {}
        }
    }

    /// Whether a network is the one that matters. Those that it knew before are fallbacks.
    fn is_about(&self, ssid: Option<&str>) -> bool {
        match (&self.wanted, ssid) {
            (Some(wanted), Some(ssid)) => wanted == ssid,
            _ => true,
        }
    }

    fn wanted_name(&self) -> Option<String> {
        self.wanted.as_ref().map(ToString::to_string)
    }

    fn fails(&mut self, ssid: String, why: NotJoined, now: Instant) {
        let before = self.trouble.take().filter(|before| before.ssid == ssid);
        let trouble = before.unwrap_or(Trouble { ssid, why, since: now, last: now, times: 1 });
        let again = u32::from(now.saturating_duration_since(trouble.last) > SAME_TRY);
        self.trouble = Some(Trouble { why, last: now, times: trouble.times + again, ..trouble });
    }

    /// The device has answered on the network; `proven` if it has signed that.
    pub const fn answers(&mut self, address: SocketAddr, proven: bool) {
        self.answered = Some((address, proven));
    }

    /// Somebody has answered as this device, and was not believed.
    pub fn is_doubted(&mut self, address: SocketAddr, why: String) {
        self.doubt = Some((address, why));
    }

    /// How it ended, if it has by now.
    #[must_use]
    pub fn end(&self, now: Instant) -> Option<ContactEnd> {
        if let Some(message) = self.panic.clone() {
            return Some(ContactEnd::Panicked { message });
        }
        let trouble = self.trouble.as_ref();
        if let Some(trouble) = trouble.filter(|it| it.sure_from().is_some_and(|sure| now >= sure)) {
            return Some(trouble.end());
        }
        match self.answered {
            Some((address, proven)) if trouble.is_none() && (proven || !self.paired) => {
                return Some(ContactEnd::OnTheNetwork { address, paired: proven });
            }
            _ if self.knows_none => return Some(ContactEnd::NoNetworks),
            _ => {}
        }
        (now >= self.begun + self.patience).then(|| self.given_up())
    }

    fn given_up(&self) -> ContactEnd {
        match (&self.trouble, &self.doubt) {
            (Some(trouble), _) => trouble.end(),
            (None, Some((address, why))) => ContactEnd::NotProven { address: *address, why: why.clone() },
            (None, None) => ContactEnd::NotSeen {
                after: self.patience,
                silent: !self.heard_anything,
                joined: self.joined.clone(),
                address: self.told_address,
            },
        }
    }

    /// When it may end though nothing more is heard.
    #[must_use]
    pub fn next_look(&self) -> Instant {
        let last = self.begun + self.patience;
        self.trouble.as_ref().and_then(Trouble::sure_from).map_or(last, |sure| sure.min(last))
    }
}

#[cfg(test)]
mod tests;
