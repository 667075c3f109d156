//! The firmware page: the images that this computer knows, and how a new one gets there.

mod build_panel;
mod detail;
mod page;
pub mod partitions;
pub mod proof;
mod proof_panel;
mod protection;
mod rows;
mod segments;
pub mod signing;
pub mod sources;
mod sources_panel;
mod table;
mod uses;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use skylift_protocol::{Digest, Id};

pub use page::draw;
pub use proof::Proof;
pub(super) use proof_panel::survived;
pub use rows::{Column, Filter, SortBy};
pub use uses::Uses;

use super::dialog::{Consequence, Dialog, Question};
use super::effect::Effect;
use super::file_dialogs::Answered;
use super::messages::Message;
use super::page::Page;
use super::state::State;
use super::toit::programs::Programs;
use super::updates;
use crate::engine::{JaguarInside, Stock};
use crate::image::Image;
use crate::image::library::Entry;
use crate::image::sign::Signatures;

/// The last lines of a compiler that are kept.
const MOST_LINES: usize = 2000;

/// What the page shows.
#[derive(Debug, Default)]
pub struct View {
    /// The images, the newest first.
    pub entries: Vec<Entry>,
    /// Files of the library that are damaged, in words.
    pub damaged: Vec<String>,
    /// Who signed them, of those that were looked at.
    pub signatures: HashMap<Digest, Signatures>,
    /// Whether what is built is signed.
    pub sign_builds: bool,
    /// What became of each on devices, by its `image_sha256` in hex.
    pub uses: HashMap<String, Uses>,
    /// What is searched for.
    pub search: String,
    /// Which images are shown.
    pub filter: Filter,
    /// In which order.
    pub sort: SortBy,
    /// What has been typed or pasted as a path.
    pub typed: String,
    /// The image whose details are open.
    pub open: Option<Digest>,
    /// The same, read.
    pub opened: Option<Opened>,
    /// The proof that is being made, or prepared.
    pub proof: Option<Proof>,
    /// Release sources.
    pub sources: sources::View,
    /// The build that runs or has failed.
    pub build: Option<Build>,
    /// Devices that are to get what the build makes.
    build_for: Vec<Id>,
    /// What the engine said last of what there is to be sent.
    stock: Arc<Stock>,
    /// A dialog of the system was asked for, and came back at once: there is probably none.
    pub no_picker: bool,
}

/// An image of the library that was read.
#[derive(Clone, Debug)]
pub struct Opened {
    /// The image.
    pub image: Arc<Image>,
    /// Whether the ELF that it was made from is kept too.
    pub elf_kept: bool,
    /// What of Toit is in it.
    pub toit: Option<Programs>,
    /// What it is for Jaguar devices.
    pub inside: JaguarInside,
}

impl Opened {
    /// An image, looked through.
    #[must_use]
    pub fn new(image: Arc<Image>, elf_kept: bool) -> Self {
        Self { toit: Programs::of(&image), inside: JaguarInside::of(&image), image, elf_kept }
    }
}

/// A build.
#[derive(Clone, Debug)]
pub struct Build {
    /// What it is made from.
    pub source: PathBuf,
    /// What the compiler said.
    pub lines: Vec<String>,
    /// Why it failed, once it has.
    pub failed: Option<String>,
}

/// What the user did.
#[derive(Clone, Debug)]
pub enum Action {
    /// Typed a search.
    Search(String),
    /// Chose a filter.
    Filter(Filter),
    /// Clicked the head of a column.
    Sort(Column),
    /// Moved to another image, by so many.
    Move(i32),
    /// Something with a proof.
    Proof(proof::Action),
    /// Something with release sources.
    Sources(sources::Action),
    /// Something with signatures.
    Sign(signing::Action),
    /// Wants to see how updates with an image ended.
    ShowPast(Digest),
    /// Wants a project built again, and these devices updated with what comes of it.
    BuildFor(PathBuf, Vec<Id>),
    /// Wants the form that makes an image of an envelope of Toit.
    FromToit,
    /// Typed a path.
    Typed(String),
    /// Wants the dialog of the system.
    Pick,
    /// Wants the dialog of the system for a folder.
    PickFolder,
    /// Wants what is at a path.
    Add(PathBuf),
    /// Opened the details of an image.
    Open(Digest),
    /// Closed them.
    CloseDetail,
    /// Wants an image sent.
    Update(Digest),
    /// Wants an image served plainly.
    Serve(Digest),
    /// Wants an image dropped; asks.
    Forget(Digest),
    /// Stops the build.
    CancelBuild,
    /// Has read why the build failed.
    CloseBuild,
}

