//! The form that writes the keys of devices into a file with a passphrase, or takes them from one.

use std::path::PathBuf;

use egui::{Key, Ui};

use super::form_line::{FIELD, below, flaw, line};
use super::secret::Secret;
use super::secret_field::SecretField;
use super::strength::{self, Strength};
use super::{Action, answers, focus_first, head};
use crate::gui::effect::Effect;
use crate::gui::fonts::{Cut, Face};
use crate::gui::widgets::button::{Press, Weight};
use crate::gui::widgets::field::{switch, text_field, wrong_field};
use crate::gui::widgets::frame::banner;
use crate::gui::widgets::text::{Tint, paragraph, say};
use crate::gui::{icons, keys, state, theme::Tokens};
use crate::store::Passphrase;

/// The button beside the file, with the gap before it, in points.
const CHOOSE: f32 = 87.0;

/// Which way the keys go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// Into a file.
    Export,
    /// From a file.
    Import {
        /// Keys in the file take the place of others that are here.
        replace: bool,
    },
}

/// The form, as far as it is filled in. It goes when the dialog closes, and the passphrase with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupForm {
    /// Which way.
    pub way: Way,
    /// The file.
    pub file: String,
    /// What opens it.
    pub passphrase: Secret,
    /// The same once more, for a file that is written.
    pub again: Secret,
    /// Why it was in vain the last time.
    pub complaint: Option<String>,
}

/// What is wrong with each field.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Flaws {
    file: Option<String>,
    again: Option<String>,
}

impl BackupForm {
    /// An empty one.
    #[must_use]
    pub fn new(way: Way) -> Self {
        Self {
            way,
            file: String::new(),
            passphrase: Secret::default(),
            again: Secret::default(),
            complaint: None,
        }
    }

    /// What is to be done, once everything is filled in.
    pub(super) fn read(&self) -> Result<Effect, Flaws> {
        let path = PathBuf::from(self.file.trim());
        let flaws = Flaws {
            file: (!path.is_absolute()).then(|| "the whole path, from the root on".to_owned()),
            again: self.is_other().then(|| "these are two passphrases".to_owned()),
        };
        let secret = self.passphrase.reveal();
        let is_long_enough = match self.way {
            Way::Export => !matches!(Strength::of(secret), Strength::TooShort(_)),
            Way::Import { .. } => !secret.is_empty(),
        };
        if flaws != Flaws::default() || !is_long_enough {
            return Err(flaws);
        }
        let passphrase = Passphrase::new(secret.to_owned());
        Ok(match self.way {
            Way::Export => Effect::ExportKeys { path, passphrase },
            Way::Import { replace } => Effect::ImportKeys { path, passphrase, replace },
        })
    }

    /// What is typed twice has to be the same: nobody could open the file by a slip.
    fn is_other(&self) -> bool {
        self.way == Way::Export && self.again != self.passphrase
    }

    const fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self.way {
            Way::Export => (
                "Export the keys of devices",
                "They go into a file that only the passphrase opens, here and with the program age. Who has both can \
                 give these devices orders.",
                "Export",
            ),
            Way::Import { .. } => (
                "Import keys of devices",
                "From a file that Skylift has exported, with the passphrase that was chosen then.",
                "Import",
            ),
        }
    }
}

/// Draws it.
pub(super) fn draw(ui: &mut Ui, form: &BackupForm) -> Option<Action> {
    let read = form.read();
    let (title, text, go) = form.words();
    head(ui, title, text);
    if let Some(complaint) = &form.complaint {
        let tone = Tokens::of(ui).failed;
        banner(ui, tone, (icons::WARNING_OCTAGON, Cut::Fill), |ui| {
            paragraph(ui, Face::Body, Tint::First, complaint);
        });
        ui.add_space(8.0);
    }
    let mut now = form.clone();
    let flaws = read.as_ref().err();
    let picks = file_line(ui, &mut now, flaws.and_then(|flaws| flaws.file.clone()));
    let mut left = passphrase_lines(ui, &mut now, flaws.and_then(|flaws| flaws.again.clone()));
    left &= ui.input(|input| input.key_pressed(Key::Enter));
    ui.add_space(8.0);
    let why_not = read.is_err().then_some("Fill in the file and the passphrase first");
    let answer = answers(ui, (go, why_not), "Cancel", left && read.is_ok());
    if now != *form {
        Some(Action::Backup(Box::new(now)))
    } else if picks {
        Some(Action::Aside(Box::new(state::Action::Keys(keys::Action::PickFile))))
    } else {
        answer
    }
}

