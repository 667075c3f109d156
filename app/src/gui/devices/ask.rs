//! What is asked before a device is changed: the question, its consequence, and the answers.

use skylift_protocol::Id;

use crate::engine::{Action, Device, Presence, printable};
use crate::gui::dialog::{Consequence, Dialog, Question};
use crate::gui::effect::Effect;
use crate::gui::state::State;

/// Opens a dialog with a question about a device.
pub(super) fn ask(state: &mut State, id: &Id, question: fn(&Device) -> Question) {
    state.dialog = state.engine.device(id).map(|device| Dialog::Question(question(device)));
}

/// The version in the slot that does not run, or words for it.
fn other_version(device: &Device) -> String {
    let other = device.status.as_ref().and_then(|status| {
        let mut slots = status.slots.iter();
        slots.find(|slot| Some(slot.slot) != status.running.slot && slot.version.is_some())
    });
    other.and_then(|slot| slot.version.as_deref()).map_or_else(|| "the other image".to_owned(), printable)
}

/// Whether the slot that does not run holds an image, so that there is something to roll back to.
pub(super) fn has_other_image(device: &Device) -> bool {
    device.status.as_ref().is_some_and(|status| {
        status.slots.iter().any(|slot| Some(slot.slot) != status.running.slot && slot.version.is_some())
    })
}

pub(super) fn roll_back(device: &Device) -> Question {
    let (name, other) = (device.label(), other_version(device));
    Question {
        title: format!("Roll {name} back to {other}?"),
        text: format!(
            "It restarts now and runs {other} from the other slot. {} stays where it is and does not boot again until \
             you roll back once more or send an update.",
            device.version
        ),
        stay: format!("Keep {}", device.version),
        go: "Roll back".to_owned(),
        then: act(device, Action::Rollback),
    }
}

pub(super) fn reboot(device: &Device) -> Question {
    Question {
        title: format!("Restart {}?", device.label()),
        text: "It is away for some seconds and comes back with the same firmware.".to_owned(),
        stay: "Leave it running".to_owned(),
        go: "Restart".to_owned(),
        then: act(device, Action::Reboot),
    }
}

pub(super) fn validate(device: &Device) -> Question {
    Question {
        title: format!("Keep {} on {}?", device.version, device.label()),
        text: "Its own checks have not passed yet. Once validated, it is not rolled back by itself any more."
            .to_owned(),
        stay: "Let it check itself".to_owned(),
        go: "Validate now".to_owned(),
        then: act(device, Action::Validate),
    }
}

pub(super) fn forget(device: &Device) -> Question {
    let listed = if device.presence == Presence::Online {
        "It answers now, so it stays listed until it is gone."
    } else {
        "It leaves the list, and is there again as soon as it is seen on the network."
    };
    Question {
        title: format!("Forget {}?", device.label()),
        text: format!(
            "Its name, address and tags are dropped on this computer; its past updates stay in the history. {listed}"
        ),
        stay: "Keep it".to_owned(),
        go: "Forget".to_owned(),
        then: Consequence::Effect(Box::new(Effect::Forget(device.id.clone()))),
    }
}

pub(super) fn stop_simulated(device: &Device) -> Question {
    Question {
        title: format!("Stop {}?", device.label()),
        text: "It is switched off, and its emulated flash is gone with it.".to_owned(),
        stay: "Keep it running".to_owned(),
        go: "Stop".to_owned(),
        then: Consequence::Effect(Box::new(Effect::StopSimulated(device.id.clone()))),
    }
}

fn act(device: &Device, action: Action) -> Consequence {
    Consequence::Effect(Box::new(Effect::Act(device.id.clone(), action)))
}
