//! `skylift certify OLD NEW`: proof that the update from one image to another survives power cuts at every point.

mod known;

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Instant, SystemTime};

use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use skylift_protocol::Digest;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{
    Certificate, CertifyError, Identity, Progress, Request, Streams, Watch, certify,
};
use tokio::sync::oneshot;

use super::exit::Exit;
use super::failure::Failure;
use super::figures;
use super::output::Output;
use super::session::{Session, wait_for};
use crate::engine::printable;
use crate::image::Image;
use crate::image::stream::{encode, unwatched};
use crate::store::Certified;

/// No table is larger than a sector.
const MAX_TABLE: u64 = 4096;
/// Lines that tell the progress where no bar can be drawn.
const LINES: usize = 10;

/// Which images, and what they run on.
#[derive(Args, Clone, Debug)]
pub(super) struct Arguments {
    /// The image that devices run
    #[arg(value_name = "OLD")]
    old: PathBuf,
    /// The image that they shall run
    #[arg(value_name = "NEW")]
    new: PathBuf,
    /// The partition table of the devices, binary; Skylift's own for 4 MB if not given
    #[arg(long, value_name = "F")]
    partition_table: Option<PathBuf>,
    /// The bootloader of the devices: stock, as espflash brings it, or one that rolls back
    #[arg(long, value_enum, default_value_t = Kind::Stock)]
    bootloader: Kind,
    /// What everything random comes from: the same number gives the same cuts with the same effects
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Prove it again, though the history has a certificate for exactly this
    #[arg(long)]
    again: bool,
    /// Print one JSON object
    #[arg(long)]
    json: bool,
}

/// A bootloader, as a word.
#[derive(ValueEnum, Clone, Copy, Debug)]
enum Kind {
    Stock,
    Rollback,
}

impl Kind {
    const fn bootloader(self) -> Bootloader {
        match self {
            Self::Stock => Bootloader::Stock,
            Self::Rollback => Bootloader::Rollback,
        }
    }
}

pub(super) fn run(args: &Arguments, session: &Session) -> Result<Exit, Failure> {
    let (old, new) = (Image::open(&args.old)?, Image::open(&args.new)?);
    let table = args.partition_table.as_deref().map(read_table).transpose()?;
    let mut request = Request {
        old: &old.bytes,
        new: &new.bytes,
        streams: Streams::default(),
        table: table.as_deref(),
        bootloader: args.bootloader.bootloader(),
        seed: args.seed,
    };
    if let (false, Some(known)) = (args.again, known::find(&request, [&old, &new], session)?) {
        known::show(&known, args.json, session);
        return Ok(Exit::Done);
    }
    let meter = Meter::new(args.json, &session.output);
    // What is no smaller encoded is sent raw, so nothing is to be proven of it.
    let [compressed, delta] = [None, Some(&old)].map(|base| encode(base, &new, &mut unwatched).ok());
    request.streams = Streams {
        compressed: compressed.as_ref().map(|stream| &stream.bytes[..]),
        delta: delta.as_ref().map(|stream| &stream.bytes[..]),
    };
    let certificate = watched(&request, &meter)?;
    let certified = Certified::new(&certificate, old.chip, SystemTime::now());
    known::keep(&certified, session);
    if args.json {
        session.output.json(&as_json(&certificate, &certified));
    } else {
        show(&certificate, &old, &session.output);
    }
    Ok(if certificate.holds() { Exit::Done } else { Exit::Failed })
}

fn read_table(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_TABLE).read_to_end(&mut bytes));
    let failed = |error| {
        Failure::new(format!("{}: it cannot be read: {error}", path.display()))
            .try_this("name the partition table that is flashed at 0x8000, usually partition-table.bin")
    };
    read.map(|_| bytes).map_err(failed)
}

/// Certifies on other threads, until Ctrl-C.
fn watched(request: &Request<'_>, meter: &Meter<'_>) -> Result<Certificate, Failure> {
    let cancel = AtomicBool::new(false);
    let (end, mut ended) = oneshot::channel();
    let mut result = None;
    std::thread::scope(|scope| {
        let waiting = wait_for(async {
            let mut interrupted = pin!(tokio::signal::ctrl_c());
            // Looked at once, it is ours from here on.
            tokio::select! {
                biased;
                _ = &mut interrupted => cancel.store(true, Ordering::Relaxed),
                () = std::future::ready(()) => {}
            }
            meter.begin(request.seed);
            scope.spawn(|| {
                let watch = Watch { progress: &|progress| meter.show(progress), cancel: &cancel };
                // If nobody waits any more, nobody wants to know.
                let _ = end.send(certify(request, watch));
            });
            result = tokio::select! {
                done = &mut ended => done.ok(),
                _ = &mut interrupted => {
                    cancel.store(true, Ordering::Relaxed);
                    ended.await.ok()
                }
            };
            Ok(Exit::Done)
        });
        waiting.map(|_| ())
    })?;
    meter.bar.finish_and_clear();
    let result = result.ok_or_else(|| Failure::new("the proof broke off"))?;
    result.map_err(|error| failure(&error))
}

