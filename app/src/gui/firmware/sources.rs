//! Release sources: those that are tracked, and one that is being typed or fetched.

use crate::gui::effect::Effect;
use crate::gui::state::State;
use crate::image::source::{NetSource, Pattern, TrackedSource};

/// What the panel of sources shows.
#[derive(Debug, Default)]
pub struct View {
    /// Whether it is open.
    pub open: bool,
    /// The tracked sources, in the order in which they were added.
    pub list: Vec<TrackedSource>,
    /// What has been typed as a source.
    pub typed: String,
    /// What has been typed as the pattern of an asset.
    pub asset: String,
    /// What is under way.
    pub busy: Option<Busy>,
}

/// Something that is under way on the net.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Busy {
    /// Sources are looked up.
    Checking,
    /// An image is fetched.
    Fetching {
        /// From where, without what may be secret in it.
        from: String,
        /// Bytes received.
        received: u64,
        /// Bytes in all, if the server says so.
        total: Option<u64>,
    },
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Opens or closes the panel.
    Toggle,
    /// Typed a source.
    Typed(String),
    /// Typed a pattern.
    Asset(String),
    /// Wants what was typed tracked.
    Track,
    /// Wants what was typed fetched once.
    Fetch,
    /// Wants all sources looked up now.
    Check,
    /// Breaks off what is under way.
    Cancel,
    /// Wants a source tracked no more.
    Remove(Box<TrackedSource>),
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The tracked sources.
    List(Vec<TrackedSource>),
    /// Something has begun, or goes on.
    Busy(Busy),
    /// What was under way has ended.
    Idle,
}

impl View {
    /// What was typed; or what is wrong with it, in a sentence. Nothing typed is nothing wrong.
    ///
    /// # Errors
    /// It is neither a project on GitHub nor a URL that is safe.
    pub fn read(&self) -> Result<TrackedSource, String> {
        let typed = self.typed.trim();
        if typed.is_empty() {
            return Err(String::new());
        }
        let source: NetSource =
            typed.parse().map_err(|error: crate::image::source::SourceError| error.to_string())?;
        let asset = self.asset.trim();
        let asset = (!asset.is_empty()).then(|| asset.parse::<Pattern>());
        match asset.transpose() {
            Ok(asset) => Ok(TrackedSource::new(source, asset)),
            Err(never) => match never {},
        }
    }
}

/// Takes what the user did.
pub(super) fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.firmware.sources;
    match action {
        Action::Toggle => {
            view.open = !view.open;
            state.firmware.open = None;
            return vec![Effect::LoadSources];
        }
        Action::Typed(text) => view.typed = text,
        Action::Asset(text) => view.asset = text,
        Action::Track => return take(view, |source| Effect::TrackSource(Box::new(source))),
        Action::Fetch => return take(view, |source| Effect::FetchImage(Box::new(source))),
        Action::Check => return vec![Effect::CheckSources],
        Action::Cancel => return vec![Effect::CancelFetch],
        Action::Remove(source) => return vec![Effect::RemoveSource(source)],
    }
    Vec::new()
}

/// A URL may hold a key: it does not stay on the screen.
fn take(view: &mut View, effect: impl FnOnce(TrackedSource) -> Effect) -> Vec<Effect> {
    let Ok(source) = view.read() else { return Vec::new() };
    view.typed.clear();
    view.asset.clear();
    vec![effect(source)]
}

/// Takes what happened elsewhere.
pub(super) fn hear(state: &mut State, event: Event) {
    let view = &mut state.firmware.sources;
    match event {
        Event::List(list) => view.list = list,
        Event::Busy(busy) => view.busy = Some(busy),
        Event::Idle => view.busy = None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gui::settings;

    #[test]
    fn what_was_typed_is_read_and_does_not_stay() {
        let mut state = State::new(settings::View::default());
        for text in ["", "lamp", "http://example.com/ota.bin"] {
            act(&mut state, Action::Typed(text.to_owned()));
            assert!(act(&mut state, Action::Track).is_empty(), "{text}");
        }
        act(&mut state, Action::Typed(" https://example.com/ota.bin?key=secret ".to_owned()));
        let effects = act(&mut state, Action::Fetch);
        assert!(matches!(effects[..], [Effect::FetchImage(_)]));
        assert_eq!(state.firmware.sources.typed, "");
        act(&mut state, Action::Typed("acme/lamp".to_owned()));
        act(&mut state, Action::Asset("*c3.bin".to_owned()));
        let effects = act(&mut state, Action::Track);
        let [Effect::TrackSource(source)] = &effects[..] else { panic!("{effects:?}") };
        assert_eq!(source.asset.as_ref().map(ToString::to_string).as_deref(), Some("*c3.bin"));
    }
}
