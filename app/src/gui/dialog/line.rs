//! A line to be typed: the address of a device, its new name, the name of a signer.

use egui::{Key, Ui};
use skylift_protocol::{Digest, Name};

use super::{Action, answers, focus_first, head};
use crate::engine::{Action as DeviceAction, Target};
use crate::gui::effect::Effect;
use crate::gui::monitor;
use crate::gui::usb::choices::Reach;
use crate::gui::usb::order::{Order, Task};
use crate::gui::widgets::field::{field_error, text_field, wrong_field};
use crate::image::sign::SignerName;

/// A line to be typed, checked at each key.
#[derive(Clone, Debug)]
pub struct Line {
    /// What is asked for.
    pub title: String,
    /// What it is for.
    pub text: String,
    /// What goes before the field, and is its name for screen readers.
    pub label: String,
    /// An example.
    pub hint: String,
    /// What has been typed.
    pub typed: String,
    /// The button.
    pub go: String,
    /// What it becomes.
    pub kind: LineKind,
}

/// What a typed line becomes.
#[derive(Clone, Debug)]
pub enum LineKind {
    /// The address of a device to add.
    Address,
    /// The path of a port.
    Port,
    /// The name of the chip on a port, all of which is erased.
    EraseChip {
        /// The port.
        port: String,
        /// What must be typed.
        chip: String,
    },
    /// The new name of a device.
    Name(skylift_protocol::Id),
    /// The path of a port that the monitor is to read at this rate.
    MonitorPort(u32),
    /// The name of a new signer.
    NewSigner {
        /// Names that are taken.
        taken: Vec<SignerName>,
        /// The image that it signs then.
        then_sign: Option<Digest>,
    },
}

impl Line {
    /// What is to be done with what was typed; or what is wrong with it.
    pub(super) fn read(&self) -> Result<Effect, String> {
        let typed = self.typed.trim();
        if typed.is_empty() {
            return Err(String::new());
        }
        match &self.kind {
            LineKind::Address => match typed.parse::<Target>() {
                Ok(target @ Target::At(_)) => Ok(Effect::AddDevice(target)),
                Ok(Target::Called(_)) => {
                    Err("not an address: 192.168.1.63, porch.local or either with a port".to_owned())
                }
                Err(error) => Err(error.to_string()),
            },
            LineKind::Port => Ok(Effect::Usb(Box::new(Order::Name(typed.to_owned())))),
            LineKind::EraseChip { port, chip } if typed.eq_ignore_ascii_case(chip) => {
                let (port, task) = (port.clone(), Task::EraseAll);
                Ok(Effect::Usb(Box::new(Order::Work {
                    job: 0,
                    port,
                    task,
                    board: None,
                    reach: Reach::default(),
                })))
            }
            LineKind::EraseChip { chip, .. } => Err(format!("type {chip}, or leave it")),
            LineKind::Name(device) => match Name::try_from(typed) {
                Ok(name) => Ok(Effect::Act(device.clone(), DeviceAction::Rename(name))),
                Err(_) => Err("too long".to_owned()),
            },
            LineKind::MonitorPort(baud) => {
                Ok(Effect::Monitor(monitor::Order::Open { path: typed.to_owned(), baud: *baud }))
            }
            LineKind::NewSigner { taken, then_sign } => match typed.parse::<SignerName>() {
                Ok(name) if taken.contains(&name) => Err("there is a signer of this name already".to_owned()),
                Ok(name) => Ok(Effect::NewSigner { name, then_sign: *then_sign }),
                Err(_) => Err("up to 32 letters, digits, - and _, and dots between them".to_owned()),
            },
        }
    }
}

/// Draws it.
pub(super) fn draw(ui: &mut Ui, line: &Line) -> Option<Action> {
    head(ui, &line.title, &line.text);
    let read = line.read();
    let complaint = read.as_ref().err().filter(|complaint| !complaint.is_empty());
    let mut typed = line.typed.clone();
    let field = if complaint.is_some() { wrong_field } else { text_field };
    let field = field(ui, &line.label, &mut typed, &line.hint, 400.0);
    // Before the field gets the focus back.
    let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
    focus_first(ui, &field);
    match complaint {
        Some(complaint) => field_error(ui, complaint),
        None => ui.add_space(20.0),
    }
    ui.add_space(8.0);
    let why_not = read.is_err().then_some("Type it first");
    let answer = answers(ui, (&line.go, why_not), "Cancel", entered && read.is_ok());
    if typed != line.typed { Some(Action::Typed(typed)) } else { answer }
}
