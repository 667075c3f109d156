//! The settings page as a whole.

use egui::{Align, CentralPanel, Frame, Key as Button, Layout, Ui, vec2};

use super::{Action, Saved, Saving};
use crate::gui::figures::size;
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::keys;
use crate::gui::messages::sentence;
use crate::gui::shell::top_bar;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link};
use crate::gui::widgets::field::{field_error, one_of, switch, text_field, wrong_field};
use crate::gui::widgets::frame::{banner, rule, scroll};
use crate::gui::widgets::text::{Tint, copyable, paragraph, say, section};
use crate::image::library::SentImages;
use crate::image::stream::Streams;
use crate::store::Key;

const THEMES: [(&str, &str); 3] = [("system", "As the system"), ("dark", "Dark"), ("light", "Light")];
const SCALES: [(&str, &str); 6] = [
    ("0.75", "75\u{202F}%"),
    ("1", "100\u{202F}%"),
    ("1.25", "125\u{202F}%"),
    ("1.5", "150\u{202F}%"),
    ("1.75", "175\u{202F}%"),
    ("2", "200\u{202F}%"),
];

const LOG_LINES: [(&str, &str); 3] = [("10000", "10,000"), ("100000", "100,000"), ("1000000", "1,000,000")];

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    top_bar(ui, "Settings", |_| ());
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        scroll(ui, |ui| {
            ui.set_max_width(760.0);
            notes(ui, state);
            section(ui, "Window", "");
            choose(ui, state, Key::Theme, &THEMES, &mut actions);
            choose(ui, state, Key::Scale, &SCALES, &mut actions);
            let kept = &state.settings.kept;
            let notifications = (Key::Notifications, kept.window.notifications);
            toggle(ui, notifications, "When an update ends and the window is not in front", &mut actions);
            rule(ui);
            section(ui, "Network", "");
            for key in [Key::HostAddress, Key::Port] {
                line(ui, state, key, &mut actions);
            }
            rule(ui);
            section(ui, "Updates", "");
            for key in [Key::Parallel, Key::Silence, Key::Comeback, Key::Probation] {
                line(ui, state, key, &mut actions);
            }
            saved(ui, state, &mut actions);
            rule(ui);
            section(ui, "USB", "");
            let backup = (Key::BackupBeforeFlash, kept.backup_before_flash);
            toggle(ui, backup, "What a board holds is read before it is overwritten", &mut actions);
            rule(ui);
            section(ui, "Monitor", "");
            choose(ui, state, Key::LogLines, &LOG_LINES, &mut actions);
            rule(ui);
            section(ui, "Toit", "");
            line(ui, state, Key::ToitSdk, &mut actions);
            rule(ui);
            let mut asked = Vec::new();
            keys::draw(ui, state, &mut asked);
            out.extend(asked.into_iter().map(state::Action::Keys));
            rule(ui);
            about(ui, state);
        });
    });
    out.extend(actions.into_iter().map(state::Action::Settings));
}

fn notes(ui: &mut Ui, state: &State) {
    let tokens = Tokens::of(ui);
    for trouble in &state.settings.trouble {
        banner(ui, tokens.failed, (icons::WARNING_OCTAGON, Cut::Fill), |ui| {
            paragraph(ui, Face::Body, Tint::First, sentence(trouble));
        });
        ui.add_space(8.0);
    }
    if state.settings.restart {
        banner(ui, tokens.updating, (icons::INFO, Cut::Regular), |ui| {
            paragraph(
                ui,
                Face::Body,
                Tint::First,
                "Network and updates take their new values when Skylift is started again.",
            );
        });
        ui.add_space(8.0);
    }
}

const fn name(key: Key) -> &'static str {
    match key {
        Key::HostAddress => "Address of this computer",
        Key::Port => "Port that images are served on",
        Key::Parallel => "Devices at the same time",
        Key::Silence => "Give up a silent device after",
        Key::Comeback => "Give up a restarting device after",
        Key::Probation => "Time to validate",
        Key::DefaultSigner => "Default signer",
        Key::BackupBeforeFlash => "Back up before flashing",
        Key::LogLines => "Lines of a board's log",
        Key::ToitSdk => "Toit SDK",
        Key::Theme => "Theme",
        Key::Scale => "Scale",
        Key::Notifications => "Desktop notifications",
    }
}

