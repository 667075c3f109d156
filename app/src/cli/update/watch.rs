//! `skylift update SOURCE DEVICE... --watch`: builds and sends, and again after every save.

use std::io::{IsTerminal as _, Write as _};
use std::path::Path;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use serde_json::json;
use skylift_protocol::Chip;

use super::super::build::tell as tell_build;
use super::super::demo_image::chip;
use super::super::exit::Exit;
use super::super::failure::Failure;
use super::super::interrupt::interrupted;
use super::super::session::Session;
use super::super::sign::signed_by;
use super::View;
use super::follow::{Course, run_to_end};
use super::sent::Sent;
use super::summary::Summary;
use crate::engine::{Engine, RolloutOrder, printable};
use crate::image::Image;
use crate::image::build::{BuildError, BuildRequest, Built};
use crate::image::library::{Entry, Library, LibraryError};
use crate::image::sign::SignerName;
use crate::image::watch::{RebuildNews, Rebuilds, Round, WatchError};

/// The options of watching.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "On save")]
pub(super) struct Watching {
    /// Build IMAGE, which may be all that `skylift build` takes, and send it, now and after every save; Ctrl-C ends
    #[arg(long, conflicts_with_all = ["when_back", "only_outdated"])]
    pub(super) watch: bool,
    /// With --watch: the chip, if the source does not say
    #[arg(long, value_name = "C", value_parser = chip, requires = "watch")]
    chip: Option<Chip>,
    /// With --watch: further arguments for cargo build: -- --bin NAME
    #[arg(last = true, value_name = "CARGO", requires = "watch")]
    cargo: Vec<String>,
}

impl Watching {
    /// Begins to watch a source.
    pub(super) fn start(&self, source: &Path) -> Result<Rebuilds, WatchError> {
        let request = BuildRequest {
            source: source.to_owned(),
            chip: self.chip,
            cargo_arguments: self.cargo.clone(),
            colour: std::io::stderr().is_terminal(),
        };
        Rebuilds::start(request, Rebuilds::PAUSE)
    }
}

/// Builds and sends until the user has enough.
pub(super) async fn watch(
    engine: &Engine,
    mut rebuilds: Rebuilds,
    sign: Option<&SignerName>,
    order: impl Fn(Arc<Image>) -> RolloutOrder,
    view: View,
    session: &Session,
) -> Result<Exit, Failure> {
    let kept = Kept { library: Library::new(&session.data_dir), taken: None, tried: None };
    let mut rounds = Rounds { view, kept, session };
    // One for all rounds, so that no Ctrl-C falls between two of them.
    let mut interrupt = pin!(interrupted());
    loop {
        let Round { number, took, outcome } = tokio::select! {
            round = rebuilds.next(tell) => round?,
            () = &mut interrupt => return Ok(Exit::Done),
        };
        match outcome {
            Err(error) => rounds.not_built(number, took, error),
            Ok(mut built) => {
                if let Some(signer) = sign {
                    built.image = signed_by(&built.image, signer, false, session)?;
                }
                // It is left out where it runs already.
                let order = RolloutOrder { only_outdated: true, ..order(Arc::new(built.image.clone())) };
                let course = rounds.send(engine, number, took, &built, order).await?;
                if course.interrupted {
                    return Ok(course.exit());
                }
            }
        }
        rounds.waits_for_save_in(rebuilds.source());
    }
}

/// Shows what comes of each save.
struct Rounds<'s> {
    view: View,
    kept: Kept,
    session: &'s Session,
}

impl Rounds<'_> {
    async fn send(
        &mut self,
        engine: &Engine,
        number: u32,
        took: Duration,
        built: &Built,
        order: RolloutOrder,
    ) -> Result<Course, Failure> {
        let Self { view, kept, session } = self;
        if let Err(error) = kept.keep(built) {
            view.note(&format!("the image is not kept in the library: {error}"), session);
        }
        let mut sent = Sent::default();
        let course = run_to_end(engine, vec![order], view, session, |jobs| sent.look(jobs)).await?;
        if course.exit() == Exit::Done {
            kept.take();
        }
        let summary = Summary::of(&course.rollouts(), &[]);
        let seconds = took.as_secs_f64();
        if view.is_json() {
            let round = json!({
                "number": number,
                "build_seconds": seconds,
                "sent_bytes": sent.bytes(),
                "sent_seconds": sent.time().as_secs_f64(),
                "summary": summary,
            });
            session.output.json(&json!({ "round": round }));
        } else {
            session.output.line(format_args!("built in {seconds:.1} s, {sent}: {}", summary.short()));
            summary.details().iter().for_each(|line| session.output.line(line));
        }
        Ok(course)
    }

    fn not_built(&self, number: u32, took: Duration, error: BuildError) {
        if self.view.is_json() {
            let seconds = took.as_secs_f64();
            let round =
                json!({ "number": number, "build_seconds": seconds, "build_error": error.to_string() });
            self.session.output.json(&json!({ "round": round }));
        }
        Failure::from(error).tell();
    }

    /// No bar is drawn now, so this goes the plain way, as the compiler's words do.
    fn waits_for_save_in(&self, source: &Path) {
        if !self.view.is_json() {
            let source = source.display();
            self.session.output.line(format_args!("waiting for the next save in {source}; Ctrl-C ends"));
        }
    }
}

/// The compiler speaks on stderr, and what was saved is said before it.
fn tell(news: RebuildNews<'_>) {
    match news {
        RebuildNews::Build(news) => tell_build(news),
        RebuildNews::Saved(files) => {
            let first = files.first().and_then(|file| file.file_name()).unwrap_or_default().to_string_lossy();
            let more = match files.len() {
                0 | 1 => String::new(),
                more => format!(" and {} more", more - 1),
            };
            // If nobody reads it, nobody wants to know.
            let _ = writeln!(std::io::stderr(), "saved: {}{more}", printable(&first));
        }
    }
}

/// What watching keeps in the library: the last image that a device took, and the one that is tried. Backtraces are
/// read with their ELFs; a day of saves would fill the disk.
struct Kept {
    library: Library,
    /// The image that the devices took last, if this command put it there.
    taken: Option<Entry>,
    /// The one after it.
    tried: Option<Entry>,
}

impl Kept {
    fn keep(&mut self, built: &Built) -> Result<(), LibraryError> {
        let failed = self.tried.take();
        self.forget(failed);
        let is_new = self.library.get(built.image.file_sha256).is_err();
        let source = std::path::absolute(&built.image.path).unwrap_or_else(|_| built.image.path.clone());
        let entry = self.library.add(&built.image, built.elf.as_ref(), &source.display().to_string())?;
        self.tried = Some(entry).filter(|_| is_new);
        Ok(())
    }

    /// All devices run what was tried.
    fn take(&mut self) {
        if let Some(tried) = self.tried.take() {
            let before = self.taken.replace(tried);
            self.forget(before);
        }
    }

    fn forget(&self, entry: Option<Entry>) {
        // What stays takes room, no more.
        let _ = entry.map(|entry| self.library.forget(&entry));
    }
}
