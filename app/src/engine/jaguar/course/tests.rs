//! Tests: pieces of the course of an update that need no device.

use super::super::sending::Sent;
use super::meter::Meter;
use super::push::not_taken;
use super::*;

#[test]
fn exceptions_are_explained_and_kept() {
    let said = not_taken("Internal Server error - OUT_OF_BOUNDS");
    assert!(said.starts_with("the image does not fit into the device's slot, or was damaged"), "{said}");
    assert!(said.ends_with("Internal Server error - OUT_OF_BOUNDS"), "{said}");
    let said = not_taken("Internal Server error - SOMETHING_NEW");
    assert_eq!(
        said,
        "the device stopped writing; it keeps the firmware it has, and says: Internal Server error - SOMETHING_NEW"
    );
}

#[test]
fn the_meter_tells_each_step_once() {
    let mut meter = Meter::new(100);
    let sent = Sent::default();
    let step = |meter: &mut Meter| {
        meter.look(&sent).map(|phase| (phase.step(), phase.progress().map(|it| it.written)))
    };
    assert_eq!(step(&mut meter), Some((Step::Downloading, Some(0))));
    assert_eq!(step(&mut meter), None);
    sent.set(60);
    assert_eq!(step(&mut meter), Some((Step::Downloading, Some(60))));
    let moved = meter.moved;
    // What does not move does not count as a move, however often it is looked at.
    assert_eq!((step(&mut meter), step(&mut meter), meter.moved), (None, None, moved));
    sent.set(100);
    assert_eq!(step(&mut meter), Some((Step::Downloading, Some(100))));
    assert_eq!(step(&mut meter), Some((Step::Verifying, None)));
    assert_eq!(step(&mut meter), None);
    assert!(meter.is_whole(&sent));
}

#[test]
fn an_image_that_leaves_at_once_was_sent_all_the_same() {
    let mut meter = Meter::new(100);
    let sent = Sent::default();
    sent.set(100);
    assert_eq!(meter.look(&sent).map(|phase| phase.step()), Some(Step::Downloading));
    assert_eq!(meter.look(&sent).map(|phase| phase.step()), Some(Step::Verifying));
}
