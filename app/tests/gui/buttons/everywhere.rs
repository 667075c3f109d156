//! What stands around every page: the navigation, toasts, the word in the status bar, and the question before the end.

use egui::{ViewportEvent, ViewportId};
use egui_kittest::kittest::Queryable as _;
use skylift::gui::Page;
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::update;
use crate::desk::{Desk, SMALL, WIDE};
use crate::world::{World, demo};

#[test]
fn navigation_leads_from_every_page_to_every_page() {
    for size in [WIDE, SMALL] {
        let mut desk = Desk::open(World::empty(), size);
        for from in Page::ALL {
            for to in Page::ALL {
                desk.go(from);
                desk.go(to);
                assert_eq!(desk.harness.state().state().page, to, "from {from:?}");
            }
        }
    }
}

#[test]
fn toasts_are_closed_one_by_one() {
    let mut desk = Desk::open(World::empty(), WIDE);
    desk.go(Page::Firmware);
    for path in ["/not/there", "/nor/there"] {
        desk.type_into("Path of an image or a project", path);
        desk.click("Add");
        desk.told(&format!("{path} was not added"));
    }
    let toasts = |desk: &Desk| desk.harness.query_all_by_label("Close message").count();
    let (said, all) = (desk.said().len(), toasts(&desk));
    assert!(all >= 2);
    for left in (0..all).rev() {
        desk.click("Close message");
        desk.draw();
        assert_eq!(toasts(&desk), left);
    }
    assert_eq!(desk.said().len(), said, "they stay in the list");
}

#[test]
fn the_word_on_power_leads_to_the_updates() {
    let mut world = World::empty();
    let _device = world.device_with("porch-light", |config| {
        config.node.trial.well_for = embassy_time::Duration::from_secs(90);
    });
    world.keep(&demo("1.1.0", Behaviour::Healthy));
    let mut desk = Desk::open(world, WIDE);
    update(&mut desk, "porch-light", "1.1.0");
    desk.go(Page::Settings);
    let word = desk.until("the word", |desk| {
        let controls = desk.controls();
        let names = controls.iter().map(crate::desk::label);
        names.into_iter().find(|name| name.starts_with("Do not power off porch-light"))
    });
    // Its countdown may have moved on meanwhile.
    let bar =
        desk.controls().into_iter().find(|node| crate::desk::label(node).starts_with("Do not power off"));
    desk.click_at(bar.unwrap_or_else(|| panic!("{word} is gone")).rect().center());
    desk.draw();
    assert_eq!(desk.harness.state().state().page, Page::Updates);
}

#[test]
fn the_end_is_asked_for_while_an_update_runs() {
    let mut world = World::empty();
    let _device = world.device_with("porch-light", |config| config.faults = "rate=8000".parse().unwrap());
    world.keep(&DemoImage { size: 256 << 10, ..demo("1.1.0", Behaviour::Healthy) });
    let mut desk = Desk::open(world, WIDE);
    update(&mut desk, "porch-light", "1.1.0");
    desk.go(Page::Settings);
    let wants_to_close = |desk: &mut Desk| {
        let viewport = desk.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap();
        viewport.events = vec![ViewportEvent::Close];
        desk.draw();
        desk.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap().events.clear();
        desk.draw();
    };
    wants_to_close(&mut desk);
    desk.wait_for("Quit while updating?");
    desk.click("Keep updating");
    assert!(!desk.closes && !desk.shows("Quit while updating?"));
    wants_to_close(&mut desk);
    desk.click("Quit");
    assert!(desk.closes);
}
