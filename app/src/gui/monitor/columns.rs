//! Where time, level, tag and text of a line stand.

use egui::Ui;

use super::View;
use super::body::letter;
use crate::gui::shell::{is_narrow, page_margin};

/// Where they stand, in points from the left edge of the log, and how wide a letter is.
#[derive(Clone, Copy, Debug)]
pub struct Columns {
    /// The time, if it is shown.
    pub time: Option<f32>,
    /// The level; lines without one begin here.
    pub level: f32,
    /// The tag.
    pub tag: f32,
    /// What a line says.
    pub text: f32,
    /// How many letters of a tag are shown.
    pub tag_letters: usize,
    /// The width of a letter.
    pub letter: f32,
}

impl Columns {
    /// For this window.
    pub(super) fn of(ui: &Ui, view: &View) -> Self {
        let (margin, letter) = (f32::from(page_margin(ui)), letter(ui));
        let tag_letters = if is_narrow(ui) { 9 } else { 12 };
        let column = |letters: usize, gap: f32| letters as f32 * letter + gap;
        let time = view.show.time.then_some(margin);
        let level = if view.show.time { margin + column(12, 24.0) } else { margin };
        let tag = level + column(5, 14.0);
        Self { time, level, tag, text: tag + column(tag_letters, 12.0), tag_letters, letter }
    }

    /// How wide everything is if the longest line has so many letters.
    pub(super) fn width(&self, letters: usize) -> f32 {
        self.text + (letters + 2) as f32 * self.letter
    }
}
