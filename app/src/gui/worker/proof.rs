//! Proofs: an update put through power cuts everywhere, on threads of its own, and kept in the history.

use std::io::Read as _;
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::Digest;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{CertifyError, Progress, Request, Streams, Watch, certify};

use super::library::read;
use super::{Outbox, Worker};
use crate::gui::event::Event;
use crate::gui::file_dialogs::Asked;
use crate::gui::firmware::partitions::Table;
use crate::gui::firmware::{self, proof};
use crate::gui::messages::{Message, sentence};
use crate::image::library::Library;
use crate::image::stream::encode;
use crate::store::{Certified, DataDir, Database, StoreError};

/// No table is larger than a sector.
const MAX_TABLE: u64 = 4096;
/// Between two signs of progress.
const INTERVAL: Duration = Duration::from_millis(100);

impl Worker {
    /// Begins a proof. It takes all cores for a while, so there is one at a time.
    pub(super) fn prove(&mut self, images: [Digest; 2], bootloader: Bootloader, table: Table) {
        self.cancel_proof();
        let cancel = Arc::new(AtomicBool::new(false));
        self.proof = Some(Arc::clone(&cancel));
        let (library, data, outbox) = (self.library.clone(), self.data.clone(), self.outbox.clone());
        std::thread::spawn(move || {
            let event = match made(&library, &data, (images, bootloader, &table), &cancel, &outbox) {
                Ok(()) => proof::Event::Made,
                Err(None) => proof::Event::Cancelled,
                Err(Some(why)) => proof::Event::Failed(sentence(&why)),
            };
            outbox.send(told(event));
        });
    }

    /// Asks for a partition table with the dialog of the system.
    pub(super) fn pick_table(&self) {
        let (dialogs, outbox) = (Arc::clone(&self.dialogs), self.outbox.clone());
        self.runtime.spawn(async move {
            let path = outbox.ask_for(&*dialogs, Asked::Table).await;
            outbox.send(told(proof::Event::Picked(path)));
        });
    }

    /// Breaks it off.
    pub(super) fn cancel_proof(&mut self) {
        if let Some(proof) = self.proof.take() {
            proof.store(true, Ordering::Relaxed);
        }
    }
}

fn told(event: proof::Event) -> Event {
    Event::Firmware(firmware::Event::Proof(event))
}

/// Makes a proof. Why there is none; nothing, if it was cancelled.
fn made(
    library: &Library,
    data: &DataDir,
    (images, bootloader, table): ([Digest; 2], Bootloader, &Table),
    cancel: &AtomicBool,
    outbox: &Outbox,
) -> Result<(), Option<String>> {
    let open = |digest| read(library, digest).map_err(|error| Some(error.to_string()));
    let [old, new] = images.map(open);
    let (old, new) = (old?, new?);
    let table = bytes_of(table).map_err(Some)?;
    let seed = random_seed().map_err(Some)?;
    outbox.send(told(proof::Event::Begun(seed)));
    // What is no smaller encoded is sent raw, so nothing is to be proven of it.
    let mut wanted =
        |_| if cancel.load(Ordering::Relaxed) { ControlFlow::Break(()) } else { ControlFlow::Continue(()) };
    let [compressed, delta] = [None, Some(&old)].map(|base| encode(base, &new, &mut wanted).ok());
    let streams = Streams {
        compressed: compressed.as_ref().map(|stream| &stream.bytes[..]),
        delta: delta.as_ref().map(|stream| &stream.bytes[..]),
    };
    let request =
        Request { old: &old.bytes, new: &new.bytes, streams, table: table.as_deref(), bootloader, seed };
    let certificate = watched(&request, cancel, outbox).map_err(|error| match error {
        CertifyError::Cancelled => None,
        error => Some(error.to_string()),
    })?;
    let certified = Certified::new(&certificate, old.chip, SystemTime::now());
    keep(data, &certified).map_err(|error| Some(format!("the proof was made, and not kept: {error}")))?;
    let title = firmware::survived(&certified);
    outbox.tell(if certified.holds() { Message::done(title) } else { Message::failed(title, "") });
    Ok(())
}

/// The bytes of a table; none for Skylift's own.
fn bytes_of(table: &Table) -> Result<Option<Vec<u8>>, String> {
    let path = match table {
        Table::Default => return Ok(None),
        Table::Bytes(bytes) => return Ok(Some(bytes.clone())),
        Table::File(path) => path,
    };
    let mut bytes = Vec::new();
    let read = std::fs::File::open(path).and_then(|file| file.take(MAX_TABLE).read_to_end(&mut bytes));
    read.map(|_| Some(bytes)).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

/// Another one each time: proofs with other cuts say more than the same cuts again. Short enough to be typed.
fn random_seed() -> Result<u64, String> {
    let mut random = [0; 4];
    getrandom::fill(&mut random).map_err(|error| format!("the system gives no random bytes: {error}"))?;
    Ok(u64::from(u32::from_le_bytes(random)))
}

fn keep(data: &DataDir, certified: &Certified) -> Result<(), StoreError> {
    Database::open(data)?.keep_certificate(certified)
}

fn watched(
    request: &Request<'_>,
    cancel: &AtomicBool,
    outbox: &Outbox,
) -> Result<skylift_simulator::certify::Certificate, CertifyError> {
    let last = std::sync::Mutex::new(Instant::now());
    let show = |Progress { done, total }: Progress| {
        // A thread that panicked with this lock has left a time in it, and nothing worse.
        let mut last = last.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if last.elapsed() >= INTERVAL || done == total {
            *last = Instant::now();
            outbox.send(told(proof::Event::Progress(done, total)));
        }
    };
    certify(request, Watch { progress: &show, cancel })
}
