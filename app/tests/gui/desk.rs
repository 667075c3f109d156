//! A window to be worked: drawn when it asks for it, as eframe would, and clicked by the names of its widgets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::App as _;
use egui::accesskit::Role;
use egui::{Key, Modifiers, Vec2, ViewportId};
use egui_kittest::kittest::{NodeT as _, Queryable as _};
use egui_kittest::{Harness, Node};
use skylift::engine::{Job, Snapshot};
use skylift::gui::{Page, Window};

use crate::alarm::Alarm;
use crate::world::World;

/// No condition of a test takes longer; one that does has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Conditions may be about something else than the window: they are asked at least so often.
const ASK: Duration = Duration::from_millis(50);

pub const WIDE: [f32; 2] = [1600.0, 1000.0];
pub const SMALL: [f32; 2] = [900.0, 600.0];

/// A window to be worked.
pub struct Desk {
    pub harness: Harness<'static, Window>,
    alarm: Arc<Alarm>,
    /// How often it was clicked.
    pub clicks: usize,
    /// How many keys were pressed and texts typed.
    pub keys: usize,
    /// Kept for as long as the window is open.
    _world: World,
}

impl Desk {
    /// Opens the window.
    pub fn open(world: World, size: [f32; 2]) -> Self {
        Self::open_scaled(world, size, 1.0)
    }

    /// The same with a screen of this many pixels a point.
    pub fn open_scaled(world: World, size: [f32; 2], scale: f32) -> Self {
        let (config, data) = (world.config.clone(), world.data());
        let mut harness = Harness::builder()
            .with_size(Vec2::from(size))
            .with_pixels_per_point(scale)
            .with_render_cursor(false)
            .build_eframe(|creation| Window::new(&creation.egui_ctx, config, data).unwrap());
        // Else each end of an update is told to the desktop of whoever runs the tests.
        harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap().focused = Some(true);
        let alarm = Alarm::of(&harness.ctx);
        alarm.set_in(Duration::ZERO);
        Self { harness, alarm, clicks: 0, keys: 0, _world: world }
    }

    pub fn engine(&self) -> &Snapshot {
        &self.harness.state().state().engine
    }

    /// The last update.
    pub fn job(&self) -> Option<&Job> {
        self.engine().jobs.last().map(AsRef::as_ref)
    }

    /// What was said, the newest first.
    pub fn said(&self) -> Vec<String> {
        let messages = self.harness.state().state().messages.all();
        messages.map(|kept| format!("{}: {}", kept.message.title, kept.message.text)).collect()
    }

    /// Draws once.
    pub fn draw(&mut self) {
        self.harness.step();
        let root = &self.harness.output().viewport_output[&ViewportId::ROOT];
        self.alarm.set_in(root.repaint_delay);
    }

    /// Draws if the window asks for it before `end`.
    fn draw_before(&mut self, end: Instant) -> bool {
        let due = self.alarm.wait(end);
        if due {
            self.draw();
        }
        due
    }

    /// Draws whenever the window asks for it, for so long; how often that was.
    pub fn pictures_within(&mut self, time: Duration) -> usize {
        let end = Instant::now() + time;
        let mut pictures = 0;
        while self.draw_before(end) {
            pictures += 1;
        }
        pictures
    }

    /// Draws whenever the window asks for it until there is an answer.
    pub fn until<T>(&mut self, what: &str, mut ask: impl FnMut(&mut Self) -> Option<T>) -> T {
        let end = Instant::now() + PATIENCE;
        loop {
            if let Some(answer) = ask(self) {
                return answer;
            }
            let now = Instant::now();
            assert!(now < end, "waited in vain: {what}\n{:#?}\n{:#?}", self.said(), self.texts());
            self.draw_before(now + ASK);
        }
    }

    /// Waits for a text on the window.
    pub fn wait_for(&mut self, text: &str) {
        self.until(text, |desk| desk.shows(text).then_some(()));
    }

    /// Waits until something like this has been said.
    pub fn told(&mut self, text: &str) {
        let what = format!("to be told {text:?}");
        self.until(&what, |desk| desk.said().iter().any(|said| said.contains(text)).then_some(()));
    }

    /// Every text on the window, in the order in which it is read out.
    pub fn texts(&self) -> Vec<String> {
        let nodes = self.harness.root().children_recursive();
        let text = |node: Node<'_>| node.accesskit_node().label().or_else(|| node.value());
        nodes.filter_map(text).filter(|text| !text.is_empty()).collect()
    }

    pub fn shows(&self, text: &str) -> bool {
        self.texts().iter().any(|shown| shown.contains(text))
    }

    /// What can be clicked and has this name.
    pub fn find(&self, name: &str) -> Option<Node<'_>> {
        self.controls().into_iter().find(|node| label(node) == name)
    }

    /// Everything that can be clicked.
    pub fn controls(&self) -> Vec<Node<'_>> {
        let is_control = |role| matches!(role, Role::Button | Role::RadioButton | Role::CheckBox);
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter(|node| is_control(node.accesskit_node().role()) && !node.accesskit_node().is_disabled())
            // A table's first picture is for its measures.
            .filter(|node| node.rect().is_finite())
            .collect()
    }

    /// Clicks what has this name, once it is there.
    pub fn click(&mut self, name: &str) {
        let what = format!("{name:?} to click");
        self.until(&what, |desk| {
            let screen = desk.harness.ctx.content_rect();
            let node = desk.find(name)?;
            if !screen.contains(node.rect().center()) {
                node.scroll_to_me();
                desk.draw();
                return None;
            }
            node.click();
            Some(())
        });
        self.clicks += 1;
        self.draw();
        // What a click does is shown by the picture after it.
        self.draw();
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.keys += 1;
        self.harness.key_press_modifiers(modifiers, key);
        self.draw();
    }

    /// Types into the field of this name.
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.keys += 1;
        self.until(field, |desk| desk.harness.query_by_label(field).map(|field| field.focus()));
        self.draw();
        self.harness.get_by_label(field).type_text(text);
        self.draw();
    }

    pub fn go(&mut self, page: Page) {
        self.click(page.name());
    }

    /// Waits for the verdict on the last update.
    pub fn verdict(&mut self) -> &'static str {
        self.until("a verdict", |desk| Some(desk.job()?.verdict.as_ref()?.as_str()))
    }

    /// Waits until the window rests, with the pointer out of the way.
    pub fn settle(&mut self) {
        self.harness.remove_cursor();
        self.draw();
        self.draw();
    }
}

impl Drop for Desk {
    /// As when the window is closed: what runs is ended, and what is kept is written.
    fn drop(&mut self) {
        self.harness.state_mut().on_exit(None);
    }
}

pub fn label(node: &Node<'_>) -> String {
    node.accesskit_node().label().unwrap_or_default()
}