/// What happened elsewhere.
#[derive(Clone, Debug)]
pub enum Event {
    /// The images, and what is damaged.
    Library(Vec<Entry>, Vec<String>),
    /// Who signed images.
    Signatures(HashMap<Digest, Signatures>),
    /// An image was signed.
    Signed(signing::Signed),
    /// An image was read.
    Opened(Opened),
    /// Something with a proof.
    Proof(proof::Event),
    /// Something with release sources.
    Sources(sources::Event),
    /// What came of the dialog for a file or folder.
    Picked(Answered),
    /// A build has begun.
    Building(PathBuf),
    /// The compiler says something.
    Line(String),
    /// The build has failed, for this reason.
    BuildFailed(String),
    /// The build was cancelled.
    BuildCancelled,
    /// An image is in the library now.
    Added(Digest),
}

impl View {
    /// The entry of a digest.
    #[must_use]
    pub fn entry(&self, digest: Digest) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.file_sha256 == digest)
    }

    /// What became of an image on devices, if anything did.
    #[must_use]
    pub fn uses_of(&self, entry: &Entry) -> Option<&Uses> {
        self.uses.get(&entry.image_sha256.to_string())
    }

    /// The image that lies so many rows from the open one.
    fn neighbour(&self, rows: i32) -> Option<Digest> {
        let shown = self.shown();
        let here = shown.iter().position(|entry| self.open == Some(entry.file_sha256));
        let there = match here {
            Some(here) => here.saturating_add_signed(isize::try_from(rows).ok()?),
            None => 0,
        };
        shown.get(there.min(shown.len().saturating_sub(1))).map(|entry| entry.file_sha256)
    }
}

/// Takes what the user did.
pub fn act(state: &mut State, action: Action) -> Vec<Effect> {
    let view = &mut state.firmware;
    match action {
        Action::Search(text) => view.search = text,
        Action::Filter(filter) => view.filter = filter,
        Action::Sort(column) => view.sort = view.sort.clicked(column),
        Action::Move(rows) => {
            if let Some(digest) = view.neighbour(rows).filter(|digest| view.open != Some(*digest)) {
                return act(state, Action::Open(digest));
            }
        }
        Action::Proof(action) => return proof::act(state, action),
        Action::Sign(action) => return signing::act(state, action),
        Action::Sources(action) => return sources::act(state, action),
        Action::ShowPast(digest) => return super::history::show_image(state, digest),
        Action::BuildFor(project, devices) => {
            view.build_for = devices;
            state.page = Page::Firmware;
            return vec![signing::add(state, project)];
        }
        Action::FromToit => return super::toit::act(state, super::toit::Action::Open),
        Action::Typed(text) => view.typed = text,
        Action::Pick => return vec![Effect::PickImage],
        Action::PickFolder => return vec![Effect::PickFolder],
        Action::Add(path) => {
            view.typed.clear();
            view.build_for.clear();
            return vec![signing::add(state, path)];
        }
        Action::Open(digest) => {
            view.open = Some(digest);
            view.opened = None;
            view.sources.open = false;
            if view.proof.as_ref().is_some_and(|proof| !proof.is_running()) {
                view.proof = None;
            }
            return vec![Effect::OpenImage(digest)];
        }
        Action::CloseDetail => view.open = None,
        Action::Update(digest) => return updates::act(state, updates::Action::PlanImage(digest)),
        Action::Serve(digest) => return super::serve::act(state, super::serve::Action::Start(digest)),
        Action::Forget(digest) => {
            if let Some(entry) = view.entry(digest) {
                state.dialog = Some(forget(entry));
            }
        }
        Action::CancelBuild => return vec![Effect::CancelBuild],
        Action::CloseBuild => view.build = None,
    }
    Vec::new()
}

