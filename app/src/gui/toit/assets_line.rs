//! The assets of a program in the form: a file that is chosen, or typed where there is no dialog for files.

use std::path::PathBuf;

use egui::{Role, Ui, WidgetInfo};

use crate::gui::fonts::Face;
use crate::gui::icons;
use crate::gui::widgets::button::{Press, Weight, icon_only};
use crate::gui::widgets::field::text_field;
use crate::gui::widgets::frame::ends;
use crate::gui::widgets::text::{Tint, say};

/// Draws it, and changes the path; true if the dialog is wanted. `file` is the program's.
pub(super) fn draw(ui: &mut Ui, file: &str, typed: bool, assets: &mut Option<PathBuf>) -> bool {
    let mut text = assets.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let before = text.clone();
    let clicked = ends(
        ui,
        28.0,
        |ui| button(ui, file, assets.is_some()),
        |ui| {
            say(ui, Face::Small, Tint::Third, "Assets");
            if typed {
                let (name, width) = (format!("Path of the assets of {file}"), ui.available_width());
                text_field(ui, &name, &mut text, "the path of a file that Toit's assets tool writes", width);
            } else {
                chosen(ui, assets.as_ref());
            }
        },
    );
    if text != before {
        *assets = (!text.trim().is_empty()).then(|| text.into());
    } else if clicked && assets.is_some() {
        *assets = None;
        return false;
    }
    clicked
}

/// It opens the dialog, or takes away what was chosen.
fn button(ui: &mut Ui, file: &str, has_some: bool) -> bool {
    if has_some {
        return icon_only(ui, icons::X, &format!("Remove the assets of {file}")).clicked();
    }
    let press = Press::new(Weight::Secondary, "Assets…").small();
    let response = press.hint("A file that Toit's assets tool writes").show(ui);
    // Each program has such a button.
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, format!("Assets of {file}…")));
    response.clicked()
}

fn chosen(ui: &mut Ui, assets: Option<&PathBuf>) {
    match assets {
        Some(path) => {
            let name = path.file_name().unwrap_or(path.as_os_str()).to_string_lossy();
            say(ui, Face::Name, Tint::First, name).on_hover_text(path.display().to_string());
        }
        None => drop(say(ui, Face::Small, Tint::Third, "none")),
    }
}
