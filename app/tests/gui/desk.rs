//! A window to be worked: drawn when it asks for it, as eframe would, and clicked by the names of its widgets.

use std::sync::Arc;
use std::time::{Duration, Instant};

use eframe::App as _;
use egui::accesskit::{Action, Role};
use egui::{Id, Key, Modifiers, OutputCommand, PointerButton, Pos2, Vec2, ViewportCommand, ViewportId};
use egui_kittest::kittest::NodeT as _;
use egui_kittest::{Harness, Node};
use skylift::engine::{Job, Snapshot};
use skylift::gui::{Page, Window};

use crate::alarm::Alarm;
use crate::files::Files;
use crate::world::World;

/// No condition of a test takes longer; one that does has failed.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Conditions may be about something else than the window: they are asked at least so often.
const ASK: Duration = Duration::from_millis(50);

/// What has not moved in so many pictures has been scrolled to.
const STILL: usize = 4;
/// More pictures no scrolling takes.
const SCROLLS: usize = 60;

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
    /// What was put into the clipboard.
    pub copied: Vec<String>,
    /// Whether the window has wanted to be closed.
    pub closes: bool,
    /// Answers the dialogs for files.
    pub files: Arc<Files>,
    /// Kept for as long as the window is open.
    pub world: World,
}

impl Desk {
    /// Opens the window.
    pub fn open(world: World, size: [f32; 2]) -> Self {
        Self::open_scaled(world, size, 1.0)
    }

    /// The same with a screen of this many pixels a point.
    pub fn open_scaled(world: World, size: [f32; 2], scale: f32) -> Self {
        let (config, data) = (world.config.clone(), world.data());
        let (files, of_system) = (Arc::<Files>::default(), world.system_dialogs);
        let answers = Arc::clone(&files);
        let mut harness = Harness::builder()
            .with_size(Vec2::from(size))
            .with_pixels_per_point(scale)
            .with_render_cursor(false)
            .build_eframe(|creation| {
                let window = Window::new(&creation.egui_ctx, config, data).unwrap();
                if of_system { window } else { window.with_dialogs(answers) }
            });
        // Else each end of an update is told to the desktop of whoever runs the tests.
        harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap().focused = Some(true);
        let alarm = Alarm::of(&harness.ctx);
        alarm.set_in(Duration::ZERO);
        Self { harness, alarm, clicks: 0, keys: 0, copied: Vec::new(), closes: false, files, world }
    }

    /// Closes the window, and opens another one in the same world.
    pub fn reopen(mut self, size: [f32; 2]) -> Self {
        let world = std::mem::replace(&mut self.world, World::empty());
        drop(self);
        Self::open(world, size)
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
        let output = self.harness.output();
        for command in &output.platform_output.commands {
            if let OutputCommand::CopyText(text) = command {
                self.copied.push(text.clone());
            }
        }
        let root = &output.viewport_output[&ViewportId::ROOT];
        self.closes |= root.commands.contains(&ViewportCommand::Close);
        self.alarm.set_in(root.repaint_delay);
    }

    /// Draws if the window asks for it before `end`.
    pub fn draw_before(&mut self, end: Instant) -> bool {
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

    /// The same among controls of a role, for names that stand on several.
    pub fn find_as(&self, role: Role, name: &str) -> Option<Node<'_>> {
        let is_it = |node: &Node<'_>| node.accesskit_node().role() == role && label(node) == name;
        self.controls().into_iter().find(is_it)
    }

