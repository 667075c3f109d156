//! Clicks everything that can be clicked on some pages, and asks each click for its effect.
//!
//! A walk goes from scene to scene. In each it clicks whatever has not been proven to do something, and whatever has
//! led to such a thing before; and then what has come up with it, such as a menu or a dialog.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use egui::accesskit::{Role, Toggled};
use egui::{Key, Modifiers};
use egui_kittest::Node;
use egui_kittest::kittest::NodeT as _;
use skylift::gui::Page;

use crate::desk::{Desk, is_field, label};
use crate::trace::Trace;

/// What can be clicked: its page, its role and its name, in which devices and versions are all the same.
pub type Thing = (&'static str, String, String);

/// The same on the window, by its own name.
#[derive(Clone, PartialEq, Eq)]
struct Control {
    thing: Thing,
    role: Role,
    name: String,
    /// Ticked, or chosen of several.
    on: bool,
}

impl Control {
    /// What is chosen cannot be chosen again.
    fn is_chosen(&self) -> bool {
        self.on && self.role == Role::RadioButton
    }
}

/// A click is tried so often, each time with more patience: what is chosen already, or runs already, does nothing.
const PATIENCE_S: [u64; 4] = [1, 5, 20, 60];
/// What leads to other things is clicked so often at most, until there is something new that has done something.
const AGAIN: usize = 16;
/// A button opens a menu, an entry of which opens a dialog, in which there is a button.
const DEEP: usize = 4;
/// All scenes are gone through so often at most.
const ROUNDS: usize = 3;
/// Between two looks at whether anything has changed.
const LOOK: Duration = Duration::from_millis(30);

/// A walk over pages.
#[derive(Default)]
pub struct Walk {
    pages: Vec<Page>,
    /// Only while this holds; always, without.
    only_while: Option<fn(&Desk) -> bool>,
    excused: Vec<&'static str>,
    met: BTreeSet<Thing>,
    proven: BTreeSet<Thing>,
    in_vain: BTreeMap<Thing, usize>,
    clicks: BTreeMap<Thing, usize>,
    leads: BTreeMap<Thing, BTreeSet<Thing>>,
}

impl Walk {
    /// Over these pages: what is met on others belongs to other walks.
    pub fn over(pages: &[Page]) -> Self {
        Self { pages: pages.to_vec(), ..Self::default() }
    }

    /// Only for as long as this holds.
    pub fn only_while(self, holds: fn(&Desk) -> bool) -> Self {
        Self { only_while: Some(holds), ..self }
    }

    /// But for some, each with why a click alone does nothing that can be seen.
    pub fn but_for(self, excused: &[(&'static str, &str)]) -> Self {
        Self { excused: excused.iter().map(|(name, _why)| *name).collect(), ..self }
    }

    /// Clicks everything in a scene; `ready` brings the window there, from wherever the last click has led.
    pub fn scene(&mut self, desk: &mut Desk, mut ready: impl FnMut(&mut Desk)) {
        loop {
            tidy(desk);
            // What a click did at once may have led to more.
            rest(desk);
            ready(desk);
            close_toasts(desk);
            desk.draw();
            let here = self.controls(desk);
            let Some(next) = self.next(&here) else { return };
            self.follow(desk, next);
        }
    }

    /// Clicks something, and goes on with what comes up.
    fn follow(&mut self, desk: &mut Desk, first: Control) {
        let mut next = Some(first);
        while let Some(control) = next {
            let before = self.controls(desk);
            self.click(desk, &control);
            // A dialog measures itself first.
            desk.draw();
            desk.draw();
            let now = self.controls(desk);
            let known: BTreeSet<_> = before.iter().map(|it| &it.thing).collect();
            let fresh: Vec<_> = now.iter().filter(|it| !known.contains(&it.thing)).cloned().collect();
            let led = fresh.iter().map(|it| it.thing.clone());
            self.leads.entry(control.thing.clone()).or_default().extend(led);
            // What was chosen until now can be chosen again.
            let was_on = |it: &&Control| before.iter().any(|was| was.on && was.thing == it.thing);
            let mut could =
                now.iter().filter(|it| !it.on && it.thing != control.thing && self.is_open(&it.thing));
            let left = could.find(was_on);
            next = self.next(&fresh).or_else(|| left.cloned());
        }
    }

    fn click(&mut self, desk: &mut Desk, control: &Control) {
        *self.clicks.entry(control.thing.clone()).or_default() += 1;
        let tries = self.in_vain.get(&control.thing).copied().unwrap_or_default();
        let patience = PATIENCE_S.get(tries).or(PATIENCE_S.last()).copied().unwrap_or_default();
        close_toasts(desk);
        rest(desk);
        let before = Trace::of(desk);
        let clicked = bring_and_click(desk, control);
        let has_effect = clicked
            && match control.role {
                role if is_field(role) => takes_text(desk),
                _ => has_changed(desk, &before, Duration::from_secs(patience)),
            };
        if has_effect {
            if self.proven.insert(control.thing.clone()) {
                self.clicks.clear();
            }
        } else if !self.proven.contains(&control.thing) {
            *self.in_vain.entry(control.thing.clone()).or_default() += 1;
        }
    }

    /// What can be clicked on the window now and belongs to the walk.
    fn controls(&mut self, desk: &Desk) -> Vec<Control> {
        let page = desk.harness.state().state().page;
        if !self.pages.contains(&page) || self.only_while.is_some_and(|holds| !holds(desk)) {
            return Vec::new();
        }
        let devices: Vec<_> = desk.engine().devices.iter().map(|it| it.label().to_owned()).collect();
        let controls: Vec<_> = desk
            .controls()
            .iter()
            .map(|node| control(page, &devices, node))
            .filter(|control| !is_everywhere(control))
            .collect();
        self.met.extend(controls.iter().map(|control| control.thing.clone()));
        // The safe answer first: the other one may never be asked for again.
        let mut controls = controls;
        if desk.harness.state().state().dialog.is_some() {
            controls.reverse();
        }
        controls
    }

    /// Has not been proven, and may still be.
    fn is_open(&self, thing: &Thing) -> bool {
        let tries = self.in_vain.get(thing).copied().unwrap_or_default();
        !self.proven.contains(thing) && tries < PATIENCE_S.len() && !self.is_excused(thing)
    }

    fn is_excused(&self, (.., name): &Thing) -> bool {
        self.excused.iter().any(|excused| excused == name)
    }

    /// How many clicks lead from here to something that is open; nothing if none do.
    fn distance(&self, thing: &Thing) -> Option<usize> {
        if self.is_open(thing) {
            return Some(0);
        }
        if self.clicks.get(thing).copied().unwrap_or_default() >= AGAIN {
            return None;
        }
        let mut seen = BTreeSet::from([thing]);
        let mut edge = vec![thing];
        for clicks in 1..=DEEP {
            let led = edge.iter().filter_map(|it| self.leads.get(*it)).flatten();
            edge = led.filter(|it| seen.insert(it)).collect();
            if edge.iter().any(|it| self.is_open(it)) {
                return Some(clicks);
            }
        }
        None
    }

    /// What is worth a click, and leads on soonest.
    fn next<'c>(&self, controls: impl IntoIterator<Item = &'c Control>) -> Option<Control> {
        let other = controls.into_iter().filter(|it| !it.is_chosen());
        let worth = other.filter_map(|it| Some((self.distance(&it.thing)?, it)));
        // Of several that are called the same, one that is not on yet does more.
        worth.min_by_key(|(clicks, control)| (*clicks, control.on)).map(|(_, control)| control.clone())
    }

    /// Goes through all scenes until everything has done something, and these among it; a few times at most. What was
    /// there only in passing (while a device did not answer, say) may be gone before it is its turn.
    #[track_caller]
    pub fn rounds(&mut self, expected: &[&str], mut scenes: impl FnMut(&mut Self)) {
        for _ in 1..ROUNDS {
            scenes(self);
            if self.dead().is_empty() && self.missing(expected).is_empty() {
                return;
            }
            eprintln!("once more, for {:?} and {:?}", self.dead(), self.missing(expected));
            self.in_vain.clear();
            self.clicks.clear();
        }
        scenes(self);
        self.is_complete(expected);
    }

    /// Everything that could be clicked has done something, and these have.
    #[track_caller]
    fn is_complete(&self, expected: &[&str]) {
        let dead = self.dead();
        assert!(dead.is_empty(), "without any effect, however often they were tried: {dead:?}");
        let missing = self.missing(expected);
        assert!(missing.is_empty(), "not done: {missing:#?}\nof {:#?}", self.done());
    }

    /// What was tried in vain as often as anything is.
    fn dead(&self) -> Vec<&Thing> {
        let tried = |thing: &&Thing| self.in_vain.get(*thing).is_some_and(|tries| *tries >= PATIENCE_S.len());
        let left = self.met.difference(&self.proven).filter(|thing| !self.is_excused(thing));
        left.filter(tried).collect()
    }

    fn missing<'e>(&self, expected: &[&'e str]) -> Vec<&'e str> {
        let done = self.done();
        expected.iter().filter(|name| !done.contains(*name)).copied().collect()
    }

    fn done(&self) -> BTreeSet<&str> {
        let done = self.met.iter().filter(|thing| self.proven.contains(*thing) || self.is_excused(thing));
        done.map(|(.., name)| name.as_str()).collect()
    }
}