fn failure(error: &CertifyError) -> Failure {
    let failure = Failure::new(error.to_string());
    match error {
        CertifyError::TooLarge { .. } => {
            failure.try_this("give the devices' own table with --partition-table")
        }
        CertifyError::NotATable | CertifyError::Table(_) | CertifyError::TableBeyondFlash(_) => failure
            .try_this("name the partition table that is flashed at 0x8000, usually partition-table.bin"),
        CertifyError::Same => {
            failure.try_this("build NEW again; another version is enough to make another image")
        }
        CertifyError::OtherChip { .. } => failure.try_this("see what they are with `skylift inspect`"),
        _ => failure,
    }
}

/// Shows how far it is: a bar on a terminal, else a line now and then.
struct Meter<'a> {
    bar: ProgressBar,
    lines: Option<&'a Output>,
    told: AtomicUsize,
    begun: Instant,
}

impl<'a> Meter<'a> {
    fn new(quiet: bool, output: &'a Output) -> Self {
        let draws = !quiet && Output::is_terminal();
        let bar = if draws { ProgressBar::no_length() } else { ProgressBar::hidden() };
        // The template is fixed; were it wrong, the plain style would do.
        let style = ProgressStyle::with_template("[{bar:24}] {pos} of {len} points, {eta} left");
        bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
        let lines = (!quiet && !draws).then_some(output);
        Self { bar, lines, told: AtomicUsize::new(0), begun: Instant::now() }
    }

    fn begin(&self, seed: u64) {
        if let Some(output) = self.lines {
            output.line(format_args!(
                "power is cut before, inside and after every flash operation of the update, seed {seed}"
            ));
        }
    }

    fn show(&self, Progress { done, total }: Progress) {
        // Set every time: the threads may come here in any order.
        self.bar.set_length(total as u64);
        self.bar.inc(1);
        let part = done * LINES / total.max(1);
        let Some(output) = self.lines.filter(|_| self.told.fetch_max(part, Ordering::Relaxed) < part) else {
            return;
        };
        let left = self.begun.elapsed().div_f64(done.max(1) as f64).mul_f64((total - done) as f64);
        let left = if done < total { format!(", {} left", figures::time(left)) } else { String::new() };
        output.line(format_args!("{done} of {total} points{left}"));
    }
}

fn show(certificate: &Certificate, image: &Image, output: &Output) {
    let line = |name: &str, value: String| output.line(format_args!("{name:<12} {value}"));
    line("old", identity(&certificate.old));
    line("new", identity(&certificate.new));
    line("chip", format!("{}, {}", image.chip, bootloader(certificate.bootloader)));
    line("table", Digest(certificate.table_sha256).to_string());
    for finding in &certificate.findings {
        line("note", finding.to_string());
    }
    for failure in &certificate.failures {
        line("broken", failure.to_string());
    }
    let broken = certificate.points - certificate.survived;
    if let Some(more @ 1..) = broken.checked_sub(certificate.failures.len()) {
        line("broken", format!("and {more} more"));
    }
    output.line(format_args!(
        "{} of {} points survived, seed {}, in {}",
        certificate.survived,
        certificate.points,
        certificate.seed,
        figures::time(certificate.took)
    ));
}

fn identity(identity: &Identity) -> String {
    let name = printable(&format!("{} {}", identity.project, identity.version));
    format!("{name}, {} bytes, image {}", identity.size, Digest(identity.image_sha256))
}

const fn bootloader(bootloader: Bootloader) -> &'static str {
    match bootloader {
        Bootloader::Stock => "a bootloader that does not roll back",
        Bootloader::Rollback => "a bootloader that rolls back",
    }
}

/// What the history keeps of it, and the points that did not survive.
fn as_json(certificate: &Certificate, certified: &Certified) -> Value {
    let mut object = known::as_json(certified, false);
    if let Some(fields) = object.as_object_mut() {
        let failures = certificate.failures.iter();
        let failures = failures.map(|failure| json!({ "point": failure.point, "seen": failure.seen }));
        fields.insert("failures".to_owned(), failures.collect());
    }
    object
}
