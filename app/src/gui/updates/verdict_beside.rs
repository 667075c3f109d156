//! What happened in an update, step by step with times, and what is in the device's flash now.

use std::time::{Duration, SystemTime};

use egui::{Align, Frame, Layout, Margin, Panel, Ui};
use skylift_protocol::{Encoding, Protection};

use super::airtime;
use crate::engine::{Happening, Job, Plan, Step, Verdict};
use crate::gui::figures::{clock, fine_size, foretold, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::Mark;
use crate::gui::shell::{Side, edge, page_margin};
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::frame::{ends, rule};
use crate::gui::widgets::slot_card::slot_card;
use crate::gui::widgets::slots::slots_of;
use crate::gui::widgets::state::{icon_of, tone_of};
use crate::gui::widgets::text::{Tint, icon, say, section};

/// A shorter time is not told.
const LEAST: Duration = Duration::from_millis(50);

/// Draws it as a panel at the right.
pub(super) fn draw(ui: &mut Ui, state: &State, job: &Job) {
    let margin = page_margin(ui);
    Panel::right("what happened")
        .exact_size(400.0)
        .resizable(false)
        .show_separator_line(false)
        .frame(Frame::new().fill(Tokens::of(ui).bg1).inner_margin(Margin::symmetric(margin, 16)))
        .show(ui, |ui| {
            edge(ui, Side::Left);
            egui::ScrollArea::vertical().auto_shrink(false).show(ui, |ui| contents(ui, state, job));
        });
}

/// The same without the panel.
pub(super) fn contents(ui: &mut Ui, state: &State, job: &Job) {
    what_happened(ui, state, job);
    let device = state.engine.device(&job.device);
    if let Some(status) = device.and_then(|device| device.status.as_ref()) {
        rule(ui);
        let protection = match status.protection {
            Protection::Guard => "protected by Skylift's guard",
            Protection::Bootloader => "protected by its bootloader",
            Protection::Unknown => "protection unknown",
        };
        section(ui, "Flash now", protection);
        for slot in slots_of(status, job.verdict.is_none()) {
            slot_card(ui, &slot, false);
        }
    }
}

fn what_happened(ui: &mut Ui, state: &State, job: &Job) {
    section(ui, "What happened", "");
    ui.add_space(6.0);
    let moments = state.updates.moments.get(&job.id);
    let tokens = Tokens::of(ui);
    // What was under way when it ended has not been done, unless all went well.
    let went_well = matches!(job.verdict, Some(Verdict::Validated | Verdict::ValidatedInferred));
    let entered = |happening: &Happening| matches!(happening, Happening::Entered(_));
    let last = job.history.iter().rposition(entered).filter(|_| !went_well);
    for (place, happening) in job.history.iter().enumerate() {
        let at = moments.and_then(|moments| moments.at(place));
        let lasted = moments.and_then(|moments| moments.lasted(place));
        // What was over in no time is a remark, not a step.
        let lasted = lasted.filter(|time| entered(happening) && *time >= LEAST);
        let (title, text) = told(happening, job);
        let mark = if last == Some(place) {
            (icons::CIRCLE_DASHED, Cut::Regular, tokens.t3)
        } else {
            (icons::CHECK, Cut::Regular, tokens.valid.ink)
        };
        moment(ui, at, lasted, mark, (title, &text));
    }
    if let Some(verdict) = &job.verdict {
        let mark = Mark::of_verdict(verdict);
        let (symbol, cut) = icon_of(mark.look());
        let at = moments.and_then(|moments| moments.verdict);
        let whole = moments.and_then(super::Moments::took);
        let text = whole.map(|whole| format!("After {:.1} s", whole.as_secs_f32())).unwrap_or_default();
        let ink = tone_of(mark.look(), tokens).ink;
        moment(ui, at, None, (symbol, cut, ink), (mark.word(), &text));
    }
}

fn moment(
    ui: &mut Ui,
    at: Option<SystemTime>,
    lasted: Option<Duration>,
    (symbol, cut, ink): (&str, Cut, egui::Color32),
    (title, text): (&str, &str),
) {
    let height = if text.is_empty() { 24.0 } else { 40.0 };
    let lasts = |ui: &mut Ui| {
        ui.with_layout(Layout::right_to_left(Align::Min), |ui| {
            if let Some(lasted) = lasted {
                say(ui, Face::Small, Tint::Third, format!("{:.1} s", lasted.as_secs_f32()));
            }
        });
    };
    ends(ui, height, lasts, |ui| {
        ui.with_layout(Layout::left_to_right(Align::Min), |ui| {
            ui.spacing_mut().item_spacing.x = 10.0;
            say(ui, Face::Mono, Tint::Third, at.map_or_else(|| "–".to_owned(), clock));
            icon(ui, symbol, cut, 14.0, ink);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = 1.0;
                say(ui, Face::Name, Tint::First, title);
                if !text.is_empty() {
                    say(ui, Face::Small, Tint::Third, text);
                }
            });
        });
    });
}

fn told(happening: &Happening, job: &Job) -> (&'static str, String) {
    match happening {
        Happening::Entered(Step::Preparing) => {
            ("Prepared", format!("{} checked against the device", size(u64::from(job.image.size))))
        }
        Happening::Entered(Step::Offered) => ("Offered", offered(job)),
        Happening::Entered(Step::Downloading) => {
            ("Downloaded", "Written as it arrived, each block read back".to_owned())
        }
        Happening::Entered(Step::Verifying) => ("Verified", "The whole slot read back".to_owned()),
        Happening::Entered(Step::Rebooting) => ("Restarted", format!("Into {}", job.image.version)),
        Happening::Entered(Step::PendingValidation) => {
            ("On probation", "It checks its network and its API".to_owned())
        }
        Happening::Reached(at) => ("Reached this computer", format!("At {at}")),
        Happening::Pushes(_) => {
            ("Pushed instead", "The device reaches this computer at none of its addresses".to_owned())
        }
        Happening::Planned(plan) => ("Planned", planned(plan)),
        Happening::FellBack { to, why, .. } => ("Sent another way", format!("{}, {why}", airtime::name(*to))),
        Happening::Resumed(at) => ("Resumed", format!("At {}", size(u64::from(*at)))),
        Happening::PowerLost => ("Lost power", "Offered again, and resumed".to_owned()),
        Happening::SentAgain(percent) => {
            ("Sent again", format!("The connection broke at {percent}\u{202F}%"))
        }
        Happening::Withdrawn => ("Called back", String::new()),
        Happening::TooLateToCancel => {
            ("Too late to cancel", "The device had the whole image already".to_owned())
        }
        Happening::SeenAgain => ("Seen again", String::new()),
        Happening::Trusts(signers) => ("Other signers", format!("Takes images of {signers} only")),
    }
}

/// `Delta, 3.1 KiB of 1.13 MiB`.
fn offered(job: &Job) -> String {
    job.sending.map_or_else(String::new, |sending| {
        let whole = size(u64::from(job.image.size));
        match sending.encoding {
            Encoding::Raw => format!("Raw, {whole}"),
            way => format!("{}, {} of {whole}", airtime::name(way), fine_size(u64::from(sending.bytes))),
        }
    })
}

/// `Delta, 3.1 KiB, about 6.2 s`.
fn planned(plan: &Plan) -> String {
    let way = airtime::name(plan.chosen);
    let figures = plan
        .cost()
        .map(|cost| format!(", {}, about {}", fine_size(u64::from(cost.bytes)), foretold(cost.seconds)));
    format!("{way}{}", figures.unwrap_or_default())
}
