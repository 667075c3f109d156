//! What must be decided before anything else: questions, and the few forms that stand over a page.

mod backup;
mod form_line;
mod line;
mod secret;
pub(super) mod secret_field;
mod sign;
mod strength;
mod wifi;

use egui::{Frame, Id, Modal, ScrollArea, Ui};
use skylift_protocol::Digest;

pub use backup::{BackupForm, Way};
pub use line::{Line, LineKind};
pub use secret::Secret;
pub use sign::SignForm;
pub use wifi::WifiForm;

use super::effect::Effect;
use super::fonts::Face;
use super::keys::Busy;
use super::state::{self, State};
use super::usb;
use super::widgets::button::{Press, Weight};
use super::widgets::frame::{ends, hairline};
use super::widgets::text::{Tint, paragraph, say};
use crate::image::sign::SignerName;

/// The frame of a dialog, and a rim of the page around it, in points.
const AROUND: f32 = 72.0;

/// What stands over the page.
#[derive(Clone, Debug)]
pub enum Dialog {
    /// Yes or no.
    Question(Question),
    /// A line to be typed.
    Line(Line),
    /// Another WiFi for a device.
    Wifi(WifiForm),
    /// Keys of devices, into a file or from one.
    Backup(BackupForm),
    /// A signer for an image.
    Sign(SignForm),
}

/// A question with two answers, of which one is safe.
#[derive(Clone, Debug)]
pub struct Question {
    /// What is asked.
    pub title: String,
    /// What comes of it.
    pub text: String,
    /// The safe answer, a verb.
    pub stay: String,
    /// The other one.
    pub go: String,
    /// What is done then.
    pub then: Consequence,
}

/// What is done after the answer that is not the safe one.
#[derive(Clone, Debug)]
pub enum Consequence {
    /// Something elsewhere.
    Effect(Box<Effect>),
    /// Something in the window.
    Action(Box<state::Action>),
}

/// What the user did in a dialog.
#[derive(Clone, Debug)]
pub enum Action {
    /// Took the safe answer.
    Stay,
    /// Took the other one.
    Go,
    /// Typed.
    Typed(String),
    /// Filled in another WiFi.
    Wifi(Box<WifiForm>),
    /// Filled in the form of a backup.
    Backup(Box<BackupForm>),
    /// Filled in the form of a signature.
    Sign(Box<SignForm>),
    /// Wants something else first; the dialog stays, unless that opens another.
    Aside(Box<state::Action>),
}

impl Dialog {
    /// Asks before updates are given up.
    #[must_use]
    pub fn quit(running: usize) -> Self {
        let (what, they) = match running {
            1 => ("An update is".to_owned(), "it is"),
            many => (format!("{many} updates are"), "they are"),
        };
        Self::Question(Question {
            title: "Quit while updating?".to_owned(),
            text: format!(
                "{what} running. What can still be called back is cancelled, and the old firmware keeps running; \
                 devices that already check themselves finish on their own. Offered again, {they} resumed.",
            ),
            stay: "Keep updating".to_owned(),
            go: "Quit".to_owned(),
            then: Consequence::Effect(Box::new(Effect::Quit)),
        })
    }

    /// Asks before boards are left half written.
    #[must_use]
    pub fn quit_writing(boards: usize) -> Self {
        let (what, it) = match boards {
            1 => ("A board is".to_owned(), "It"),
            many => (format!("{many} boards are"), "They"),
        };
        Self::Question(Question {
            title: "Quit while a board is being written?".to_owned(),
            text: format!(
                "{what} being written over USB. {it} may not start until flashed again, or restored from a backup."
            ),
            stay: "Keep writing".to_owned(),
            go: "Quit".to_owned(),
            then: Consequence::Effect(Box::new(Effect::Quit)),
        })
    }

    /// Asks for the address of a device.
    #[must_use]
    pub fn add_device() -> Self {
        Self::Line(Line {
            title: "Add a device by its address".to_owned(),
            text: "For a device that the search cannot see, such as one in another network.".to_owned(),
            label: "Address".to_owned(),
            hint: "192.168.1.63 or porch.local:8080".to_owned(),
            typed: String::new(),
            go: "Add device".to_owned(),
            kind: LineKind::Address,
        })
    }