/// The navigation, toasts and the word in the status bar are on every page, and have a test of their own.
fn is_everywhere(control: &Control) -> bool {
    let is_page = Page::ALL.iter().any(|page| page.name() == control.name);
    is_page && control.role == Role::RadioButton
        || control.name == "Close message"
        || control.name.starts_with("Do not power off")
}

fn control(page: Page, devices: &[String], node: &Node<'_>) -> Control {
    let (name, role) = (label(node), node.accesskit_node().role());
    let on = node.accesskit_node().toggled() == Some(Toggled::True);
    let thing = (page.name(), format!("{role:?}"), usual(&name, devices));
    Control { thing, role, name, on }
}

/// The name with the same words for all devices, versions, addresses and counts.
fn usual(name: &str, devices: &[String]) -> String {
    let word = |word: &str| {
        let bare = word.trim_end_matches([',', '…', '?']);
        if devices.iter().any(|device| device == bare) {
            word.replace(bare, "DEVICE")
        } else if bare.starts_with("http://") || bare.starts_with("https://") {
            "URL".to_owned()
        } else if is_version(bare) {
            word.replace(bare, "VERSION")
        } else {
            word.to_owned()
        }
    };
    let words: Vec<_> = name.split(' ').map(word).collect();
    match words.split_first() {
        // `3 Validated`.
        Some((count, rest)) if rest.len() == 1 && count.parse::<u32>().is_ok() => format!("N {}", rest[0]),
        _ => words.join(" "),
    }
}

