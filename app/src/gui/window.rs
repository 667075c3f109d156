//! The window itself: hands events to the state, draws it, and hands on what the user wants.

use std::sync::mpsc::Receiver;
use std::sync::{Arc, Mutex, PoisonError};

use eframe::{CreationContext, Frame, NativeOptions};
use egui::{Context, Key, Modifiers, ThemePreference, Ui, ViewportBuilder, ViewportCommand};

use super::effect::Effect;
use super::event::Event;
use super::file_dialogs::FileDialogs;
use super::memory::Memory;
use super::page::Page;
use super::screenshot::{Photographer, Shot};
use super::state::{Action, Now, State};
use super::worker::{Waker, Worker, notify};
use super::{
    clock, devices, dialog, firmware, history, messages, monitor, serve, settings, shell, style, toit,
    updates, usb,
};
use crate::advice::Advice;
use crate::engine::{EngineConfig, EngineError};
use crate::store::{DataDir, Theme};

/// The smallest window that shows everything, in points.
const LEAST: [f32; 2] = [640.0, 480.0];

/// Why there is no window, or no picture of it.
#[derive(Debug, thiserror::Error)]
pub enum WindowError {
    /// The system has no display, or does not let the window be shown on it.
    #[error("there is no display to open a window on: {0}")]
    NoDisplay(String),
    /// The display cannot draw it.
    #[error("the window cannot be drawn: {0}")]
    Drawing(String),
    /// The engine behind it does not start.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// No picture was taken.
    #[error("no screenshot was made: {0}")]
    Screenshot(String),
}

impl Advice for WindowError {
    fn advice(&self) -> Vec<String> {
        match self {
            Self::NoDisplay(_) | Self::Drawing(_) => {
                vec![
                    "`skylift devices`, `skylift update` and the other commands do the same without a window"
                        .to_owned(),
                ]
            }
            Self::Engine(error) => error.advice(),
            Self::Screenshot(_) => Vec::new(),
        }
    }
}

/// The window.
pub struct Window {
    state: State,
    /// Taken when the window closes.
    worker: Option<Worker>,
    events: Receiver<Event>,
    data: DataDir,
    memory: Memory,
    photographer: Option<Photographer>,
    /// What became of the picture, for who opened the window.
    outcome: Outcome,
    /// The user has agreed to close it.
    closing: bool,
}

/// Where the outcome of a picture is left.
type Outcome = Arc<Mutex<Option<Result<(), String>>>>;

impl Window {
    /// Builds it, and starts the engine behind it.
    ///
    /// # Errors
    /// The operating system does not give what the engine needs.
    pub fn new(ctx: &Context, config: EngineConfig, data: DataDir) -> Result<Self, EngineError> {
        style::install(ctx);
        let waker = Waker::new(ctx.clone());
        let (worker, events) = Worker::start(config, data.clone(), waker)?;
        let settings = settings::View { folder: data.path().to_owned(), ..settings::View::default() };
        let memory = Memory::load(&data);
        let mut state = State::new(settings);
        state.devices.detail_width = memory.detail_width;
        state.firmware.sign_builds = memory.sign_builds;
        Ok(Self {
            state,
            worker: Some(worker),
            events,
            memory,
            data,
            photographer: None,
            outcome: Outcome::default(),
            closing: false,
        })
    }

    /// The same with other dialogs for files than the system's.
    #[must_use]
    pub fn with_dialogs(mut self, dialogs: Arc<dyn FileDialogs>) -> Self {
        if let Some(worker) = &mut self.worker {
            worker.ask_with(dialogs);
        }
        self
    }

    /// The same, to take one picture and close.
    fn photograph(mut self, shot: Option<Shot>, outcome: Outcome) -> Self {
        if let Some(shot) = &shot {
            let effects = self.state.act(Action::Go(shot.page));
            self.hand_on(effects);
        }
        self.photographer = shot.map(Photographer::new);
        self.outcome = outcome;
        self
    }

    /// What it shows.
    #[must_use]
    pub const fn state(&self) -> &State {
        &self.state
    }

