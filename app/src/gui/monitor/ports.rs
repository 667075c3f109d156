//! The ports that the monitor can read: those of the USB page.

use egui::Ui;

use super::{Action, Link};
use crate::gui::icons;
use crate::gui::state::State;
use crate::gui::usb::Bench;
use crate::gui::widgets::dropdown::{Choice, dropdown};

/// What is chosen from the list.
#[derive(Clone, Debug)]
enum Chosen {
    /// A port, by its path.
    Port(String),
    /// One that is not listed.
    Other,
    /// None any more.
    Close,
}

/// What people call a port: what is behind it, and the end of its path.
#[must_use]
pub(super) fn name(state: &State, path: &str) -> String {
    state.usb.bench(path).map_or_else(|| short(path).to_owned(), name_of)
}

/// The same for one that is listed. Of a port without USB, nothing more is known than its path.
#[must_use]
pub(super) fn name_of(bench: &Bench) -> String {
    if bench.port.usb().is_none() {
        return short(bench.path()).to_owned();
    }
    let name = bench.name();
    let kind = name.split(", ").next().unwrap_or(&name);
    format!("{kind} on {}", short(bench.path()))
}

/// `ttyACM0`, and `pts/5`: what tells ports apart.
fn short(path: &str) -> &str {
    path.strip_prefix("/dev/").unwrap_or(path)
}

/// The field that they are chosen with.
pub(super) fn chooser(ui: &mut Ui, state: &State, width: f32, out: &mut Vec<Action>) {
    let view = &state.monitor;
    let shown = view.port.as_ref().map_or_else(|| "Choose a port".to_owned(), |path| name(state, path));
    let mut choices: Vec<_> = state.usb.ports.iter().map(choice).collect();
    choices.push(Choice { value: Chosen::Other, name: "Other port…".to_owned(), remark: String::new() });
    if view.has_begun() && view.link != Link::Closed {
        choices.push(Choice {
            value: Chosen::Close,
            name: "Close the port".to_owned(),
            remark: String::new(),
        });
    }
    let chosen = dropdown(ui, ("Port", icons::USB), (&shown, ""), &choices, width);
    out.extend(chosen.map(|chosen| match chosen {
        Chosen::Port(path) => Action::Open(path),
        Chosen::Other => Action::NamePort,
        Chosen::Close => Action::Close,
    }));
}

fn choice(bench: &Bench) -> Choice<Chosen> {
    use crate::usb::ports::State::{Gone, InUse, NoPermission, Ready};
    let remark = match &bench.state {
        Ready => "",
        // This window may hold it itself.
        InUse { by: Some(holder) } if holder.is_us() => "",
        InUse { .. } => "in use",
        NoPermission(_) => "no permission",
        Gone => "gone",
    };
    Choice { value: Chosen::Port(bench.path().to_owned()), name: name_of(bench), remark: remark.to_owned() }
}
