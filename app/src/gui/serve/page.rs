//! The serving page as a whole: what is served, where, and who fetches it.

use egui::{Align, CentralPanel, Frame, Layout, Ui};

use super::clients::Client;
use super::{Action, entry_of, name_of, transfers};
use crate::engine::{Audience, Serving};
use crate::gui::figures::{chip, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::page::Page;
use crate::gui::shell::top_bar;
use crate::gui::state::{self, State};
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, link, primary};
use crate::gui::widgets::field::one_of;
use crate::gui::widgets::frame::{banner, empty, hairline, rule, scroll};
use crate::gui::widgets::text::{Tint, copyable, paragraph, say, section};

/// Draws the page.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<state::Action>) {
    let mut actions = Vec::new();
    let serving = state.engine.serving.as_deref();
    top_bar(ui, "Serve", |ui| {
        if serving.is_some() && Press::new(Weight::Danger, "Stop serving").icon(icons::STOP).clicked(ui) {
            actions.push(Action::Stop);
        }
    });
    CentralPanel::default().frame(Frame::new().fill(Tokens::of(ui).bg1)).show(ui, |ui| {
        if state.firmware.entries.is_empty() && serving.is_none() {
            nothing(ui, out);
            return;
        }
        scroll(ui, |ui| {
            match serving {
                Some(serving) => served(ui, state, serving, &mut actions),
                None => choose(ui, state, &mut actions),
            }
            rule(ui);
            transfers::draw(ui, state);
        });
    });
    out.extend(actions.into_iter().map(state::Action::Serve));
}

fn nothing(ui: &mut Ui, out: &mut Vec<state::Action>) {
    let sentence = "Plain serving offers one image at a fixed address to devices that fetch on their own, such as those with \
                    esp_https_ota. It needs an image first.";
    empty(ui, icons::BROADCAST, "Nothing to serve yet", sentence, |ui| {
        if primary(ui, icons::PACKAGE, "Open firmware") {
            out.push(state::Action::Go(Page::Firmware));
        }
    });
}

fn choose(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    section(ui, "Serve an image at a fixed address", "");
    paragraph(
        ui,
        Face::Body,
        Tint::Second,
        "For devices that fetch on their own. Whoever is on the network can fetch it too, and Skylift cannot know what \
         became of it on a device that does not say.",
    );
    ui.add_space(8.0);
    for entry in &state.firmware.entries {
        hairline(ui);
        ui.horizontal(|ui| {
            ui.set_min_height(40.0);
            say(ui, Face::Name, Tint::First, format!("{} {}", entry.project, entry.version));
            say(
                ui,
                Face::Body,
                Tint::Third,
                format!("{}, {}", chip(entry.chip), size(u64::from(entry.size))),
            );
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                let name = format!("Serve {} {}", entry.project, entry.version);
                let press = Press::new(Weight::Secondary, &name).icon(icons::BROADCAST).small();
                if press.clicked(ui) {
                    out.push(Action::Start(entry.file_sha256));
                }
            });
        });
    }
}

/// Only this computer itself reaches such an address.
fn is_loopback(url: &str) -> bool {
    url.starts_with("http://127.")
}

fn served(ui: &mut Ui, state: &State, serving: &Serving, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    say(ui, Face::Title, Tint::First, format!("Serving {}", name_of(state, serving)));
    if let Some(entry) = entry_of(state, serving) {
        let about = format!("{}, {}", chip(entry.chip), size(u64::from(entry.size)));
        say(ui, Face::Body, Tint::Third, about);
    }
    ui.add_space(8.0);
    if let Some(listening) = state.engine.listening
        && let Some(wanted) = listening.instead_of
    {
        banner(ui, tokens.pending, (icons::WARNING_OCTAGON, Cut::Fill), |ui| {
            let text = format!(
                "Port {wanted} is used by another program, so this is port {}. A firewall rule for port {wanted} does not \
                 help here; Settings has the port.",
                listening.address.port()
            );
            paragraph(ui, Face::Body, Tint::First, text);
        });
    }
    if serving.audience == Audience::ThisComputer {
        paragraph(ui, Face::Body, Tint::Second, "Only this computer itself reaches it.");
    }
    for url in &serving.urls {
        ui.horizontal(|ui| {
            ui.set_min_height(26.0);
            copyable(ui, &format!("URL {url}"), url, url);
            if is_loopback(url) {
                say(ui, Face::Small, Tint::Third, "for devices simulated on this computer");
            }
        });
    }
    let Some(url) = serving.urls.iter().find(|url| !is_loopback(url)).or(serving.urls.first()) else {
        paragraph(ui, Face::Body, Tint::Second, "This computer has no address that a device could reach.");
        return;
    };
    ui.add_space(10.0);
    section(
        ui,
        "Lines for a device",
        "fetches, and switches to it; the device itself must keep it or go back",
    );
    ui.horizontal(|ui| {
        if let Some(client) = one_of(ui, state.serve.client, &Client::ALL) {
            out.push(Action::Client(client));
        }
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if link(ui, "Copy lines") {
                ui.copy_text(state.serve.client.lines(url));
            }
        });
    });
    Frame::new().fill(tokens.bgx).corner_radius(6).inner_margin(12).show(ui, |ui| {
        ui.set_min_width(ui.available_width());
        let lines = Face::Mono.text(state.serve.client.lines(url)).color(tokens.t1);
        ui.add(egui::Label::new(lines).wrap().selectable(true));
    });
}