    fn perform(&mut self, effects: Vec<Effect>, ctx: &Context) {
        for effect in effects {
            match effect {
                Effect::Quit => {
                    self.closing = true;
                    ctx.send_viewport_cmd(ViewportCommand::Close);
                }
                Effect::Notify { title, text } => {
                    let in_front = ctx.input(|input| input.viewport().focused) == Some(true);
                    if !in_front
                        && self.state.settings.kept.window.notifications
                        && self.photographer.is_none()
                    {
                        notify::show(title, text);
                    }
                }
                effect => self.hand_on(vec![effect]),
            }
        }
    }

    fn hand_on(&mut self, effects: Vec<Effect>) {
        if let Some(worker) = &mut self.worker {
            effects.into_iter().for_each(|effect| worker.perform(effect));
        }
    }

    fn hear(&mut self, ctx: &Context) {
        let effects = self.state.hear_all(self.events.try_iter());
        self.perform(effects, ctx);
    }

    fn act(&mut self, actions: Vec<Action>, ctx: &Context) {
        for action in actions {
            let effects = self.state.act(action);
            self.perform(effects, ctx);
        }
    }

    /// Theme and scale are the user's; egui keeps what does not change.
    fn dress(&self, ctx: &Context) {
        let wanted = &self.state.settings.kept.window;
        let picture = self.photographer.as_ref().map(Photographer::picture).unwrap_or_default();
        ctx.set_theme(match picture.theme.unwrap_or(wanted.theme) {
            Theme::System => ThemePreference::System,
            Theme::Dark => ThemePreference::Dark,
            Theme::Light => ThemePreference::Light,
        });
        ctx.set_zoom_factor(picture.scale.unwrap_or(wanted.scale));
    }

    fn dropped_files(&self, ctx: &Context) -> Vec<Action> {
        let dropped = ctx.input(|input| input.raw.dropped_files.clone());
        let onto_form = self.state.toit.open && self.state.page == Page::Firmware;
        let add = |file: &egui::DroppedFileHandle| {
            let path = file.path().to_owned();
            if onto_form || toit::form::is_program(&path) {
                Action::Toit(toit::Action::Drop(path))
            } else {
                Action::Firmware(firmware::Action::Add(path))
            }
        };
        if let (Some(device), Some(file)) = (devices::drop_target(ctx, &self.state), dropped.first()) {
            return vec![Action::Devices(devices::Action::Drop(device, file.path().to_owned()))];
        }
        let mut actions: Vec<_> = dropped.iter().map(add).collect();
        if !actions.is_empty() {
            actions.insert(0, Action::Go(Page::Firmware));
        }
        actions
    }

    fn take_picture(&mut self, ctx: &Context) {
        if let Some(outcome) = self.photographer.as_mut().and_then(|photographer| photographer.look(ctx)) {
            *self.outcome.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
        }
    }
}

impl eframe::App for Window {
    fn logic(&mut self, ctx: &Context, _frame: &mut Frame) {
        self.state.now = Now::read();
        self.hear(ctx);
        self.dress(ctx);
        let dropped = self.dropped_files(ctx);
        self.act(dropped, ctx);
        let wants_close = ctx.input(|input| input.viewport().close_requested());
        if wants_close && !self.closing && self.state.is_busy() {
            ctx.send_viewport_cmd(ViewportCommand::CancelClose);
            self.act(vec![Action::Close], ctx);
        }
    }

    fn ui(&mut self, ui: &mut Ui, _frame: &mut Frame) {
        let mut actions = Vec::new();
        draw(ui, &self.state, &mut actions);
        let ctx = ui.ctx().clone();
        self.act(actions, &ctx);
        self.take_picture(&ctx);
        // Not inside: what reads the context while it is read waits for ever.
        let zoom = ctx.zoom_factor();
        ctx.input(|input| {
            let viewport = input.viewport();
            self.memory.maximized = viewport.maximized.unwrap_or(false);
            if let (Some(inner), false) = (viewport.inner_rect, self.memory.maximized) {
                self.memory.size = (inner.size() * zoom).into();
            }
        });
    }

    fn on_exit(&mut self, _gl: Option<&eframe::glow::Context>) {
        if self.photographer.is_none() {
            self.memory.detail_width = self.state.devices.detail_width;
            self.memory.sign_builds = self.state.firmware.sign_builds;
            self.memory.keep(&self.data);
        }
        if let Some(worker) = self.worker.take() {
            worker.close();
        }
    }
}

