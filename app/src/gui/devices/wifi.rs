//! Moving a device to another WiFi: how far it is, and how it ended, in words.

use std::collections::BTreeMap;

use skylift_protocol::{Id, Wifi, WifiOutcome};

use crate::engine::{CameBack, WifiEnd, printable};
use crate::gui::mark::{Grey, Look};
use crate::gui::messages::{Message, sentence};
use crate::gui::state::State;

/// A device that was told to move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The name of the network.
    pub to: String,
    /// Seconds that it takes at most.
    pub trial_s: u32,
    /// Whether this computer has to reach it there.
    pub reach: bool,
    /// How it ended, once it has.
    pub end: Option<WifiEnd>,
}

/// The moves of this session; the last one of each device.
pub type Moves = BTreeMap<Id, Move>;

/// A device took the order, and leaves its network.
pub(super) fn left(state: &mut State, id: Id, began: Move) {
    state.devices.moves.insert(id, began);
}

/// A move has ended.
pub(super) fn ended(state: &mut State, id: &Id, end: WifiEnd) {
    let Some(moved) = state.devices.moves.get_mut(id) else { return };
    moved.end = Some(end);
    let (look, title, text) = moved.words();
    let name = state.engine.device(id).map_or_else(|| id.to_string(), |device| device.label().to_owned());
    state.tell(Message { look, title: format!("{name}: {}", uncapital(&title)), text });
}

impl Move {
    /// How it stands: a look, a title, and a sentence or two.
    #[must_use]
    pub fn words(&self) -> (Look, String, String) {
        let to = &self.to;
        match &self.end {
            None if self.reach => (
                Look::Updating,
                format!("Moving to {to}"),
                format!(
                    "It is kept there once this computer has reached it. If not, it is back in {} s.",
                    self.trial_s
                ),
            ),
            None => (
                Look::Updating,
                format!("Moving to {to}"),
                format!("It is watched for {} s whether it comes back.", self.trial_s),
            ),
            Some(WifiEnd::Moved) => (
                Look::Valid,
                format!("Moved to {to}"),
                "The device says so itself. Its old network is kept as a fallback.".to_owned(),
            ),
            Some(WifiEnd::CameBack { network, why }) => {
                let network = network.as_deref().map_or_else(|| "its old network".to_owned(), printable);
                (Look::RolledBack, format!("Came back to {network}"), came_back(*why))
            }
            Some(WifiEnd::Gone) => (
                Look::Grey(Grey::Lost),
                format!("Gone to {to}"),
                "It did not come back, so it has joined, unless it lost power.".to_owned(),
            ),
            Some(WifiEnd::NotSeen) => (
                Look::Failed,
                "Not seen again".to_owned(),
                format!(
                    "It answers neither on {to} nor where it was. It may be on {to} with an address that this computer \
                     does not reach. Restarted, it joins its old network again."
                ),
            ),
        }
    }
}

fn came_back(why: CameBack) -> String {
    format!("{} {}", sentence(why.sentence()), sentence(advice(why)))
}

/// The engine's advice, in terms of the window.
const fn advice(why: CameBack) -> &'static str {
    match why {
        CameBack::Told(WifiOutcome::NotReached) => {
            "connect this computer to that network as well, or say that the device will be out of its reach"
        }
        CameBack::Told(WifiOutcome::NotKept) => "read its log; its flash may be worn out",
        CameBack::Told(WifiOutcome::NotFound | WifiOutcome::WrongPassword | WifiOutcome::NoAddress) => {
            why.advice()
        }
        CameBack::Told(_) | CameBack::Restarted | CameBack::OtherOrder => {
            "try again; if it happens again, read its log"
        }
    }
}

fn uncapital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_lowercase().chain(letters).collect()).unwrap_or_default()
}

/// What the device itself tells of its last change, in a line; nothing if there was none.
#[must_use]
pub fn last_change(wifi: &Wifi) -> Option<String> {
    let change = wifi.change.as_ref()?;
    let to = printable(&change.ssid);
    Some(match change.outcome {
        WifiOutcome::Joined => "Moved there since it started".to_owned(),
        WifiOutcome::Trying => format!("Moving to {to}"),
        outcome => format!("Came back from {to}: {}", CameBack::Told(outcome).sentence()),
    })
}
