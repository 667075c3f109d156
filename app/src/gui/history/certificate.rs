//! One proof in detail: which update, how often the power was cut, and what is to be known besides.

use egui::{Frame, Margin, Ui};

use crate::gui::figures::{clock_time, day_and_time, grouped, short_digest, size};
use crate::gui::firmware::survived;
use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::mark::Look;
use crate::gui::messages::sentence;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::frame::{banner, rule, scroll};
use crate::gui::widgets::state::{icon_of, pill, tone_of};
use crate::gui::widgets::text::{Tint, copyable, fact, fact_row, paragraph, say, section};
use crate::store::{Certified, CertifiedImage};

/// How a proof is marked, and its word.
pub(super) const fn look_of(certified: &Certified) -> (Look, &'static str) {
    if certified.holds() { (Look::Valid, "Survived") } else { (Look::Failed, "Not survived") }
}

/// `climate 1.8.0 → 1.9.0`.
pub(super) fn title(certified: &Certified) -> String {
    let Certified { old, new, .. } = certified;
    let project = if old.project == new.project { String::new() } else { format!("{} ", new.project) };
    format!("{} {} {} {project}{}", old.project, old.version, icons::ARROW_RIGHT, new.version)
}

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, certified: &Certified) {
    let margin = page_margin(ui);
    let (look, word) = look_of(certified);
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 0 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            say(ui, Face::Title, Tint::First, title(certified));
            pill(ui, look, word);
        });
        ui.add_space(8.0);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = 28.0;
            fact(ui, "Proven", &day_and_time(certified.at, state.now.wall));
            fact(ui, "Took", &clock_time(certified.took));
            fact(ui, "Power cuts", &grouped(certified.points as u64));
            fact(ui, "Bootloader", &certified.bootloader);
        });
    });
    scroll(ui, |ui| {
        banner(ui, tone_of(look, Tokens::of(ui)), icon_of(look), |ui| {
            say(ui, Face::Section, Tint::First, survived(certified));
            let text = "Power was cut before, inside and after every flash operation of the update, on the real updater. \
                        After each cut a complete image had to boot, and the update had to succeed in the end.";
            paragraph(ui, Face::Body, Tint::Second, text);
        });
        for finding in &certified.findings {
            ui.add_space(6.0);
            paragraph(ui, Face::Body, Tint::Second, sentence(finding));
        }
        rule(ui);
        image(ui, "From", &certified.old);
        rule(ui);
        image(ui, "To", &certified.new);
        rule(ui);
        section(ui, "Made with", "");
        ui.spacing_mut().item_spacing.y = 0.0;
        let mut value =
            |name: &str, text: &str| fact_row(ui, name, |ui| drop(say(ui, Face::Body, Tint::First, text)));
        value("Skylift", &certified.skylift);
        value("Chip", &certified.chip);
        value("Seed", &certified.seed.to_string());
        let table = &certified.table_sha256;
        fact_row(ui, "Partition table", |ui| {
            drop(copyable(ui, "digest of the partition table", &short_digest(table), table));
        });
    });
}

fn image(ui: &mut Ui, which: &str, image: &CertifiedImage) {
    section(ui, which, &format!("{} {}, {}", image.project, image.version, size(image.size as u64)));
    ui.spacing_mut().item_spacing.y = 0.0;
    for (name, digest) in [("SHA-256 of image", &image.image_sha256), ("SHA-256 of file", &image.file_sha256)]
    {
        fact_row(ui, name, |ui| drop(copyable(ui, name, &short_digest(digest), digest)));
    }
}