/// True if the dialog of the system is wanted.
fn file_line(ui: &mut Ui, form: &mut BackupForm, complaint: Option<String>) -> bool {
    let mut picks = false;
    let mut shown = complaint.filter(|_| !form.file.is_empty());
    line(ui, "File", |ui| {
        let field = if shown.is_some() { wrong_field } else { text_field };
        let field = field(ui, "Path of the file", &mut form.file, "skylift-keys.age", FIELD - CHOOSE);
        focus_first(ui, &field);
        shown = shown.take().filter(|_| !field.has_focus());
        picks = Press::new(Weight::Secondary, "Choose…").clicked(ui);
    });
    flaw(ui, shown);
    picks
}

/// True if the last field was just left.
fn passphrase_lines(ui: &mut Ui, form: &mut BackupForm, complaint: Option<String>) -> bool {
    let field = |name, eye| SecretField { name, eye, hint: "", width: FIELD };
    let mut left = false;
    line(ui, "Passphrase", |ui| {
        left =
            field("Passphrase", "Show the passphrase while held").show(ui, &mut form.passphrase).lost_focus();
    });
    match &mut form.way {
        Way::Import { replace } => {
            ui.add_space(6.0);
            ui.horizontal(|ui| {
                let name = "Keys in the file replace others that are here";
                if switch(ui, *replace, name) {
                    *replace = !*replace;
                }
                say(ui, Face::Body, Tint::First, name);
            });
            left
        }
        Way::Export => {
            below(ui, |ui| strength::draw(ui, Strength::of(form.passphrase.reveal())));
            let (mut left, mut shown) = (false, complaint.filter(|_| form.again != Secret::default()));
            line(ui, "Once more", |ui| {
                let repeated = field("Passphrase once more", "Show it once more while held");
                let repeated = repeated.show(ui, &mut form.again);
                left = repeated.lost_focus();
                shown = shown.take().filter(|_| !repeated.has_focus());
            });
            flaw(ui, shown);
            left
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(way: Way, passphrase: &str, again: &str) -> BackupForm {
        BackupForm {
            file: "/home/ada/keys.age".to_owned(),
            passphrase: Secret::new(passphrase.to_owned()),
            again: Secret::new(again.to_owned()),
            ..BackupForm::new(way)
        }
    }

    #[test]
    fn a_passphrase_for_a_new_file_is_long_enough_and_typed_twice() {
        let read = |passphrase, again| filled(Way::Export, passphrase, again).read();
        assert!(matches!(read("correct horse", "correct horse"), Ok(Effect::ExportKeys { .. })));
        assert!(read("correct horse", "correct house").is_err_and(|flaws| flaws.again.is_some()));
        assert_eq!(read("short", "short").unwrap_err(), Flaws::default());
    }

    #[test]
    fn a_file_is_opened_with_whatever_it_was_closed_with() {
        let form = filled(Way::Import { replace: true }, "x", "");
        let Ok(Effect::ImportKeys { path, replace, .. }) = form.read() else { panic!("it is filled in") };
        assert!(replace && path.ends_with("keys.age"));
        assert!(filled(form.way, "", "").read().is_err());
        let relative = BackupForm { file: "keys.age".to_owned(), ..form };
        assert!(relative.read().is_err_and(|flaws| flaws.file.is_some()));
    }

    #[test]
    fn the_passphrase_shows_itself_to_nobody() {
        let form = filled(Way::Export, "hunter2hunter2", "hunter2hunter2");
        let effect = form.read().unwrap();
        for text in [
            format!("{form:?}"),
            format!("{effect:?}"),
            format!("{:?}", Action::Backup(Box::new(form.clone()))),
        ] {
            assert!(!text.contains("hunter2"), "{text}");
        }
    }
}
