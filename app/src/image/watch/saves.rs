//! Saves of a source, as they happen. A save of many files at once is one.

use std::collections::{BTreeSet, HashMap};
use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{AccessKind, AccessMode, ModifyKind};
use notify::{Event, EventKind, RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio::time::{Instant, timeout_at};

use super::super::build::Source;
use super::WatchError;
use super::mark::Mark;
use super::scope::Scope;

/// A save that never ends counts after so many times its pause.
const LONGEST: u32 = 20;

/// Watches a source until it is dropped.
pub struct Saves {
    scope: Scope,
    watcher: RecommendedWatcher,
    events: UnboundedReceiver<notify::Result<Event>>,
    watched: BTreeSet<PathBuf>,
    known: HashMap<PathBuf, Mark>,
    touched: BTreeSet<PathBuf>,
    /// Since when something is touched.
    since: Option<Instant>,
    pause: Duration,
}

impl Saves {
    /// Begins to watch. A save is over when nothing was written for as long as `pause`.
    ///
    /// # Errors
    /// The source is not there, or the operating system does not watch it.
    pub fn start(source: &Source, pause: Duration) -> Result<Self, WatchError> {
        let scope = Scope::of(source)?;
        let (sender, events) = unbounded_channel();
        let watcher = notify::recommended_watcher(move |event| {
            // Nobody listens any more when the source is not watched any more.
            let _ = sender.send(event);
        });
        let watcher = watcher.map_err(|error| WatchError::of(source.path(), &error))?;
        let known = scope.files().map(|file| (file.clone(), Mark::of(file))).collect();
        let mut saves = Self {
            scope,
            watcher,
            events,
            watched: BTreeSet::new(),
            known,
            touched: BTreeSet::new(),
            since: None,
            pause,
        };
        saves.cover()?;
        Ok(saves)
    }

    /// Watches further files: what a compiler says it has read.
    ///
    /// # Errors
    /// The operating system does not watch them.
    pub fn include(&mut self, files: &[PathBuf]) -> Result<(), WatchError> {
        self.scope.include(files);
        for file in self.scope.files() {
            self.known.entry(file.clone()).or_insert_with(|| Mark::of(file));
        }
        self.cover().map(drop)
    }

    /// Waits for the next save, and gives the files that have changed. Nothing is lost when the future is dropped.
    ///
    /// # Errors
    /// The operating system watches the source no longer.
    pub async fn next(&mut self) -> Result<Vec<PathBuf>, WatchError> {
        loop {
            let Some(since) = self.since else {
                let event = self.events.recv().await;
                self.take(event)?;
                continue;
            };
            let until = (Instant::now() + self.pause).min(since + self.pause * LONGEST);
            match timeout_at(until, self.events.recv()).await {
                Ok(event) => self.take(event)?,
                Err(_) => {
                    let changed = self.settle()?;
                    if !changed.is_empty() {
                        return Ok(changed);
                    }
                }
            }
        }
    }

    fn take(&mut self, event: Option<notify::Result<Event>>) -> Result<(), WatchError> {
        let nowhere = Path::new("");
        let event = match event {
            Some(Ok(event)) => event,
            Some(Err(error)) => return Err(WatchError::of(nowhere, &error)),
            None => return Err(WatchError::of(nowhere, &notify::Error::generic("the watcher has ended"))),
        };
        if event.need_rescan() {
            // Some events were lost: any file may have changed.
            self.touched.extend(self.known.keys().cloned());
            self.since.get_or_insert_with(Instant::now);
        }
        if !is_writing(&event.kind) {
            return Ok(());
        }
        for path in event.paths {
            let is_folder = self.watched.contains(&path) || self.scope.watches(&path) && path.is_dir();
            if is_folder && has_come_or_gone(&event.kind) {
                // It has come or gone, with everything in it: it is looked at anew when all is quiet.
                let _ = self.watcher.unwatch(&path);
                self.watched.remove(&path);
            } else if self.scope.concerns(&path) {
                self.touched.insert(path);
            } else {
                continue;
            }
            self.since.get_or_insert_with(Instant::now);
        }
        Ok(())
    }

    /// What has changed among what was touched.
    fn settle(&mut self) -> Result<Vec<PathBuf>, WatchError> {
        self.since = None;
        for folder in self.cover()? {
            // Files may have come with the folder, before it was watched.
            let files = folder.read_dir().into_iter().flatten().flatten().map(|entry| entry.path());
            self.touched.extend(files.filter(|file| file.is_file() && self.scope.concerns(file)));
        }
        let mut changed = Vec::new();
        for path in std::mem::take(&mut self.touched) {
            let mark = Mark::of(&path);
            if *self.known.get(&path).unwrap_or(&Mark::Absent) != mark {
                self.known.insert(path.clone(), mark);
                changed.push(path);
            }
        }
        Ok(changed)
    }

    /// Watches what is not watched yet, and gives those folders.
    fn cover(&mut self) -> Result<Vec<PathBuf>, WatchError> {
        let folders = self.scope.folders();
        let new: Vec<PathBuf> = folders.difference(&self.watched).cloned().collect();
        for folder in &new {
            match self.watcher.watch(folder, RecursiveMode::NonRecursive) {
                Ok(()) => {
                    self.watched.insert(folder.clone());
                }
                // It has gone in this moment.
                Err(_) if !folder.exists() => {}
                Err(error) => return Err(WatchError::of(folder, &error)),
            }
        }
        Ok(new)
    }
}

impl std::fmt::Debug for Saves {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Saves").field("scope", &self.scope).finish_non_exhaustive()
    }
}

fn has_come_or_gone(kind: &EventKind) -> bool {
    matches!(kind, EventKind::Create(_) | EventKind::Remove(_) | EventKind::Modify(ModifyKind::Name(_)))
}

/// Reading is no writing, though it is told as well.
fn is_writing(kind: &EventKind) -> bool {
    match kind {
        EventKind::Access(AccessKind::Close(AccessMode::Write)) => true,
        EventKind::Access(_) => false,
        EventKind::Any
        | EventKind::Create(_)
        | EventKind::Modify(_)
        | EventKind::Remove(_)
        | EventKind::Other => true,
    }
}