fn is_version(word: &str) -> bool {
    let parts: Vec<_> = word.split('.').collect();
    parts.len() == 3 && parts[..2].iter().all(|part| part.parse::<u32>().is_ok())
}

/// Waits until nothing changes any more, so that what changes is the work of the next click.
fn rest(desk: &mut Desk) {
    let mut before = Trace::of(desk);
    desk.until("rest", |desk| {
        desk.pictures_within(LOOK);
        let now = Trace::of(desk);
        let still = now == before;
        before = now;
        still.then_some(())
    });
}

fn has_changed(desk: &mut Desk, before: &Trace, patience: Duration) -> bool {
    let end = Instant::now() + patience;
    loop {
        if Trace::of(desk) != *before {
            return true;
        }
        if Instant::now() >= end {
            return false;
        }
        desk.draw_before(Instant::now() + LOOK);
    }
}

/// False if it has gone meanwhile.
fn bring_and_click(desk: &mut Desk, control: &Control) -> bool {
    desk.bring_into_sight(Some(control.role), &control.name);
    let Some(node) = desk.find_as(control.role, &control.name) else { return false };
    desk.click_at(node.rect().center());
    desk.draw();
    desk.draw();
    true
}

/// What is typed after a click on a field gets into it. Taken back: it might be something that is none.
fn takes_text(desk: &mut Desk) -> bool {
    let before = Trace::of(desk);
    desk.harness.event(egui::Event::Text("x".to_owned()));
    desk.draw();
    desk.draw();
    let taken = Trace::of(desk) != before;
    desk.key(Modifiers::NONE, Key::Backspace);
    taken
}

fn close_toasts(desk: &mut Desk) {
    while desk.click_if_there("Close message") {}
}

/// Away with dialogs and menus.
fn tidy(desk: &mut Desk) {
    desk.harness.remove_cursor();
    desk.draw();
    if desk.harness.state().state().dialog.is_some() {
        desk.key(Modifiers::NONE, Key::Escape);
    }
    egui::Popup::close_all(&desk.harness.ctx);
    desk.draw();
}
