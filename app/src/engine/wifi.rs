//! Following a device that moves to another WiFi: what its answers say of it, and what its silence does.
//!
//! A pure function of those answers, like `update/follow.rs`. Who follows has to go on asking for the device's status,
//! as an engine does with every device it knows: on the new network that is what the device waits for.

use std::time::{Duration, Instant};

use skylift_protocol::{Ssid, Status, WifiChange, WifiOutcome};

/// Beyond the time that the device gives itself: mDNS has to find it again.
const MARGIN: Duration = Duration::from_secs(15);

/// A device that was told to move, and what it has said since.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WifiMove {
    wanted: Ssid,
    /// The network it was on.
    from: Option<Ssid>,
    /// Whether this computer is to be found on the new network.
    reach: bool,
    boot_id: Option<u32>,
    gives_up: Instant,
    end: Option<WifiEnd>,
}

/// How a move ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WifiEnd {
    /// The device says that it keeps the new network.
    Moved,
    /// It is back on a network from before.
    CameBack {
        /// Which one; absent if it does not say.
        network: Option<Ssid>,
        /// Why.
        why: CameBack,
    },
    /// It was told to go where this computer is not, and has not come back.
    Gone,
    /// It was not seen again.
    NotSeen,
}

/// Why a device came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CameBack {
    /// In its own word.
    Told(WifiOutcome),
    /// It restarted in between: what was on trial is forgotten then.
    Restarted,
    /// Somebody else told it to move, too.
    OtherOrder,
}

impl WifiMove {
    /// A device that answered this, and was then told to move; `None` if it has no WiFi.
    #[must_use]
    pub fn new(before: &Status, change: &WifiChange, told: Instant) -> Option<Self> {
        let wifi = before.wifi.as_ref()?;
        Some(Self {
            wanted: change.ssid.clone(),
            from: wifi.ssid.clone(),
            reach: change.reach,
            boot_id: before.boot_id,
            gives_up: told + Duration::from_secs(wifi.trial_s.into()) + MARGIN,
            end: None,
        })
    }

    /// The device answered, after it took the order.
    pub fn sees(&mut self, status: &Status) {
        let end = self.judge(status);
        if end.is_some() {
            self.end = end;
        }
    }

    /// How it ended, if it has by now.
    #[must_use]
    pub fn end(&self, now: Instant) -> Option<WifiEnd> {
        let silent = || if self.reach { WifiEnd::NotSeen } else { WifiEnd::Gone };
        self.end.clone().or_else(|| (now >= self.gives_up).then(silent))
    }

    fn judge(&self, status: &Status) -> Option<WifiEnd> {
        let wifi = status.wifi.as_ref()?;
        let back = |why| Some(WifiEnd::CameBack { network: wifi.ssid.clone(), why });
        let is_there = wifi.ssid.as_ref() == Some(&self.wanted);
        if status.boot_id != self.boot_id {
            // After a start only networks are joined that were kept.
            let kept = is_there && self.from.as_ref() != Some(&self.wanted);
            return if kept { Some(WifiEnd::Moved) } else { back(CameBack::Restarted) };
        }
        match &wifi.change {
            Some(change) if change.ssid == self.wanted => match change.outcome {
                WifiOutcome::Trying => None,
                WifiOutcome::Joined => Some(WifiEnd::Moved),
                // It is about to leave, or goes on in a way that is not known yet.
                WifiOutcome::NotKept | WifiOutcome::Unknown if is_there => None,
                outcome => back(CameBack::Told(outcome)),
            },
            _ => back(CameBack::OtherOrder),
        }
    }
}

impl WifiEnd {
    /// Its word, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::CameBack { .. } => "came_back",
            Self::Gone => "gone",
            Self::NotSeen => "not_seen",
        }
    }
}

impl CameBack {
    /// Its word, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Told(outcome) => outcome.as_str(),
            Self::Restarted => "restarted",
            Self::OtherOrder => "other_order",
        }
    }

    /// Why, to be read behind a colon.
    #[must_use]
    pub const fn sentence(self) -> &'static str {
        match self {
            Self::Told(WifiOutcome::NotFound) => "the network was not there",
            Self::Told(WifiOutcome::WrongPassword) => "the network did not accept the password",
            Self::Told(WifiOutcome::NoAddress) => "the network gave it no address",
            Self::Told(WifiOutcome::NotJoined) => "the network could not be joined in time",
            Self::Told(WifiOutcome::Lost) => "the new network was lost again",
            Self::Told(WifiOutcome::NotReached) => "nobody asked for it on the new network",
            Self::Told(WifiOutcome::NotKept) => "its flash did not take the new network",
            Self::Told(WifiOutcome::Trying | WifiOutcome::Joined | WifiOutcome::Unknown) => {
                "it says so in a word that this version does not know"
            }
            Self::Restarted => "it restarted before the move was done",
            Self::OtherOrder => "somebody else told it to move as well",
        }
    }

    /// What to do about it: half a sentence that follows "try: ".
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Told(WifiOutcome::NotFound) => {
                "check the name, capitals included, and that the network has 2.4 GHz and reaches that far"
            }
            Self::Told(WifiOutcome::WrongPassword) => "check the password, and give it again",
            Self::Told(WifiOutcome::NoAddress) => {
                "check that the router gives addresses (DHCP), and has some left"
            }
            Self::Told(WifiOutcome::NotReached) => {
                "connect this computer to that network as well, or say that it never will be (--elsewhere)"
            }
            Self::Told(WifiOutcome::NotKept) => "read its log with `skylift log`; its flash may be worn out",
            Self::Told(
                WifiOutcome::NotJoined
                | WifiOutcome::Lost
                | WifiOutcome::Trying
                | WifiOutcome::Joined
                | WifiOutcome::Unknown,
            )
            | Self::Restarted
            | Self::OtherOrder => "try again; if it happens again, read its log with `skylift log`",
        }
    }
}

#[cfg(test)]
mod tests;
