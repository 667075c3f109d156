//! The first contact, in the words of the window.

use skylift_protocol::Id;

use crate::gui::mark::{Grey, Look};
use crate::gui::messages::sentence;
use crate::usb::provision::ContactEnd;

/// What is known of a board that was set up, since it was restarted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Contact {
    /// It is waited for.
    Waiting,
    /// How that ended, for the device with this id.
    Ended(Id, ContactEnd),
}

impl Contact {
    /// Whether name or password of the network can be the matter: they can be written again by themselves.
    #[must_use]
    pub const fn wants_other_network(&self) -> bool {
        matches!(
            self,
            Self::Ended(
                _,
                ContactEnd::WrongPassword { .. }
                    | ContactEnd::NoSuchNetwork { .. }
                    | ContactEnd::NoAddress { .. }
                    | ContactEnd::NotJoined { .. }
                    | ContactEnd::NoNetworks
                    | ContactEnd::NotSeen { .. }
            )
        )
    }

    /// Whether the network did not take the password.
    #[must_use]
    pub const fn is_wrong_password(&self) -> bool {
        matches!(self, Self::Ended(_, ContactEnd::WrongPassword { .. }))
    }

    /// The device, if it is on the network.
    #[must_use]
    pub const fn device(&self) -> Option<&Id> {
        match self {
            Self::Ended(device, ContactEnd::OnTheNetwork { .. }) => Some(device),
            _ => None,
        }
    }

    /// How it stands: a look, a statement, and sentences on what to do.
    #[must_use]
    pub fn words(&self, name: &str) -> (Look, String, String) {
        let end = match self {
            Self::Waiting => {
                let text = "It restarts, joins its network and announces itself. That takes some seconds.";
                return (Look::Updating, format!("Waiting for {name} on the network"), text.to_owned());
            }
            Self::Ended(_, end) => end,
        };
        let look = match end {
            ContactEnd::OnTheNetwork { .. } => Look::Valid,
            ContactEnd::NotSeen { .. } => Look::Grey(Grey::Lost),
            ContactEnd::NoNetworks => Look::Grey(Grey::Offline),
            _ => Look::Failed,
        };
        (look, format!("{name} {end}"), advice(end))
    }
}

/// What to do, in terms of the window.
fn advice(end: &ContactEnd) -> String {
    let text = match end {
        ContactEnd::OnTheNetwork { paired: true, .. } => {
            "It has proven that it holds the key. From now on it is updated over WiFi."
        }
        ContactEnd::OnTheNetwork { paired: false, .. } => {
            "It is open: whoever is on the network can update it. From now on it is updated over WiFi."
        }
        ContactEnd::WrongPassword { .. } => {
            "Type the password again. Only name, WiFi and keys are written then, the firmware stays."
        }
        ContactEnd::NoSuchNetwork { .. } => {
            "Check the name, capitals included, and that the network is on 2.4 GHz: most of these chips hear no other."
        }
        ContactEnd::NoNetworks => "It runs, and is reached by cable only until it is given a network.",
        ContactEnd::Panicked { .. } => "The monitor shows where, line by line.",
        ContactEnd::NotProven { .. } => "Read the board again, and have it paired with a new key.",
        ContactEnd::NotSeen { joined: Some(_), .. } => {
            "Connect this computer to the same network; guest networks often keep their devices apart. It may still come."
        }
        ContactEnd::NotSeen { silent: true, .. } => {
            "Press RESET on the board: it may still be in download mode. The monitor shows whether it says anything."
        }
        ContactEnd::NotSeen { .. } => "It may still come. The monitor shows what it does.",
        end => return end.advice().iter().map(|line| sentence(line)).collect::<Vec<_>>().join(" "),
    };
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paired_is_said_of_who_has_proven_it_only() {
        let words = |paired| {
            let end = ContactEnd::OnTheNetwork { address: ([10, 0, 0, 7], 80).into(), paired };
            Contact::Ended(skylift_protocol::bounded("esp-1"), end).words("porch")
        };
        assert_eq!(words(true).1, "porch is on the network as 10.0.0.7, paired");
        assert!(words(false).1.contains("not paired") && words(false).2.contains("open"));
    }

    #[test]
    fn what_the_network_refuses_can_be_written_again() {
        let ended = |end| Contact::Ended(skylift_protocol::bounded("esp-1"), end);
        let ssid = || "den".to_owned();
        assert!(ended(ContactEnd::WrongPassword { ssid: ssid() }).wants_other_network());
        assert!(ended(ContactEnd::WrongPassword { ssid: ssid() }).is_wrong_password());
        assert!(!ended(ContactEnd::Panicked { message: String::new() }).wants_other_network());
        assert!(!Contact::Waiting.wants_other_network());
    }
}