/// Takes what happened elsewhere.
pub fn hear(state: &mut State, event: Event) -> Vec<Effect> {
    let view = &mut state.firmware;
    match event {
        Event::Library(entries, damaged) => {
            view.entries = entries;
            view.damaged = damaged;
            let known = &view.signatures;
            let new = view.entries.iter().filter(|entry| !known.contains_key(&entry.file_sha256));
            let new: Vec<_> = new.cloned().collect();
            if !new.is_empty() {
                return vec![Effect::ReadSignatures(new)];
            }
        }
        Event::Signatures(signatures) => view.signatures.extend(signatures),
        Event::Signed(signed) => return signing::signed(state, &signed),
        Event::Proof(event) => return proof::hear(state, event),
        Event::Sources(event) => sources::hear(state, event),
        Event::Opened(opened) => {
            let (image, inside) = (Arc::clone(&opened.image), opened.inside.clone());
            if view.open == Some(image.file_sha256) {
                view.opened = Some(opened);
            }
            return updates::hear(state, updates::Event::Image(image, inside));
        }
        Event::Picked(Answered::Chosen(path)) => return vec![signing::add(state, path)],
        Event::Picked(Answered::Closed) => view.no_picker = false,
        Event::Picked(Answered::NoDialog) => view.no_picker = true,
        Event::Building(source) => view.build = Some(Build { source, lines: Vec::new(), failed: None }),
        Event::Line(line) => {
            if let Some(build) = &mut view.build {
                build.lines.push(line);
                let surplus = build.lines.len().saturating_sub(MOST_LINES);
                build.lines.drain(..surplus);
            }
        }
        Event::BuildFailed(why) => {
            if let Some(build) = &mut view.build {
                build.failed = Some(why);
            }
        }
        Event::BuildCancelled => view.build = None,
        Event::Added(digest) => {
            view.build = None;
            state.toit.open = false;
            let name = view
                .entry(digest)
                .map(|entry| format!("{} {} is in the library", entry.project, entry.version));
            let devices = std::mem::take(&mut view.build_for);
            if let Some(name) = name {
                state.tell(Message::done(name));
            }
            let mut effects = act(state, Action::Open(digest));
            if !devices.is_empty() {
                effects.extend(updates::act(state, updates::Action::Plan(devices)));
                effects.extend(updates::act(state, updates::Action::Choose(digest)));
            }
            return effects;
        }
    }
    Vec::new()
}

fn forget(entry: &Entry) -> Dialog {
    Dialog::Question(Question {
        title: format!("Drop {} {} from the library?", entry.project, entry.version),
        text: "Its copy on this computer is deleted, with the ELF that belongs to it. Devices that run it keep it.".to_owned(),
        stay: "Keep it".to_owned(),
        go: "Drop".to_owned(),
        then: Consequence::Effect(Box::new(Effect::ForgetImage(Box::new(entry.clone())))),
    })
}

/// Takes what the engine or the history says: what became of images, and what is new to be sent.
pub fn see(state: &mut State) -> Vec<Effect> {
    let view = &mut state.firmware;
    if state.page == Page::Firmware {
        view.uses = uses::uses(&state.engine, &state.history.updates);
    }
    if Arc::ptr_eq(&view.stock, &state.engine.stock) {
        return Vec::new();
    }
    view.stock = Arc::clone(&state.engine.stock);
    if view.stock.sources != view.sources.list {
        view.sources.list.clone_from(&view.stock.sources);
    }
    vec![Effect::LoadLibrary]
}
