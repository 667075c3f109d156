//! Who watches hears how far it is, and ends it.

use std::ops::ControlFlow;

use skylift_encoder::{ChunkLog, EncodeError, encode};

use crate::pairs::firmware;

fn images() -> (Vec<u8>, Vec<u8>) {
    (firmware(41, 300_000), firmware(42, 500_000))
}

#[test]
fn the_part_done_grows_to_one() {
    let (old, new) = images();
    let mut told = Vec::new();
    let mut watch = |part| {
        told.push(part);
        ControlFlow::Continue(())
    };
    encode(&old, &new, ChunkLog::DELTA, &mut watch).unwrap();
    assert!(told.is_sorted(), "{told:?}");
    assert!(told.iter().all(|part| (0.0..=1.0).contains(part)));
    assert_eq!(told.last(), Some(&1.0));
    // It is work of a tenth of a second at least, and told every few milliseconds.
    assert!(told.len() >= 8, "{told:?}");
    let steps = told.windows(2).map(|pair| pair[1] - pair[0]);
    assert!(steps.fold(0.0, f32::max) < 0.3, "{told:?}");
}

#[test]
fn work_ends_when_it_is_no_longer_wanted_wherever_it_is() {
    let (old, new) = images();
    for at in [0.0, 0.05, 0.5, 0.9, 1.0] {
        let (mut calls, mut ended) = (0, 0.0);
        let mut watch = |part| {
            assert_eq!(calls, 0, "it goes on after it was ended");
            if part < at {
                return ControlFlow::Continue(());
            }
            (calls, ended) = (calls + 1, part);
            ControlFlow::Break(())
        };
        assert_eq!(encode(&old, &new, ChunkLog::DELTA, &mut watch), Err(EncodeError::Cancelled));
        assert!((at..at + 0.3).contains(&ended), "wanted at {at}, ended at {ended}");
    }
}