    /// Asks for the port that the monitor is to read at this rate.
    #[must_use]
    pub fn monitor_port(baud: u32) -> Self {
        Self::Line(Line {
            title: "Read another port".to_owned(),
            text: "For a port that is not listed, such as a pseudo-terminal.".to_owned(),
            label: "Path of the port".to_owned(),
            hint: if cfg!(windows) { "COM4" } else { "/dev/ttyUSB0" }.to_owned(),
            typed: String::new(),
            go: "Read port".to_owned(),
            kind: LineKind::MonitorPort(baud),
        })
    }

    /// Asks for the path of a port that is not listed.
    #[must_use]
    pub fn other_port() -> Self {
        Self::Line(Line {
            title: "Name a port".to_owned(),
            text:
                "For a port that is not listed, such as a pseudo-terminal or a serial port of this computer."
                    .to_owned(),
            label: "Port".to_owned(),
            hint: if cfg!(windows) { "COM4" } else { "/dev/ttyUSB0" }.to_owned(),
            typed: String::new(),
            go: "Add port".to_owned(),
            kind: LineKind::Port,
        })
    }

    /// Asks for the name of a chip, before all of it is erased.
    #[must_use]
    pub fn erase_chip(port: String, chip: &str) -> Self {
        Self::Line(Line {
            title: format!("Erase all of the {chip}?"),
            text: format!(
                "Everything on the board at {port} is gone then: firmware, settings, keys. It does not start until it is \
                 flashed again. Type {chip} to go on."
            ),
            label: "Name of the chip".to_owned(),
            hint: chip.to_owned(),
            typed: String::new(),
            go: "Erase it".to_owned(),
            kind: LineKind::EraseChip { port, chip: chip.to_owned() },
        })
    }

    /// Asks for the new name of a device.
    #[must_use]
    pub fn rename(device: &crate::engine::Device) -> Self {
        Self::Line(Line {
            title: format!("Rename {}", device.label()),
            text: "The device keeps its name in its flash, and announces itself with it.".to_owned(),
            label: "Name".to_owned(),
            hint: "porch-light".to_owned(),
            typed: device.name.clone(),
            go: "Rename".to_owned(),
            kind: LineKind::Name(device.id.clone()),
        })
    }
}

impl Dialog {
    /// Asks for the name of a new signer, who then perhaps signs an image.
    #[must_use]
    pub fn new_signer(taken: Vec<SignerName>, then_sign: Option<Digest>) -> Self {
        Self::Line(Line {
            title: "New signer".to_owned(),
            text: "Its key is made on this computer, and kept here for the eyes of its owner alone."
                .to_owned(),
            label: "Name of the signer".to_owned(),
            hint: "bench, or release-2026".to_owned(),
            typed: if taken.is_empty() { SignerName::usual().to_string() } else { String::new() },
            go: "Make its key".to_owned(),
            kind: LineKind::NewSigner { taken, then_sign },
        })
    }

    /// Asks for another WiFi; nothing for a device that tells of none.
    #[must_use]
    pub fn wifi(device: &crate::engine::Device) -> Option<Self> {
        WifiForm::new(device).map(Self::Wifi)
    }
}

impl Dialog {
    /// What a form is filled in for, once it is.
    fn read(&self) -> Option<Effect> {
        match self {
            Self::Question(_) => None,
            Self::Line(line) => line.read().ok(),
            Self::Wifi(form) => form.read().ok(),
            Self::Backup(form) => form.read().ok(),
            Self::Sign(form) => form.read(),
        }
    }
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Stay => {
            state.dialog = None;
            Vec::new()
        }
        Action::Typed(text) => {
            if let Some(Dialog::Line(line)) = &mut state.dialog {
                line.typed = text;
            }
            Vec::new()
        }
        Action::Wifi(form) => {
            if let Some(Dialog::Wifi(open)) = &mut state.dialog {
                *open = *form;
            }
            Vec::new()
        }
        Action::Backup(form) => {
            if let Some(Dialog::Backup(open)) = &mut state.dialog {
                *open = *form;
            }
            Vec::new()
        }
        Action::Sign(form) => {
            if let Some(Dialog::Sign(open)) = &mut state.dialog {
                *open = *form;
            }
            Vec::new()
        }
        Action::Aside(action) => state.act(*action),
        Action::Go => match state.dialog.take() {
            Some(Dialog::Question(Question { then: Consequence::Effect(effect), .. })) => vec![*effect],
            Some(Dialog::Question(Question { then: Consequence::Action(action), .. })) => state.act(*action),
            Some(form) => match form.read() {
                Some(effect) => begun(state, effect).into_iter().collect(),
                None => {
                    state.dialog = Some(form);
                    Vec::new()
                }
            },
            None => Vec::new(),
        },
    }
}

