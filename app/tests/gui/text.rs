//! No text is cut off: everything that is painted is looked at, on every page.

use egui::epaint::{ClippedShape, TextShape};
use egui::{Rect, Shape, Theme};

use crate::desk::{Desk, SMALL, WIDE};
use crate::stills::{Material, Sight, WIDEST_NAME, WIDEST_VERSION, stops};

/// A text as it is painted.
pub struct Painted {
    pub text: String,
    pub place: Rect,
    clip: Rect,
    elided: bool,
}

/// Every text that is painted.
pub fn painted(desk: &Desk) -> Vec<Painted> {
    painted_in(desk.harness.output())
}

pub fn painted_in(output: &egui::FullOutput) -> Vec<Painted> {
    let mut found = Vec::new();
    for ClippedShape { clip_rect, shape, .. } in &output.shapes {
        collect(shape, *clip_rect, &mut found);
    }
    found
}

fn collect(shape: &Shape, clip: Rect, found: &mut Vec<Painted>) {
    match shape {
        Shape::Vec(shapes) => shapes.iter().for_each(|shape| collect(shape, clip, found)),
        Shape::Text(text) => found.push(look_at(text, clip)),
        _ => {}
    }
}

fn look_at(text: &TextShape, clip: Rect) -> Painted {
    let galley = &text.galley;
    Painted {
        text: galley.text().to_owned(),
        place: galley.mesh_bounds.translate(text.pos.to_vec2()),
        clip,
        elided: galley.elided,
    }
}

impl Painted {
    /// What is wrong with it. What a list has scrolled away at its top and bottom is not.
    fn trouble(&self) -> Option<String> {
        const HAIR: f32 = 1.0;
        if !self.place.is_positive() || !self.clip.intersects(self.place) {
            return None;
        }
        let beyond = (self.clip.left() - self.place.left()).max(self.place.right() - self.clip.right());
        if self.elided && !self.may_be_elided() {
            Some(format!("{:?} is shortened at {:?}", self.text, self.place))
        } else if beyond > HAIR && !self.is_log() {
            Some(format!("{:?} is cut by {beyond:.1} at {:?}", self.text, self.place))
        } else {
            None
        }
    }

    /// Paths may be: their folders have any length. So may the longest names and versions that devices can have; both are
    /// whole in their tooltips.
    fn may_be_elided(&self) -> bool {
        if [WIDEST_NAME, WIDEST_VERSION].iter().any(|widest| self.text.contains(widest)) {
            return true;
        }
        self.text.contains(['/', '\\']) && self.text.len() > 20
    }

    /// Log and code scroll sideways.
    fn is_log(&self) -> bool {
        self.text.contains("boot: ") || self.text.contains('\n')
    }
}

#[test]
fn is_cut_off_nowhere() {
    let mut troubles = Vec::new();
    stops(&Material::gather(), |stop| {
        for (size, scale) in [(WIDE, 1.0), (SMALL, 1.0), (WIDE, 2.0), (SMALL, 2.0)] {
            stop.still.look(Sight { theme: Theme::Dark, size, scale });
            let texts = painted_in(stop.still.harness.output());
            assert!(texts.len() > 10, "{} shows only {} texts", stop.name, texts.len());
            let found = texts.iter().filter_map(Painted::trouble);
            let place = format!("{}, {} wide at {scale}", stop.name, size[0]);
            troubles.extend(found.map(|trouble| format!("{place}: {trouble}")));
        }
    });
    assert!(troubles.is_empty(), "{}", troubles.join("\n"));
}

/// Proves that the test above can fail.
#[test]
fn is_noticed_where_it_is_cut_off() {
    let word = "Pending validation: do not power off";
    let cut = |ui: &mut egui::Ui, wrap: egui::TextWrapMode| {
        ui.set_clip_rect(Rect::from_min_size(ui.cursor().min, egui::vec2(60.0, 40.0)));
        ui.set_max_width(60.0);
        ui.add(egui::Label::new(word).wrap_mode(wrap));
    };
    for (wrap, complaint) in
        [(egui::TextWrapMode::Truncate, "is shortened"), (egui::TextWrapMode::Extend, "is cut by")]
    {
        let mut harness = egui_kittest::Harness::builder()
            .with_context_setup(skylift::gui::dress)
            .build_ui(|ui| cut(ui, wrap));
        harness.run();
        let troubles: Vec<_> = painted_in(harness.output()).iter().filter_map(Painted::trouble).collect();
        assert!(troubles.len() == 1 && troubles[0].contains(complaint), "{troubles:?}");
    }
}
