//! Numbers change, and nothing around them moves.

use std::collections::BTreeMap;
use std::sync::Arc;

use skylift::engine::Phase;
use skylift::gui::{Event, Page};
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use crate::desk::{Desk, SMALL, WIDE};
use crate::stills::{Material, Sight, Still, fleet, running};
use crate::text::{Painted, painted, painted_in};
use crate::world::{World, demo};

/// Where the texts without figures are, in sixteenths of a point.
type Places = BTreeMap<String, Vec<[i32; 2]>>;

fn places(desk: &Desk) -> Places {
    places_of(painted(desk))
}

fn places_of(painted: Vec<Painted>) -> Places {
    let mut places = Places::new();
    for text in painted.into_iter().filter(|text| !text.text.contains(|it: char| it.is_ascii_digit())) {
        let at = [text.place.left(), text.place.top()].map(|it| (it * 16.0) as i32);
        places.entry(text.text).or_default().push(at);
    }
    places
}

fn names(places: &Places) -> Vec<(&String, usize)> {
    places.iter().map(|(text, at)| (text, at.len())).collect()
}

/// Watches a page while the device downloads; how many pictures with other figures there were.
fn watch(desk: &mut Desk) -> usize {
    let mut before: Option<Places> = None;
    let (mut pictures, mut figures) = (0, Vec::new());
    desk.until("the end of the download", |desk| {
        let job = desk.job()?;
        let Phase::Downloading(progress) = job.phase else { return job.verdict.is_some().then_some(()) };
        let (now, shown) = (places(desk), desk.texts());
        // Words come and go with the phase; those that stay must not move.
        if let Some(before) = before.as_ref().filter(|before| names(before) == names(&now)) {
            assert_eq!(before, &now, "moved while {shown:#?}");
            pictures += usize::from(figures != shown);
        }
        (before, figures) = (Some(now), shown);
        (progress.written * 10 > progress.total * 9).then_some(())
    });
    pictures
}

fn nothing_moves(size: [f32; 2], page: Page) {
    let mut world = World::empty();
    let slow = |config: &mut skylift_simulator::DeviceConfig| config.faults = "rate=40000".parse().unwrap();
    let _device = world.device_with("porch-light", slow);
    world.keep(&DemoImage { size: 192 << 10, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, size);
    desk.click("Device porch-light");
    desk.click("Update…");
    desk.click("Image skylift-demo 1.1.0");
    desk.click("Start update");
    desk.until("the board", |desk| desk.find("Stop the update of porch-light").map(drop));
    desk.go(page);
    desk.settle();
    let pictures = watch(&mut desk);
    assert!(pictures > 3, "only {pictures} pictures with other figures");
}

#[test]
fn on_the_board() {
    nothing_moves(WIDE, Page::Updates);
}

#[test]
fn in_the_table_of_devices() {
    nothing_moves(SMALL, Page::Devices);
}

/// The figures of one update from its first hundredth to its last, on every page that shows them.
#[test]
fn on_every_page_with_every_figure() {
    let material = Material::gather();
    let fleet = fleet(&material);
    let device = fleet.device("sky-is-updating").unwrap().clone();
    let ways: [&[&str]; 4] = [&["Devices"], &["Device is-updating"], &["Device is-valid"], &["Serve"]];
    for way in ways {
        for size in [WIDE, SMALL] {
            let mut still = Still::of(&material, &fleet);
            way.iter().for_each(|name| still.click(name));
            still.look(Sight { theme: egui::Theme::Dark, size, scale: 1.0 });
            let mut before = None;
            for hundredths in [1, 9, 10, 61, 88, 99, 100] {
                let mut now = fleet.clone();
                now.jobs = vec![Arc::new(running(&material, &device, hundredths))];
                still.hear(Event::Snapshot(Arc::new(now)));
                let places = places_of(painted_in(still.harness.output()));
                let before = before.get_or_insert_with(|| places.clone());
                assert_eq!(before, &places, "moved at {hundredths}, {way:?}, {size:?}");
            }
        }
    }
}
