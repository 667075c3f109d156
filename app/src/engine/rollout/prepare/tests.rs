//! Who is told to erase ahead, and what an answer means.

use skylift_protocol::{Phase, Resume, bounded};

use super::*;
use crate::engine::client::Peer;
use crate::engine::update::sample::{demo, image, status};

fn would_take() -> (Status, Image, UpdateOptions) {
    let image = image(demo().build().unwrap());
    let mut status = status();
    status.running.project = bounded(&image.project);
    status.chip = image.chip;
    (status, image, UpdateOptions::default())
}

#[test]
fn only_a_device_that_would_take_the_image_erases_for_it() {
    let (status, image, options) = would_take();
    assert_eq!(objection(&status, &image, &options), None);
    // It may be told twice: it goes on where it is.
    let preparing = Status { phase: Phase::Preparing, ..status.clone() };
    assert_eq!(objection(&preparing, &image, &options), None);

    let mut other = status.clone();
    other.running.project = bounded("kettle");
    let busy = Status { phase: Phase::Downloading, ..status.clone() };
    let part = Resume { file_sha256: image.file_sha256, from: 4096 };
    let begun = Status { resume: Some(part), ..status.clone() };
    let mut same = status.clone();
    same.running.image_sha256 = image.image_sha256;
    for (status, word) in [(other, "kettle"), (busy, "busy"), (begun, "a part"), (same, "already")] {
        let why = objection(&status, &image, &options).unwrap();
        assert!(why.contains(word), "{why}");
    }
    // A part of another image is worth nothing.
    let foreign = Resume { from: 4096, ..part_of_another() };
    assert_eq!(objection(&Status { resume: Some(foreign), ..status }, &image, &options), None);
}

fn part_of_another() -> Resume {
    Resume { file_sha256: skylift_protocol::Digest([9; 32]), from: 1 }
}

#[test]
fn a_device_that_does_not_know_how_is_left_as_it_is() {
    let peer = Peer { label: "lamp".to_owned(), id: None, address: ([127, 0, 0, 1], 80).into() };
    let failed = |problem| answered(Err(ClientError { peer: peer.clone(), problem }));
    let refused = |code| failed(Problem::Refused { code, detail: "no".to_owned() });
    let unknown = Preparation::Left("its firmware does not know how".to_owned());
    for answer in [
        refused(ErrorCode::NotFound),
        refused(ErrorCode::MethodNotAllowed),
        failed(Problem::Status(404)),
        failed(Problem::Status(405)),
    ] {
        assert_eq!(answer, unknown);
    }
    let device = Box::new(bounded("sky-01"));
    let unsigned = failed(Problem::NotProven { device: device.clone(), denied: Denied::Missing });
    assert_eq!(unsigned, Preparation::Left("its firmware does not seem to know how".to_owned()));
    let forged = failed(Problem::NotProven { device, denied: Denied::WrongSignature });
    assert!(matches!(&forged, Preparation::Left(why) if why.contains("did not prove")), "{forged:?}");
    // Who has said nothing can be told again.
    for silence in [
        Problem::NotReached("no route".to_owned()),
        Problem::Silent(std::time::Duration::from_secs(8)),
        Problem::Broken("in the middle".to_owned()),
        Problem::OtherDevice("sky-02".to_owned()),
    ] {
        assert_eq!(failed(silence), Preparation::Asked);
    }
    let Preparation::Left(why) = refused(ErrorCode::Busy) else { panic!("it is busy") };
    assert_eq!(why, "lamp (127.0.0.1:80) refused: no (busy)");
    assert_eq!(answered(Ok(Preparing { slot: 1, size: 7 })), Preparation::Erases { slot: 1 });
}