const fn unit(key: Key) -> &'static str {
    match key {
        Key::Silence | Key::Comeback | Key::Probation => "seconds",
        _ => "",
    }
}

/// The name of a setting, then whatever sets its value.
fn labelled(ui: &mut Ui, key: Key, value: impl FnOnce(&mut Ui)) {
    row(ui, (name(key), &sentence(key.about())), value);
}

/// A label of a fixed width with more to say, then whatever stands beside it.
fn row(ui: &mut Ui, (label, about): (&str, &str), value: impl FnOnce(&mut Ui)) {
    const LABEL: f32 = 240.0;
    ui.horizontal(|ui| {
        ui.set_min_height(38.0);
        ui.allocate_ui_with_layout(vec2(LABEL, 30.0), Layout::left_to_right(Align::Center), |ui| {
            ui.set_min_width(LABEL);
            say(ui, Face::Body, Tint::First, label).on_hover_text(about);
        });
        value(ui);
    });
}

fn choose(ui: &mut Ui, state: &State, key: Key, choices: &[(&'static str, &str)], out: &mut Vec<Action>) {
    let value = key.value(&state.settings.kept);
    let active = choices.iter().map(|(value, _)| *value).find(|choice| *choice == value).unwrap_or("");
    labelled(ui, key, |ui| {
        if let Some(chosen) = one_of(ui, active, choices) {
            out.push(Action::Set(key, chosen.to_owned()));
        }
    });
}

fn toggle(ui: &mut Ui, (key, on): (Key, bool), about: &str, out: &mut Vec<Action>) {
    labelled(ui, key, |ui| {
        if switch(ui, on, name(key)) {
            out.push(Action::Set(key, (!on).to_string()));
        }
        say(ui, Face::Body, Tint::Third, about);
    });
}

fn line(ui: &mut Ui, state: &State, key: Key, out: &mut Vec<Action>) {
    let view = &state.settings;
    let complaint = view.complaint(key);
    let mut text = view.text(key);
    labelled(ui, key, |ui| {
        let field = if complaint.is_some() { wrong_field } else { text_field };
        let field = field(ui, name(key), &mut text, "", 200.0);
        if field.lost_focus()
            && (view.typed.contains_key(&key) || ui.input(|input| input.key_pressed(Button::Enter)))
        {
            out.push(Action::Enter(key));
        }
        say(ui, Face::Body, Tint::Third, unit(key));
        if view.set.contains(&key) && link(ui, &format!("Reset {}", name(key).to_lowercase())) {
            out.push(Action::Reset(key));
        }
    });
    if text != view.text(key) {
        out.push(Action::Typed(key, text));
    }
    if let Some(complaint) = complaint {
        field_error(ui, &sentence(&complaint));
    }
}

/// What is kept so that updates are small, and what deleting it costs.
fn saved(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let Some(Saved { images, streams }) = state.settings.saved else { return };
    let kept = [
        (
            (Saving::Images, "Images that were sent", "Delete sent images…"),
            (images, SentImages::MOST),
            "So that the next update of a device that runs one of them can be a delta. What was dropped from the library may \
             still be among them.",
        ),
        (
            (Saving::Streams, "Compressed images and deltas", "Delete compressed images and deltas"),
            (streams, Streams::MOST),
            "They were worked out to be sent. Deleted ones are worked out anew when they are needed.",
        ),
    ];
    for ((what, label, delete), (bytes, most), about) in kept {
        row(ui, (label, about), |ui| {
            let why_not = (bytes == 0).then_some("Nothing is kept");
            let press = Press::new(Weight::Secondary, delete).icon(icons::TRASH).small();
            say(ui, Face::Body, Tint::First, format!("{} of at most {}", size(bytes), size(most)));
            if press.refused(why_not).clicked(ui) {
                out.push(Action::Clear(what));
            }
        });
    }
}

fn about(ui: &mut Ui, state: &State) {
    section(ui, "About", "");
    let folder = state.settings.folder.display().to_string();
    ui.horizontal(|ui| {
        say(ui, Face::Body, Tint::Third, "Everything is kept in");
        copyable(ui, "data folder", &folder, &folder);
    });
    let text = concat!(
        "Skylift ",
        env!("CARGO_PKG_VERSION"),
        ", MIT or Apache 2.0. Fonts: IBM Plex (SIL OFL 1.1), Phosphor icons (MIT)."
    );
    paragraph(ui, Face::Small, Tint::Third, text);
}
