//! Everything that can be clicked is clicked, on every page, with real devices behind it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use egui::{Key, Modifiers};
use skylift::gui::Page;
use skylift_simulator::demo_image::Behaviour;

use crate::desk::{Desk, WIDE, label};
use crate::world::{World, demo};

/// A page and a name on it.
type Place = (&'static str, String);

/// Clicks whatever has not been clicked yet.
struct Clicker {
    desk: Desk,
    clicked: BTreeMap<Place, usize>,
    /// Buttons behind which there is nothing more to be clicked.
    done: BTreeSet<Place>,
}

/// A button opens a menu or a dialog, and is clicked again for each thing in there.
const AGAIN: usize = 12;

impl Clicker {
    fn names(&self) -> Vec<String> {
        let mut names: Vec<_> = self.desk.controls().iter().map(label).collect();
        let mut seen = BTreeSet::new();
        names.retain(|name| seen.insert(name.clone()) && Page::ALL.iter().all(|page| page.name() != name));
        names
    }

    fn place(&self, name: &str) -> Place {
        // A countdown makes no other button of it.
        let name = if name.starts_with("Do not power off") { "Do not power off" } else { name };
        (self.desk.harness.state().state().page.name(), name.to_owned())
    }

    fn is_open(&self, name: &str) -> bool {
        let place = self.place(name);
        !self.done.contains(&place) && self.clicked.get(&place).copied().unwrap_or(0) < AGAIN
    }

    /// Clicks one, and then whatever has come up with it; false if there is nothing left on this page.
    fn click_one(&mut self) -> bool {
        let before = self.names();
        let Some(name) = before.iter().find(|name| self.is_open(name)).cloned() else { return false };
        // A click may lead to another page.
        let place = self.place(&name);
        self.click(&name);
        let fresh: Vec<_> = self.names().into_iter().filter(|it| !before.contains(it)).collect();
        match fresh.into_iter().find(|it| self.is_open(it)) {
            Some(inside) => {
                let name = inside;
                let inside = self.place(&name);
                self.click(&name);
                self.done.insert(inside);
            }
            None => drop(self.done.insert(place)),
        }
        true
    }

    fn click(&mut self, name: &str) {
        let place = self.place(name);
        *self.clicked.entry(place).or_default() += 1;
        if self.desk.find(name).is_some() {
            self.desk.click(name);
        }
        // What is done elsewhere may bring more buttons; if it takes longer, they are met on the next round.
        self.desk.pictures_within(Duration::from_millis(80));
    }

    /// Away with dialogs and menus.
    fn tidy(&mut self) {
        for _ in 0..2 {
            if self.desk.harness.state().state().dialog.is_some() {
                self.desk.key(Modifiers::NONE, Key::Escape);
            }
        }
    }

    fn page(&mut self, page: Page) -> usize {
        let mut clicks = 0;
        loop {
            self.tidy();
            self.desk.go(page);
            // A filter hides what is still to be clicked.
            if self.desk.find("All").is_some() {
                self.desk.click("All");
            }
            if !self.click_one() {
                return clicks;
            }
            clicks += 1;
            assert!(clicks < 500, "no end of buttons: {:#?}", self.clicked);
        }
    }

    fn was_clicked(&self, page: Page, name: &str) -> bool {
        self.clicked.keys().any(|(on, clicked)| *on == page.name() && clicked == name)
    }
}

#[test]
fn every_button_of_every_page() {
    let mut world = World::empty();
    let _devices = [world.device("porch-light"), world.device("cellar-fan")];
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    world.keep(&demo("1.2.0", Behaviour::Crash));
    let mut desk = Desk::open(world, WIDE);
    desk.wait_for("Device porch-light");
    desk.wait_for("Device cellar-fan");
    desk.click("Device porch-light");
    let mut clicker = Clicker { desk, clicked: BTreeMap::new(), done: BTreeSet::new() };
    let pages = [
        Page::Devices,
        Page::Serve,
        Page::Firmware,
        Page::Updates,
        Page::History,
        Page::Messages,
        Page::Settings,
    ];
    for page in pages {
        clicker.page(page);
    }
    // What the others leave behind has buttons too.
    for page in pages {
        clicker.page(page);
    }
    let expected: [(Page, &[&str]); 5] = [
        (Page::Devices, &["Simulate one", "Add device…", "Tick porch-light", "Sort by name", "Offline"]),
        (Page::Firmware, &["Add image…", "Build a project…", "Drop from the library…"]),
        (Page::Serve, &["Stop serving", "ESP-IDF", "Copy lines"]),
        (Page::History, &["Export CSV…", "Save report…"]),
        (Page::Settings, &["Dark", "Light", "Desktop notifications"]),
    ];
    for (page, names) in expected {
        for name in names {
            assert!(clicker.was_clicked(page, name), "{name:?} on {page:?} of {:#?}", clicker.clicked);
        }
    }
    // Which of its parts the page of updates shows depends on how fast the devices are.
    let on_updates = clicker.clicked.keys().filter(|(page, _)| *page == Page::Updates.name()).count();
    assert!(on_updates >= 5 && clicker.clicked.len() >= 80, "{:#?}", clicker.clicked);
    // It is still there, and still works.
    clicker.desk.go(Page::Devices);
    clicker.desk.wait_for("Find a device");
}
