//! Who fetches what from this computer, the latest first.

use egui::{Align, Layout, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::figures::{clock, clock_time, percent, size};
use crate::gui::fonts::{Cut, Face};
use crate::gui::icons;
use crate::gui::mark::{Grey, Look};
use crate::gui::shell::is_narrow;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::frame::hairline;
use crate::gui::widgets::state::{marked, state_mark};
use crate::gui::widgets::text::{Tint, paragraph, say, section};
use crate::server::{AbortReason, Transfer, TransferState};

/// More are not drawn.
const MOST: usize = 200;

/// Draws them.
pub(super) fn draw(ui: &mut Ui, state: &State) {
    let transfers = &state.engine.transfers.transfers;
    section(ui, "Transfers", "what has left this computer, updates included");
    if transfers.is_empty() {
        paragraph(ui, Face::Body, Tint::Third, "Nobody has fetched anything yet.");
        return;
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    for transfer in transfers.iter().rev().take(MOST) {
        hairline(ui);
        row(ui, transfer);
    }
}

const fn look_of(state: &TransferState) -> (Look, &'static str) {
    match state {
        TransferState::Running => (Look::Updating, "Running"),
        TransferState::Finished => (Look::Grey(Grey::Cancelled), "Sent"),
        TransferState::Aborted(AbortReason::ConnectionLost) => (Look::Failed, "Link lost"),
        TransferState::Aborted(AbortReason::Stalled) => (Look::Failed, "Stalled"),
        TransferState::Aborted(AbortReason::Withdrawn | AbortReason::ServerStopped) => {
            (Look::Grey(Grey::Cancelled), "Withdrawn")
        }
    }
}

fn row(ui: &mut Ui, transfer: &Transfer) {
    let (look, word) = look_of(&transfer.state);
    let narrow = is_narrow(ui);
    ui.horizontal(|ui| {
        ui.set_min_height(36.0);
        say(ui, Face::Mono, Tint::Third, clock(transfer.started_at));
        cell(ui, 124.0, |ui| drop(say(ui, Face::Mono, Tint::First, transfer.peer.ip().to_string())));
        bar(ui, transfer, if narrow { 90.0 } else { 180.0 });
        cell(ui, 104.0, |ui| match transfer.state {
            TransferState::Finished => {
                marked(ui, (icons::CHECK, Cut::Regular), Tokens::of(ui).t2, word);
            }
            _ => drop(state_mark(ui, look, word)),
        });
        let done = transfer.start + transfer.sent;
        let share = u32::try_from(done * 100 / transfer.image_length.max(1)).unwrap_or(100);
        let text = format!("{}, {} of {}", percent(share), size(done), size(transfer.image_length));
        say(ui, Face::Body, Tint::Second, text);
        if let Some(took) = transfer.took.filter(|_| !narrow) {
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                say(ui, Face::Small, Tint::Third, format!("took {}", clock_time(took)));
            });
        }
    });
}

/// What was there before is dim, what was sent now is not, until it is over.
fn bar(ui: &mut Ui, transfer: &Transfer, width: f32) {
    let tokens = Tokens::of(ui);
    let (area, response) = ui.allocate_exact_size(vec2(width, 8.0), Sense::hover());
    let x = |bytes: u64| {
        let share = bytes as f32 / transfer.image_length.max(1) as f32;
        area.left() + area.width() * share.min(1.0)
    };
    let (begin, end) = (x(transfer.start), x(transfer.start + transfer.sent));
    let running = transfer.state == TransferState::Running;
    let ink = if running { tokens.accent } else { tokens.accent_dim };
    ui.painter().rect_filled(area, 2.0, tokens.bg4);
    ui.painter().rect_filled(area.with_max_x(begin), 2.0, tokens.accent_dim);
    ui.painter().rect_filled(area.with_min_x(begin).with_max_x(end), 2.0, ink);
    let (_, word) = look_of(&transfer.state);
    let name = format!("Transfer to {}, {}", transfer.peer.ip(), word.to_lowercase());
    response.widget_info(|| WidgetInfo::labeled(Role::ProgressIndicator, true, &name));
}

fn cell(ui: &mut Ui, width: f32, contents: impl FnOnce(&mut Ui)) {
    ui.allocate_ui_with_layout(vec2(width, 24.0), Layout::left_to_right(Align::Center), |ui| {
        ui.set_min_width(width);
        ui.spacing_mut().interact_size.y = 20.0;
        contents(ui);
    });
}