/// Draws everything.
pub fn draw(ui: &mut Ui, state: &State, out: &mut Vec<Action>) {
    keys(ui, out);
    shell::status_bar(ui, state, out);
    shell::navigation(ui, state, out);
    match state.page {
        Page::Devices => devices::draw(ui, state, out),
        Page::Updates => updates::draw(ui, state, out),
        Page::Firmware => firmware::draw(ui, state, out),
        Page::Usb => usb::draw(ui, state, out),
        Page::Monitor => monitor::draw(ui, state, out),
        Page::Serve => serve::draw(ui, state, out),
        Page::History => history::draw(ui, state, out),
        Page::Messages => messages::draw(ui, state, out),
        Page::Settings => settings::draw(ui, state, out),
    }
    messages::draw_toasts(ui, state, out);
    if let Some(open) = &state.dialog {
        dialog::draw(ui, open, out);
    }
    if let Some(left) = clock::next_change(state) {
        ui.request_repaint_after(left);
    }
}

/// The keys that mean the same on every page.
fn keys(ui: &Ui, out: &mut Vec<Action>) {
    let pages = [
        (Key::Num1, Page::Devices),
        (Key::Num2, Page::Updates),
        (Key::Num3, Page::Firmware),
        (Key::Num4, Page::Usb),
        (Key::Num5, Page::Monitor),
        (Key::Num6, Page::Serve),
        (Key::Num7, Page::History),
        (Key::M, Page::Messages),
        (Key::Comma, Page::Settings),
    ];
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::COMMAND, key));
    for (key, page) in pages {
        if pressed(key) {
            out.push(Action::Go(page));
        }
    }
    if pressed(Key::N) {
        out.push(Action::Devices(devices::Action::Add));
    }
    if pressed(Key::O) {
        out.push(Action::Go(Page::Firmware));
        out.push(Action::Firmware(firmware::Action::Pick));
    }
}

/// Opens the window, and returns when it is closed.
///
/// # Errors
/// There is no display, the engine does not start, or no picture was taken where one was wanted.
pub fn open(config: EngineConfig, data: DataDir, shot: Option<Shot>) -> Result<(), WindowError> {
    let outcome = Outcome::default();
    let wants_picture = shot.is_some();
    let options = NativeOptions { viewport: viewport(&data, shot.as_ref()), ..NativeOptions::default() };
    let left = Arc::clone(&outcome);
    let run = eframe::run_native(
        "skylift",
        options,
        Box::new(move |creation: &CreationContext<'_>| {
            let window = Window::new(&creation.egui_ctx, config, data)?;
            Ok(Box::new(window.photograph(shot, left)))
        }),
    );
    run.map_err(|error| match error {
        eframe::Error::Winit(_) | eframe::Error::WinitEventLoop(_) => {
            WindowError::NoDisplay(error.to_string())
        }
        error => WindowError::Drawing(error.to_string()),
    })?;
    let outcome = outcome.lock().unwrap_or_else(PoisonError::into_inner).take();
    match outcome {
        Some(Err(problem)) => Err(WindowError::Screenshot(problem)),
        None if wants_picture => Err(WindowError::Screenshot("the window was closed before".to_owned())),
        Some(Ok(())) | None => Ok(()),
    }
}

fn viewport(data: &DataDir, shot: Option<&Shot>) -> ViewportBuilder {
    let memory = Memory::load(data);
    let icon =
        eframe::icon_data::from_png_bytes(include_bytes!("../../../assets/icon-256.png")).unwrap_or_default();
    let size = shot.and_then(|shot| shot.picture.size).map(|size| size.map(|side| side as f32));
    ViewportBuilder::default()
        .with_title("Skylift")
        .with_app_id("skylift")
        .with_icon(icon)
        .with_inner_size(size.unwrap_or(memory.size))
        .with_maximized(memory.maximized && shot.is_none())
        .with_min_inner_size(if shot.is_some() { [320.0, 320.0] } else { LEAST })
        .with_drag_and_drop(true)
}
