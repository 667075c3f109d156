//! How long the window needs to draw itself: `ui()`, without what the graphics card gets of it.
//!
//! `cargo bench -p skylift-tests --bench window`
//!
//! Each page is drawn with few things and with many, in turn, so that both meet the same machine. Before each picture
//! there is news, as the engine would bring it.
#![allow(clippy::expect_used, reason = "a benchmark that cannot run has nothing to say")]

mod news;
mod scene;

use std::time::Duration;

use skylift::gui::Page;

use news::{devices, fleet, history, log, port};
use scene::Scene;

const ROUNDS: usize = 400;
const WARM_UP: usize = 50;

fn main() {
    println!("| 1600 × 1000 | a picture, p50 | p99 | news taken in, p50 |");
    println!("|---|---|---|---|");
    compare(
        Scene::new("devices, 100, 20 updating", Page::Devices, |round| devices(100, 20, round)),
        Scene::new("devices, 1,000, 200 updating", Page::Devices, |round| devices(1000, 200, round)),
    );
    compare(
        Scene::new("board, 20 running", Page::Updates, |round| fleet(20, round)).click([600.0, 94.0]),
        Scene::new("board, 200 running", Page::Updates, |round| fleet(200, round)).click([600.0, 94.0]),
    );
    compare(
        Scene::new("history, 1,000 past updates", Page::History, |_| history(1000)),
        Scene::new("history, 10,000 past updates", Page::History, |_| history(10_000)),
    );
    compare(
        Scene::new("monitor, 1,000 lines and more", Page::Monitor, |round| log(1000, round)).told(port()),
        Scene::new("monitor, 100,000 lines and more", Page::Monitor, |round| log(100_000, round))
            .told(port()),
    );
}

/// Draws both in turn, and says how long that took.
fn compare(mut few: Scene, mut many: Scene) {
    for round in 0..WARM_UP + ROUNDS {
        let news = [few.news(round), many.news(round)];
        let [of_few, of_many] = news;
        // Whoever is second finds the processor's caches in another state.
        if round % 2 == 0 {
            few.show(of_few);
            many.show(of_many);
        } else {
            many.show(of_many);
            few.show(of_few);
        }
        if round < WARM_UP {
            few.forget_times();
            many.forget_times();
        }
    }
    for scene in [&mut few, &mut many] {
        let (drawn, heard) = (scene.drawn(), scene.heard());
        println!("| {} | {} | {} | {} |", scene.name(), ms(drawn.p50), ms(drawn.p99), ms(heard.p50));
    }
    println!("| relative | {:.2} | | |", many.drawn().p50.as_secs_f64() / few.drawn().p50.as_secs_f64());
}

fn ms(time: Duration) -> String {
    format!("{:.2} ms", time.as_secs_f64() * 1e3)
}
