//! How long a board on a cable is flashed, on simulated boards at the pace of real ones (an ESP32-C3 module, bytes at the
//! time of their rate).
//!
//! `cargo bench -p skylift-tests --bench cable` prints rows for docs/FIGURES.md after some minutes: the app alone beside
//! espflash's library at the same rate, wholly different and hardly changed; the same again unchanged; and four boards at
//! once beside one.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[cfg(unix)]
mod boards;
#[cfg(unix)]
mod contestants;

/// Of which the median counts.
#[cfg(unix)]
const ROUNDS: usize = 3;

#[cfg(unix)]
fn main() {
    use contestants::BAUD;

    println!("| figure, {} KiB of app at {BAUD} baud | value |\n|---|---|", boards::app(1).len() / 1024);
    let ours = another_app();
    hardly_changed();
    four_at_once(ours);
}

/// An app that has nothing in common with what is there, and the same again. Seconds of the first.
#[cfg(unix)]
fn another_app() -> f64 {
    let (old, new) = (boards::app(1), boards::app(2));
    let (mut theirs, mut ours, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(contestants::espflash(&boards::flashed(&old), &new));
        let board = boards::flashed(&old);
        ours.push(contestants::skylift(&board, &new));
        again.push(contestants::skylift(&board, &new));
    }
    let [theirs, ours, again] = [theirs, ours, again].map(median);
    println!("| an app that is wholly different / espflash | {} |", ratio(ours, theirs));
    println!("| the same again, unchanged / the first time | {} |", ratio(again, ours));
    ours
}

/// Both slots hold earlier builds, as they do on the desk of who develops an app.
#[cfg(unix)]
fn hardly_changed() {
    let builds = [1, 2, 3].map(boards::rebuilt);
    let (mut theirs, mut ours) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        theirs.push(contestants::espflash(&boards::flashed(&builds[0]), &builds[2]));
        let board = boards::flashed(&builds[0]);
        contestants::skylift(&board, &builds[1]);
        ours.push(contestants::skylift(&board, &builds[2]));
    }
    println!("| an app of which one text has changed / espflash | {} |", ratio(median(ours), median(theirs)));
}

#[cfg(unix)]
fn four_at_once(one: f64) {
    let (old, new) = (boards::app(1), boards::app(2));
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for board in [0; 4].map(|_| boards::flashed(&old)) {
            scope.spawn({
                let new = &new;
                move || contestants::skylift(&board, new)
            });
        }
    });
    println!("| four boards at once / one | {} |", ratio(started.elapsed().as_secs_f64(), one));
}

#[cfg(unix)]
fn median(mut seconds: Vec<f64>) -> f64 {
    seconds.sort_by(f64::total_cmp);
    seconds[seconds.len() / 2]
}

#[cfg(unix)]
fn ratio(one: f64, other: f64) -> String {
    format!("{one:.1} s / {other:.1} s = {:.2}", one / other)
}

#[cfg(not(unix))]
fn main() {
    println!("Boards are simulated behind pseudo-terminals, which this system does not have.");
}
