//! The throughput of a rollout: all devices as one curve, each as a thin one, and where now is.

use egui::Ui;
use egui_plot::{Line, LineStyle, Plot, PlotPoints, VLine};

use super::Throughput;
use crate::engine::Rollout;
use crate::gui::figures::{clock_time, rate};
use crate::gui::fonts::Face;
use crate::gui::shell::is_narrow;
use crate::gui::state::State;
use crate::gui::theme::Tokens;
use crate::gui::widgets::button::link;
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, paragraph, say};

/// The axis goes on so far beyond now.
const AHEAD: f64 = 1.15;

/// Draws it.
pub(super) fn draw(ui: &mut Ui, state: &State, rollout: &Rollout) {
    let throughput = state.updates.throughput.get(&rollout.id);
    let points = throughput.map_or(&[][..], Throughput::total);
    let narrow = is_narrow(ui);
    let right = |ui: &mut Ui| {
        let copied = !narrow && link(ui, "Copy figures");
        if let Some([_, last]) = points.last().filter(|[_, last]| *last > 0.0 && !rollout.ended) {
            say(ui, Face::Small, Tint::Third, format!("now {}", rate(last * 1024.0)));
        }
        copied
    };
    let copied = ends(ui, 26.0, right, |ui| {
        say(ui, Face::Section, Tint::First, "Throughput");
        say(ui, Face::Small, Tint::Third, "KiB/s, written by the devices");
    });
    if copied {
        ui.copy_text(as_csv(points));
    }
    match throughput.filter(|_| !points.is_empty()) {
        Some(throughput) => curves(ui, throughput, points, rollout.ended),
        None => drop(paragraph(ui, Face::Body, Tint::Third, "Nothing has been written yet.")),
    }
}

fn curves(ui: &mut Ui, throughput: &Throughput, points: &[[f64; 2]], ended: bool) {
    let tokens = Tokens::of(ui);
    let peak = points.iter().map(|[_, rate]| *rate).fold(1.0, f64::max);
    let now = points.last().map_or(0.0, |[at, _]| *at);
    let total = Line::new("All devices", PlotPoints::from(points.to_vec()))
        .color(tokens.accent)
        .width(1.75)
        .fill(0.0)
        .fill_alpha(0.12);
    let thin = tokens.t3.gamma_multiply(0.55);
    let singles: Vec<_> = throughput
        .singles()
        .map(|points| Line::new("Each device", PlotPoints::from(points.to_vec())).color(thin).width(1.0))
        .collect();
    // The plot draws its grid and its figures in the colour of text that is not to be touched.
    ui.visuals_mut().widgets.noninteractive.fg_stroke.color = tokens.t3;
    Plot::new("throughput")
        .show_background(false)
        .show_axes([true, true])
        // Else it could have the focus, without a name and with nothing to do.
        .sense(egui::Sense::hover())
        .allow_zoom(false)
        .allow_drag(false)
        .allow_scroll(false)
        .allow_boxed_zoom(false)
        .show_crosshair(false)
        .show_grid([false, true])
        .grid_color(tokens.line)
        .include_x(0.0)
        .include_x((now * AHEAD).max(5.0))
        .include_y(0.0)
        .include_y(peak * AHEAD)
        .x_axis_formatter(|mark, _| {
            clock_time(std::time::Duration::try_from_secs_f64(mark.value).unwrap_or_default())
        })
        .show(ui, |plot| {
            for single in singles {
                plot.line(single);
            }
            plot.line(total);
            if !ended {
                let now = VLine::new("Now", now).color(tokens.ctl).width(1.0);
                plot.vline(now.style(LineStyle::dashed_dense()));
            }
        });
}

fn as_csv(points: &[[f64; 2]]) -> String {
    let mut text = "seconds,KiB/s\n".to_owned();
    for [at, speed] in points {
        text.push_str(&format!("{at:.2},{speed:.1}\n"));
    }
    text
}