    /// Everything that can be clicked. Rows of a table are reached through their table, everything else has the focus
    /// itself; what has neither is no control: text that can be selected, the ground of a dialog.
    pub fn controls(&self) -> Vec<Node<'_>> {
        let dialog = self.harness.state().state().dialog.is_some();
        let can = |node: &Node<'_>, action| node.accesskit_node().data().supports_action(action);
        let nodes = self.harness.root().children_recursive();
        nodes
            .filter(|node| can(node, Action::Click))
            .filter(|node| can(node, Action::Focus) || node.accesskit_node().role() == Role::Button)
            .filter(|node| !node.accesskit_node().is_disabled())
            // A table's first picture is for its measures.
            .filter(|node| node.rect().is_finite())
            .filter(|node| !dialog || is_in_dialog(node))
            .collect()
    }

    /// Clicks what has this name if it is there: it may go by itself at any moment.
    pub fn click_if_there(&mut self, name: &str) -> bool {
        self.bring_into_sight(None, name);
        let place = self.find(name).map(|node| node.rect().center());
        if let Some(place) = place {
            self.click_at(place);
        }
        self.draw();
        self.draw();
        place.is_some()
    }

    /// Clicks what has this name, once it is there.
    pub fn click(&mut self, name: &str) {
        let what = format!("{name:?} to click");
        self.until(&what, |desk| desk.click_in_sight(name));
        self.clicked();
    }

    fn click_in_sight(&mut self, name: &str) -> Option<()> {
        self.bring_into_sight(None, name);
        let place = self.find(name)?.rect().center();
        let is_in_sight = self.harness.ctx.content_rect().contains(place);
        is_in_sight.then(|| self.click_at(place))
    }

    /// Clicks with the pointer, within one picture: between two of them, what is clicked may move away.
    pub fn click_at(&mut self, pos: Pos2) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        let press = |pressed| egui::Event::PointerButton { pos, button, pressed, modifiers };
        let events = [egui::Event::PointerMoved(pos), press(true), press(false)];
        self.harness.input_mut().events.extend(events);
        self.draw();
    }

    fn clicked(&mut self) {
        self.clicks += 1;
        self.draw();
        // What a click does is shown by the picture after it.
        self.draw();
    }

    /// Scrolls to what has this name, in any role without one. That takes some pictures.
    pub fn bring_into_sight(&mut self, role: Option<Role>, name: &str) {
        let mut still = 0;
        for _ in 0..SCROLLS {
            let find = |desk: &Self| match role {
                Some(role) => desk.find_as(role, name).map(|node| node.rect()),
                None => desk.find(name).map(|node| node.rect()),
            };
            let before = find(self);
            let node = role.map_or_else(|| self.find(name), |role| self.find_as(role, name));
            let Some(node) = node else { return };
            node.scroll_to_me();
            self.draw();
            still = if before == find(self) { still + 1 } else { 0 };
            if still >= STILL {
                return;
            }
        }
    }

    /// Presses the button of the pointer, or lets it go.
    pub fn press(&mut self, pos: Pos2, pressed: bool) {
        let (button, modifiers) = (PointerButton::Primary, Modifiers::NONE);
        self.harness.hover_at(pos);
        self.harness.event(egui::Event::PointerButton { pos, button, pressed, modifiers });
        self.draw();
        // What it shows then is shown by the picture after it.
        self.draw();
    }

    pub fn key(&mut self, modifiers: Modifiers, key: Key) {
        self.keys += 1;
        self.harness.key_press_modifiers(modifiers, key);
        self.draw();
    }

    /// The field of this name; its label may be called the same.
    fn field(&self, name: &str) -> Option<Node<'_>> {
        self.controls().into_iter().find(|node| is_field(node.accesskit_node().role()) && label(node) == name)
    }

    /// Types into the field of this name.
    pub fn type_into(&mut self, field: &str, text: &str) {
        self.keys += 1;
        self.until(field, |desk| desk.field(field).map(|field| field.focus()));
        self.draw();
        self.field(field).unwrap().type_text(text);
        self.draw();
    }

    /// Empties the field of this name.
    pub fn clear(&mut self, field: &str) {
        self.until(field, |desk| desk.field(field).map(|field| field.focus()));
        self.draw();
        self.key(Modifiers::COMMAND, Key::A);
        self.key(Modifiers::NONE, Key::Backspace);
    }

    /// The same, unless there is something in it.
    pub fn fill(&mut self, field: &str, text: &str) {
        let is_empty = self.until(field, |desk| {
            desk.field(field).map(|field| field.value().is_none_or(|held| held.is_empty()))
        });
        if is_empty {
            self.type_into(field, text);
        }
    }

    pub fn go(&mut self, page: Page) {
        self.until(page.name(), |desk| {
            // What an earlier click asked for may come up only now, and keeps the pages from being clicked.
            if desk.harness.state().state().dialog.is_some() {
                desk.key(Modifiers::NONE, Key::Escape);
            }
            desk.click_in_sight(page.name())
        });
        self.clicked();
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

/// The name of a control; that of a text which can be clicked is the text.
pub fn label(node: &Node<'_>) -> String {
    let text = || node.value().filter(|_| node.accesskit_node().role() == Role::Label);
    node.accesskit_node().label().or_else(text).unwrap_or_default()
}

/// While there is a dialog, nothing under it can be reached.
fn is_in_dialog(node: &Node<'_>) -> bool {
    let dialog = Id::unique("dialog").accesskit_id();
    let above = std::iter::successors(Some(node.accesskit_node()), |node| node.parent());
    above.into_iter().any(|node| node.locate().0 == dialog)
}

/// Whether it is something to type into.
pub const fn is_field(role: Role) -> bool {
    matches!(role, Role::TextInput | Role::PasswordInput | Role::SearchInput)
}
