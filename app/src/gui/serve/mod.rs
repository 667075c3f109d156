//! The serving page: one image under a fixed address, for devices that poll on their own.

mod clients;
mod page;
mod transfers;

use skylift_protocol::Digest;

pub use page::draw;

use super::effect::Effect;
use super::page::Page;
use super::state::State;
use crate::engine::Serving;
use crate::image::library::Entry;

/// What the page shows beside the transfers.
#[derive(Debug, Default)]
pub struct View {
    /// The chosen image.
    pub image: Option<Digest>,
    /// Which client's lines are shown.
    pub client: clients::Client,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Chose an image.
    Choose(Digest),
    /// Starts serving it.
    Start(Digest),
    /// Stops serving.
    Stop,
    /// Wants to see another client's lines.
    Client(clients::Client),
}

/// The image that is served, as the library names it: its file is named by its digest.
#[must_use]
pub fn entry_of<'s>(state: &'s State, serving: &Serving) -> Option<&'s Entry> {
    let stem = serving.path.file_stem()?.to_str()?;
    let named = stem.parse::<Digest>().ok().and_then(|digest| state.firmware.entry(digest));
    named.or_else(|| state.serve.image.and_then(|digest| state.firmware.entry(digest)))
}

/// What people call what is served.
#[must_use]
pub fn name_of(state: &State, serving: &Serving) -> String {
    match entry_of(state, serving) {
        Some(entry) => format!("{} {}", entry.project, entry.version),
        None => serving.path.file_name().unwrap_or_default().to_string_lossy().into_owned(),
    }
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    match action {
        Action::Choose(digest) => state.serve.image = Some(digest),
        Action::Start(digest) => {
            state.page = Page::Serve;
            state.serve.image = Some(digest);
            return vec![Effect::Serve(digest)];
        }
        Action::Stop => return vec![Effect::StopServing],
        Action::Client(client) => state.serve.client = client,
    }
    Vec::new()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Audience;
    use crate::gui::settings;

    #[test]
    fn what_is_served_is_called_by_its_version_not_by_its_file() {
        let mut state = State::new(settings::View::default());
        let digest = Digest([3; 32]);
        let serving = Serving {
            path: format!("/data/images/{digest}.bin").into(),
            urls: Vec::new(),
            audience: Audience::Network,
        };
        assert_eq!(name_of(&state, &serving), format!("{digest}.bin"));
        state.firmware.entries = vec![Entry {
            file_sha256: digest,
            image_sha256: digest,
            elf_sha256: digest,
            project: "lamp".to_owned(),
            version: "1.2.0".to_owned(),
            chip: skylift_protocol::Chip::Esp32C3,
            size: 1,
            added: 0,
            source: String::new(),
        }];
        assert_eq!(name_of(&state, &serving), "lamp 1.2.0");
    }

    #[test]
    fn starting_leads_to_the_page_of_what_is_served() {
        let mut state = State::new(settings::View::default());
        let effects = act(&mut state, Action::Start(Digest([1; 32])));
        assert!(matches!(effects[..], [Effect::Serve(_)]));
        assert_eq!(state.page, Page::Serve);
    }
}