/// What takes a while is shown to be under way.
fn begun(state: &mut State, effect: Effect) -> Option<Effect> {
    match effect {
        Effect::ExportKeys { .. } => state.keys.busy = Some(Busy::Exporting),
        Effect::ImportKeys { .. } => state.keys.busy = Some(Busy::Importing),
        Effect::Usb(order) => return usb::begin(state, *order),
        _ => {}
    }
    Some(effect)
}

/// Draws the open dialog, if there is one.
pub fn draw(ui: &mut Ui, dialog: &Dialog, out: &mut Vec<state::Action>) {
    let frame = Frame::popup(ui.style()).inner_margin(20);
    let modal = Modal::new(Id::unique("dialog")).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(form_line::WIDTH);
        // In a low window, or a large scale, not all of it has room.
        let room = (ui.ctx().content_rect().height() - AROUND).max(120.0);
        let scroll = ScrollArea::vertical().max_height(room).min_scrolled_height(room);
        scroll.show(ui, |ui| match dialog {
            Dialog::Question(question) => draw_question(ui, question),
            Dialog::Line(line) => line::draw(ui, line),
            Dialog::Wifi(form) => wifi::draw(ui, form),
            Dialog::Backup(form) => backup::draw(ui, form),
            Dialog::Sign(form) => sign::draw(ui, form),
        })
    });
    if let Some(action) = modal.inner.inner {
        out.push(state::Action::Dialog(action));
    } else if modal.should_close() {
        out.push(state::Action::Dialog(Action::Stay));
    }
}

fn head(ui: &mut Ui, title: &str, text: &str) {
    say(ui, Face::Page, Tint::First, title);
    ui.add_space(2.0);
    paragraph(ui, Face::Body, Tint::Second, text);
    ui.add_space(8.0);
}

fn draw_question(ui: &mut Ui, question: &Question) -> Option<Action> {
    head(ui, &question.title, &question.text);
    hairline(ui);
    ui.add_space(8.0);
    let answers = |ui: &mut Ui| {
        let go = Press::new(Weight::Danger, &question.go).clicked(ui);
        let stay = Press::new(Weight::Secondary, &question.stay).show(ui);
        focus_first(ui, &stay);
        match (go, stay.clicked()) {
            (true, _) => Some(Action::Go),
            (false, true) => Some(Action::Stay),
            (false, false) => None,
        }
    };
    ends(ui, 32.0, answers, |_| ())
}

/// The two buttons of a form; `go` with why it cannot be pressed.
fn answers(ui: &mut Ui, go: (&str, Option<&str>), stay: &str, entered: bool) -> Option<Action> {
    let buttons = |ui: &mut Ui| {
        let go = Press::new(Weight::Primary, go.0).refused(go.1).clicked(ui);
        let stay = Press::new(Weight::Secondary, stay).clicked(ui);
        match (go || entered, stay) {
            (true, _) => Some(Action::Go),
            (false, true) => Some(Action::Stay),
            (false, false) => None,
        }
    };
    ends(ui, 32.0, buttons, |_| ())
}

/// Once, when the dialog opens.
fn focus_first(ui: &Ui, response: &egui::Response) {
    let focused = ui.memory(|memory| memory.focused()).and_then(|id| ui.read_response(id));
    // What lies under the dialog may still have it.
    if focused.is_none_or(|focused| focused.layer_id != response.layer_id) {
        response.request_focus();
    }
}
