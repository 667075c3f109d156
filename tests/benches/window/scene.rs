//! A page of the window that is drawn again and again, each time after news.

use std::time::{Duration, Instant};

use egui::{Context, Event as Input, Modifiers, PointerButton, RawInput, Rect, pos2, vec2};
use skylift::gui::{Event, Page, State, draw, dress};

/// A page, and where its news come from.
pub struct Scene {
    name: &'static str,
    ctx: Context,
    state: State,
    news: Box<dyn Fn(usize) -> Event>,
    drawn: Vec<Duration>,
    heard: Vec<Duration>,
}

/// Half of the times are no longer than the one, 99 of 100 than the other.
pub struct Times {
    pub p50: Duration,
    pub p99: Duration,
}

impl Scene {
    /// `news` makes what is heard before the picture of a round.
    pub fn new(name: &'static str, page: Page, news: impl Fn(usize) -> Event + 'static) -> Self {
        let ctx = Context::default();
        dress(&ctx);
        let state = State { page, ..State::new(Default::default()) };
        let mut scene = Self { name, ctx, state, news: Box::new(news), drawn: Vec::new(), heard: Vec::new() };
        let _ = scene.state.hear(scene.news(0));
        scene
    }

    /// Tells it something before.
    pub fn told(mut self, event: Event) -> Self {
        let _ = self.state.hear(event);
        self
    }

    /// Clicks there, in points.
    pub fn click(mut self, [x, y]: [f32; 2]) -> Self {
        let pos = pos2(x, y);
        let press = |pressed| {
            let button = PointerButton::Primary;
            Input::PointerButton { pos, button, pressed, modifiers: Modifiers::NONE }
        };
        for input in [Input::PointerMoved(pos), press(true), press(false), Input::PointerGone] {
            self.picture(vec![input]);
        }
        self
    }

    pub fn name(&self) -> &'static str {
        self.name
    }

    pub fn news(&self, round: usize) -> Event {
        (self.news)(round)
    }

    /// Takes news in, and draws a picture.
    pub fn show(&mut self, news: Event) {
        let begun = Instant::now();
        let _ = self.state.hear(news);
        self.heard.push(begun.elapsed());
        let begun = Instant::now();
        let shapes = self.picture(Vec::new());
        self.drawn.push(begun.elapsed());
        assert!(shapes > 100, "{}: a page is drawn", self.name);
    }

    /// How many shapes it has.
    fn picture(&mut self, events: Vec<Input>) -> usize {
        let screen_rect = Some(Rect::from_min_size(pos2(0.0, 0.0), vec2(1600.0, 1000.0)));
        let input = RawInput { screen_rect, events, ..RawInput::default() };
        let mut actions = Vec::new();
        let output = self.ctx.run_ui(input, |ui| draw(ui, &self.state, &mut actions));
        for action in actions {
            let _ = self.state.act(action);
        }
        output.shapes.len()
    }

    /// What has been measured so far was warming up.
    pub fn forget_times(&mut self) {
        self.drawn.clear();
        self.heard.clear();
    }

    /// The times of the pictures.
    pub fn drawn(&self) -> Times {
        times(&self.drawn)
    }

    /// The times in which news was taken in.
    pub fn heard(&self) -> Times {
        times(&self.heard)
    }
}

fn times(measured: &[Duration]) -> Times {
    let mut times = measured.to_vec();
    times.sort();
    let at = |share: usize| times.get(times.len() * share / 100).copied().unwrap_or_default();
    Times { p50: at(50), p99: at(99) }
}
