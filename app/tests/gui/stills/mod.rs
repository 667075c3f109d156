//! Pages that stand still: what real devices and a real engine have said, with fixed times, addresses and figures.
//!
//! Behind a still there is no engine, so that nothing moves while it is looked at. It is the same state and the same
//! drawing as in the window, and it is clicked like the window.

mod fleet;
mod log;
mod material;
mod pages;
mod toit;
mod usb;

use std::time::Duration;

use egui::{Theme, UiBuilder, Vec2, ViewportId};
use egui_kittest::Harness;
use egui_kittest::kittest::Queryable as _;
use skylift::engine::Snapshot;
use skylift::gui::{Event, FirmwareEvent, HistoryEvent, KeysEvent, State, draw, dress};

pub use fleet::{STATES, WIDEST_NAME, WIDEST_VERSION, fleet, running};
pub use material::Material;
pub use pages::stops;

/// How a page is looked at.
#[derive(Clone, Copy)]
pub struct Sight {
    pub theme: Theme,
    pub size: [f32; 2],
    pub scale: f32,
}

/// A page that stands still.
pub struct Still {
    pub harness: Harness<'static, State>,
}

impl Still {
    /// The window as it is when its engine says this.
    pub fn of(material: &Material, snapshot: &Snapshot) -> Self {
        let mut state = State::new(Default::default());
        state.settings.folder = "/home/ada/.local/share/skylift".into();
        let (start, wall) = (state.now.steady, material.now);
        state.now.wall = wall;
        let hear = |state: &mut State, event| drop(state.hear(event));
        hear(&mut state, Event::Route(Some("wlan0 192.168.1.20".to_owned())));
        hear(&mut state, Event::Firmware(FirmwareEvent::Library(material.images.clone(), Vec::new())));
        hear(&mut state, Event::Firmware(FirmwareEvent::Signatures(material.signatures())));
        let (signers, paired) = (material.signers.clone(), material.paired.clone());
        hear(&mut state, Event::Keys(KeysEvent::Listed { signers, paired, trouble: Vec::new() }));
        for (seconds, seen) in material.course(snapshot) {
            state.now.steady = start + Duration::from_secs(seconds);
            state.now.wall = wall - Duration::from_secs(material::LASTS) + Duration::from_secs(seconds);
            hear(&mut state, Event::Snapshot(seen));
        }
        (state.now.steady, state.now.wall) = (start + Duration::from_secs(material::LASTS), wall);
        hear(&mut state, Event::History(HistoryEvent::Updates(material.past.clone())));
        hear(&mut state, Event::History(HistoryEvent::Certificates(material.proofs.clone())));
        let harness = Harness::builder()
            .with_size(Vec2::from([1600.0, 1000.0]))
            .with_render_cursor(false)
            .with_context_setup(dress)
            .build_ui_state(
                |ui, state: &mut State| {
                    let mut actions = Vec::new();
                    // The harness leaves a margin, and a window has none.
                    let whole = ui.ctx().content_rect();
                    ui.scope_builder(UiBuilder::new().max_rect(whole), |ui| {
                        ui.set_clip_rect(whole);
                        draw(ui, state, &mut actions);
                    });
                    actions.into_iter().for_each(|action| drop(state.act(action)));
                },
                state,
            );
        Self { harness }
    }

    /// Tells the state something.
    pub fn hear(&mut self, event: Event) {
        drop(self.harness.state_mut().hear(event));
        self.draw();
    }

    pub fn draw(&mut self) {
        self.harness.step();
        self.harness.step();
    }

    /// Clicks the first thing of this name.
    pub fn click(&mut self, name: &str) {
        self.draw();
        let found = self.harness.query_all_by_label(name).find(|node| node.rect().is_finite());
        found.unwrap_or_else(|| panic!("no {name:?} to click")).click();
        self.draw();
    }

    /// Looks at it so, with the pointer out of the way.
    pub fn look(&mut self, sight: Sight) {
        self.harness.ctx.set_theme(sight.theme);
        let viewport = self.harness.input_mut().viewports.get_mut(&ViewportId::ROOT).unwrap();
        viewport.native_pixels_per_point = Some(sight.scale);
        self.harness.set_size(Vec2::from(sight.size));
        self.harness.remove_cursor();
        for _ in 0..3 {
            self.draw();
        }
    }
}
