//! How long a board on a cable is flashed, on simulated boards at the pace of real ones (an ESP32-C3 module, bytes at the
//! time of their rate).
//!
//! `cargo bench -p skylift-tests --bench cable` prints rows for docs/FIGURES.md after some minutes: the app alone beside
//! espflash's library at the same rate, the same again unchanged, and four boards at once beside one.
#![allow(clippy::unwrap_used, reason = "a benchmark that cannot run has nothing to say")]

#[cfg(unix)]
mod boards;
#[cfg(unix)]
mod contestants;

#[cfg(unix)]
fn main() {
    use boards::flashed;
    use contestants::{BAUD, espflash, skylift};

    let (old, new) = (boards::app(1), boards::app(2));
    println!("| figure, {} KiB of app at {BAUD} baud | value |\n|---|---|", new.len() / 1024);
    let seconds = |times: &mut Vec<f64>| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    };
    let (mut theirs, mut ours, mut again) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..3 {
        theirs.push(espflash(&flashed(&old), &new));
        let board = flashed(&old);
        ours.push(skylift(&board, &new));
        again.push(skylift(&board, &new));
    }
    let [theirs, ours, again] = [&mut theirs, &mut ours, &mut again].map(seconds);
    println!("| app alone / espflash | {ours:.1} s / {theirs:.1} s = {:.2} |", ours / theirs);
    println!("| the same again, unchanged / the first time | {again:.1} s = {:.2} |", again / ours);
    let started = std::time::Instant::now();
    std::thread::scope(|scope| {
        for board in [0; 4].map(|_| flashed(&old)) {
            scope.spawn({
                let new = &new;
                move || skylift(&board, new)
            });
        }
    });
    let four = started.elapsed().as_secs_f64();
    println!("| four boards at once / one | {four:.1} s / {ours:.1} s = {:.2} |", four / ours);
}

#[cfg(not(unix))]
fn main() {
    println!("Boards are simulated behind pseudo-terminals, which this system does not have.");
}
