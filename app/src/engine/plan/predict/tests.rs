//! Predictions that cannot be wrong whatever the figures are, and those for the images of the format's description.

use proptest::prelude::*;

use super::*;
use crate::engine::plan::pace::Pace;

const SIZE: u32 = 532_592;

fn fresh(size: u32) -> Task {
    Task { size, had: 0, erased: 0, simulated: false }
}

fn seconds(ways: &[Way], encoding: Encoding) -> f64 {
    ways.iter().find(|way| way.encoding == encoding).unwrap().cost.as_ref().unwrap().seconds
}

fn link(bytes_a_second: f64) -> Tempo {
    Tempo::of(&[Pace { link: Some(bytes_a_second), ..Pace::default() }])
}

#[test]
fn a_small_delta_wins_on_every_link() {
    for rate in [50_000.0, 150_000.0, 400_000.0, 2_000_000.0] {
        let ways = ways(Ok(282_701), Ok(7_453), fresh(SIZE), &link(rate));
        assert_eq!(cheapest(&ways), Encoding::Delta, "{rate} bytes a second");
    }
}

#[test]
fn a_full_image_is_compressed_for_a_slow_link_and_sent_as_it_is_over_a_fast_one() {
    let of = |rate| cheapest(&ways(Ok(282_701), Err(Unavailable::BaseNotHere), fresh(SIZE), &link(rate)));
    assert_eq!(of(30_000.0), Encoding::Compressed);
    assert_eq!(of(2_000_000.0), Encoding::Raw);
}

#[test]
fn what_takes_hardly_longer_and_is_smaller_is_taken() {
    let way = |encoding, bytes, seconds| Way { encoding, cost: Ok(Cost { bytes, seconds }) };
    let [raw, near] = [way(Encoding::Raw, 500_000, 10.0), way(Encoding::Compressed, 280_000, 10.4)];
    assert_eq!(cheapest(&[raw.clone(), near]), Encoding::Compressed);
    assert_eq!(cheapest(&[raw, way(Encoding::Compressed, 280_000, 10.6)]), Encoding::Raw);
}

#[test]
fn erasing_ahead_saves_the_time_of_erasing() {
    let tempo = link(400_000.0);
    let all = cost(Encoding::Delta, 7_453, fresh(SIZE), &tempo).seconds;
    let none = cost(Encoding::Delta, 7_453, Task { erased: 1 << 20, ..fresh(SIZE) }, &tempo).seconds;
    assert!((all - none - f64::from(SIZE) * tempo.erase).abs() < 1e-9, "{all} {none}");
}

#[test]
fn what_the_device_has_costs_nothing_again() {
    let tempo = link(400_000.0);
    let rest = Task { had: SIZE / 2, ..fresh(SIZE) };
    assert_eq!(cost(Encoding::Raw, SIZE, rest, &tempo).bytes, SIZE / 2);
    // Streams go on at the begin of a chunk: 64 KiB of a full image, 256 KiB of a delta.
    let part = |bytes: u32, had: u32| bytes - (f64::from(bytes) * f64::from(had) / f64::from(SIZE)) as u32;
    assert_eq!(cost(Encoding::Compressed, 280_000, rest, &tempo).bytes, part(280_000, 4 << 16));
    assert_eq!(cost(Encoding::Delta, 7_000, rest, &tempo).bytes, part(7_000, 1 << 18));
    let done = cost(Encoding::Raw, SIZE, Task { had: SIZE, ..fresh(SIZE) }, &tempo);
    assert_eq!((done.bytes, done.seconds), (0, tempo.restart));
}

#[test]
fn a_device_on_a_computer_gets_its_delta_however_fast_its_link_is() {
    let ways = || ways(Ok(282_701), Ok(7_453), fresh(SIZE), &link(50_000_000.0));
    assert_eq!(cheapest(&ways()), Encoding::Delta);
}

#[test]
fn where_nothing_else_can_be_had_it_is_sent_as_it_is() {
    let none = || Err(Unavailable::NotUnderstood);
    let ways = ways(none(), none(), fresh(SIZE), &link(1_000.0));
    assert_eq!(cheapest(&ways), Encoding::Raw);
    assert_eq!(ways.len(), 3);
    assert!(seconds(&ways, Encoding::Raw) > 500.0);
}

prop_compose! {
    fn any_tempo()(link in 1.0..1e8_f64, flash in 1.0..1e8_f64, restart in 1_u64..100_000) -> Tempo {
        let restart = Some(std::time::Duration::from_millis(restart));
        Tempo::of(&[Pace { link: Some(link), flash: Some(flash), restart }])
    }
}

prop_compose! {
    fn any_task()(
        size in 1_u32..1 << 28,
        had in 0_u32..1 << 28,
        erased in 0_u32..1 << 28,
        simulated in any::<bool>(),
    ) -> Task {
        Task { size, had, erased, simulated }
    }
}

proptest! {
    #[test]
    fn more_bytes_never_predict_less_time(
        tempo in any_tempo(),
        task in any_task(),
        bytes in 0_u32..1 << 28,
        more in 0_u32..1 << 28,
    ) {
        for encoding in [Encoding::Compressed, Encoding::Delta] {
            let less = cost(encoding, bytes, task, &tempo);
            let more = cost(encoding, bytes.saturating_add(more), task, &tempo);
            prop_assert!(less.bytes <= more.bytes && less.seconds <= more.seconds, "{less:?} {more:?}");
        }
        let larger = Task { size: task.size.saturating_add(more), ..task };
        let (less, more) =
            (cost(Encoding::Raw, 0, task, &tempo), cost(Encoding::Raw, 0, larger, &tempo));
        prop_assert!(less.bytes <= more.bytes && less.seconds <= more.seconds, "{less:?} {more:?}");
        prop_assert!(less.seconds.is_finite() && less.seconds >= 0.0);
    }

    #[test]
    fn the_chosen_way_is_never_worse_by_its_own_figures(
        tempo in any_tempo(),
        task in any_task(),
        compressed in prop::option::of(1_u32..1 << 28),
        delta in prop::option::of(1_u32..1 << 28),
    ) {
        let told = |bytes: Option<u32>| bytes.ok_or(Unavailable::NotSmaller);
        let ways = ways(told(compressed), told(delta), task, &tempo);
        let costs: Vec<(Encoding, Cost)> =
            ways.iter().filter_map(|way| Some((way.encoding, way.cost.clone().ok()?))).collect();
        let chosen = cheapest(&ways);
        let (_, taken) = costs.iter().find(|(encoding, _)| *encoding == chosen).unwrap();
        for (_, other) in &costs {
            prop_assert!(taken.seconds <= other.seconds * SAME);
            let dearer_in_both = taken.seconds > other.seconds && taken.bytes > other.bytes;
            prop_assert!(!dearer_in_both, "{taken:?} {other:?}");
        }
    }
}
