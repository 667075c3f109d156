//! A field for a secret: dots, unless the eye beside it is held; and nothing of it stays when it is gone.

use egui::{Event, Id as WidgetId, Key, Response, TextEdit, Ui, text_edit::TextEditState};

use super::secret::Secret;
use crate::gui::icons;
use crate::gui::widgets::button::icon_only;
use crate::gui::widgets::field::framed_field;

/// The eye and the gap before it, in points.
const EYE: f32 = 36.0;

/// What the field is called, and how wide it is with its eye.
pub(in crate::gui) struct SecretField<'a> {
    /// Its name for screen readers; no two in a dialog have the same.
    pub(in crate::gui) name: &'a str,
    /// The name of the eye.
    pub(in crate::gui) eye: &'a str,
    /// What stands in it while it is empty.
    pub(in crate::gui) hint: &'a str,
    /// With the eye, in points.
    pub(in crate::gui) width: f32,
}

impl SecretField<'_> {
    /// Draws it; the answer is that of the field, without the eye.
    pub(in crate::gui) fn show(&self, ui: &mut Ui, secret: &mut Secret) -> Response {
        let (eye, field) = (WidgetId::unique(("eye of", self.name)), WidgetId::unique(("secret", self.name)));
        let shown = is_held(ui, eye);
        let mut typed = secret.reveal().to_owned();
        let edit = TextEdit::singleline(&mut typed).id(field).password(!shown).hint_text(self.hint);
        let response = framed_field(ui, self.name, edit, self.width - EYE);
        forget_typing(ui, field);
        ui.push_id(eye, |ui| {
            let mark = if shown { icons::EYE } else { icons::EYE_SLASH };
            let button = icon_only(ui, mark, self.eye);
            let held = button.is_pointer_button_down_on()
                || button.has_focus() && ui.input(|input| input.key_down(Key::Space));
            ui.data_mut(|data| data.insert_temp(eye, held));
            if held != shown {
                ui.request_repaint();
            }
        });
        *secret = Secret::new(typed);
        response
    }
}

/// Whether the eye is held down. Nobody holds it where no pointer and no key is.
fn is_held(ui: &Ui, eye: WidgetId) -> bool {
    ui.data(|data| data.get_temp(eye)).unwrap_or(false)
}

/// The field would keep what was typed for "undo", for as long as the window is open.
fn forget_typing(ui: &Ui, field: WidgetId) {
    if let Some(mut state) = TextEditState::load(ui.ctx(), field) {
        state.clear_undoer();
        state.store(ui.ctx(), field);
    }
    // Nor is it put into the clipboard by a slip of the hand: out of no field of this dialog.
    ui.input_mut(|input| input.events.retain(|event| !matches!(event, Event::Copy | Event::Cut)));
}
