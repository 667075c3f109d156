//! Release sources: those that are tracked with what came of their last lookups, and one more.

use egui::{Frame, Margin, Rect, Role, Sense, Ui, WidgetInfo, vec2};

use super::sources::{Action, Busy};
use crate::gui::figures::{ago, chip, percent, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::messages::sentence;
use crate::gui::shell::page_margin;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::field::{field_error, text_field, wrong_field};
use crate::gui::widgets::frame::{ends, hairline, rule, scroll};
use crate::gui::widgets::text::{Tint, icon, paragraph, say, section};
use crate::image::source::TrackedSource;

/// Draws them.
pub(super) fn draw(ui: &mut Ui, state: &State, out: &mut Vec<super::Action>) {
    let mut actions = Vec::new();
    let margin = page_margin(ui);
    Frame::new().inner_margin(Margin { left: margin, right: margin, top: 14, bottom: 0 }).show(ui, |ui| {
        let close = |ui: &mut Ui| icon_only(ui, icons::X, "Close sources").clicked();
        if ends(ui, 30.0, close, |ui| drop(say(ui, Face::Title, Tint::First, "Release sources"))) {
            actions.push(Action::Toggle);
        }
    });
    scroll(ui, |ui| {
        let text = "Looked up every 6 hours while Skylift runs. What is new is put into the library, and offered for \
                    the devices of its project.";
        paragraph(ui, Face::Body, Tint::Second, text);
        if let Some(busy) = &state.firmware.sources.busy {
            under_way(ui, busy, &mut actions);
        }
        ui.add_space(8.0);
        tracked(ui, state, &mut actions);
        rule(ui);
        one_more(ui, state, &mut actions);
    });
    out.extend(actions.into_iter().map(super::Action::Sources));
}

fn tracked(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let sources = &state.firmware.sources;
    let why_not = if sources.list.is_empty() {
        Some("There is no source yet")
    } else {
        sources.busy.is_some().then_some("Something is under way already")
    };
    let check = Press::new(Weight::Secondary, "Check now").icon(icons::ARROW_CLOCKWISE).small();
    let clicked = |ui: &mut Ui| check.refused(why_not).clicked(ui);
    if ends(ui, 28.0, clicked, |ui| drop(say(ui, Face::Section, Tint::First, "Tracked"))) {
        out.push(Action::Check);
    }
    if sources.list.is_empty() {
        paragraph(ui, Face::Body, Tint::Third, "None yet.");
    }
    for source in &sources.list {
        hairline(ui);
        ui.scope(|ui| row(ui, state, source, out));
    }
}

fn row(ui: &mut Ui, state: &State, source: &TrackedSource, out: &mut Vec<Action>) {
    let name = crate::engine::printable(&source.source.to_string());
    let remove = |ui: &mut Ui| icon_only(ui, icons::TRASH, &format!("Track {name} no more")).clicked();
    let removed = ends(ui, 28.0, remove, |ui| {
        icon(ui, icons::GLOBE_SIMPLE, Cut::Regular, 16.0, Tokens::of(ui).t3);
        say(ui, Face::Name, Tint::First, &name);
        if let Some(asset) = &source.asset {
            say(ui, Face::Mono, Tint::Third, crate::engine::printable(&asset.to_string()));
        }
    });
    if removed {
        out.push(Action::Remove(Box::new(source.clone())));
    }
    ui.spacing_mut().item_spacing.y = 2.0;
    paragraph(ui, Face::Small, Tint::Third, last_lookup(state, source));
    if let Some(problem) = &source.problem {
        ui.horizontal_top(|ui| {
            icon(ui, icons::WARNING_OCTAGON, Cut::Fill, 14.0, Tokens::of(ui).failed.ink);
            paragraph(ui, Face::Small, Tint::First, sentence(problem));
        });
    }
    ui.add_space(4.0);
}

fn last_lookup(state: &State, source: &TrackedSource) -> String {
    let has = source.found.as_ref().map(|found| {
        let version = crate::engine::printable(&format!("{} {}", found.project, found.version));
        format!("Has {version}, {}.", chip(found.chip))
    });
    let looked = match source.looked {
        Some(at) => format!("Looked up {}.", ago(at, state.now.wall)),
        None => "Not looked up yet.".to_owned(),
    };
    // That it failed and nobody has to mend it.
    let offline = source.failures > 0 && source.problem.is_none();
    let offline = if offline { " It could not be reached then; it is tried again." } else { "" };
    format!("{}{}{looked}{offline}", has.as_deref().unwrap_or_default(), if has.is_some() { " " } else { "" })
}

fn one_more(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    let sources = &state.firmware.sources;
    section(ui, "One more", "");
    let read = sources.read();
    let complaint = read.as_ref().err().filter(|complaint| !complaint.is_empty());
    let width = ui.available_width();
    say(ui, Face::Small, Tint::Third, "Project on GitHub, or https URL");
    let mut typed = sources.typed.clone();
    let field = if complaint.is_some() { wrong_field } else { text_field };
    let field = field(ui, "Project on GitHub, or https URL", &mut typed, "owner/repo", width);
    if typed != sources.typed {
        out.push(Action::Typed(typed));
    }
    // While it is typed, it is wrong most of the time.
    if let Some(complaint) = complaint.filter(|_| !field.has_focus()) {
        field_error(ui, &sentence(complaint));
    }
    say(ui, Face::Small, Tint::Third, "Asset of its releases; * stands for any characters");
    let mut asset = sources.asset.clone();
    text_field(ui, "Asset of its releases", &mut asset, "*.bin", width);
    if asset != sources.asset {
        out.push(Action::Asset(asset));
    }
    ui.add_space(6.0);
    ui.horizontal(|ui| {
        let busy = sources.busy.is_some().then_some("Something is under way already");
        let why_not = busy.or(read.is_err().then_some("Type a project or a URL first"));
        let track = Press::new(Weight::Primary, "Track").icon(icons::PLUS).refused(why_not);
        if track.hint("Looks it up now, and again and again").clicked(ui) {
            out.push(Action::Track);
        }
        let fetch = Press::new(Weight::Secondary, "Fetch once").icon(icons::DOWNLOAD_SIMPLE).refused(why_not);
        if fetch.hint("Puts its image into the library").clicked(ui) {
            out.push(Action::Fetch);
        }
    });
}

fn under_way(ui: &mut Ui, busy: &Busy, out: &mut Vec<Action>) {
    let tokens = Tokens::of(ui);
    let (words, share) = match busy {
        Busy::Checking => ("Looking sources up".to_owned(), None),
        Busy::Fetching { from, received, total: Some(total) } => {
            let hundredths = u32::try_from(*received * 100 / (*total).max(1)).unwrap_or(100).min(100);
            let words =
                format!("{}, {} of {} from {from}", percent(hundredths), size(*received), size(*total));
            (words, Some(hundredths as f32 / 100.0))
        }
        Busy::Fetching { from, received, total: None } => (format!("{} from {from}", size(*received)), None),
    };
    ui.add_space(8.0);
    let cancel = |ui: &mut Ui| Press::new(Weight::Secondary, "Cancel").small().clicked(ui);
    if ends(ui, 28.0, cancel, |ui| drop(say(ui, Face::Body, Tint::First, &words))) {
        out.push(Action::Cancel);
    }
    let (area, response) = ui.allocate_exact_size(vec2(ui.available_width(), 6.0), Sense::hover());
    ui.painter().rect_filled(area, 2.0, tokens.bg4);
    let part = Rect::from_min_size(area.min, vec2(area.width() * share.unwrap_or(0.0), area.height()));
    ui.painter().rect_filled(part, 2.0, tokens.accent);
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &words));
}
