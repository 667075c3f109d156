//! Proofs: an update put through power cuts everywhere, on threads of its own, and kept in the history.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use skylift_protocol::Digest;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{CertifyError, Progress, Request, Watch, certify};

use super::library::read;
use super::{Outbox, Worker};
use crate::gui::event::Event;
use crate::gui::firmware::{self, proof};
use crate::gui::messages::{Message, sentence};
use crate::image::library::Library;
use crate::store::{Certified, DataDir, Database, StoreError, WantedProof};

/// What everything random comes from: the same as without a window, so that a proof counts for both.
const SEED: u64 = 1;
/// Between two signs of progress.
const INTERVAL: Duration = Duration::from_millis(100);

impl Worker {
    /// Begins a proof. It takes all cores for a while, so there is one at a time.
    pub(super) fn prove(&mut self, old: Digest, new: Digest, bootloader: Bootloader) {
        self.cancel_proof();
        let cancel = Arc::new(AtomicBool::new(false));
        self.proof = Some(Arc::clone(&cancel));
        let (library, data, outbox) = (self.library.clone(), self.data.clone(), self.outbox.clone());
        std::thread::spawn(move || {
            let event = match made(&library, &data, [old, new], bootloader, &cancel, &outbox) {
                Ok(()) => proof::Event::Made,
                Err(None) => proof::Event::Cancelled,
                Err(Some(why)) => proof::Event::Failed(sentence(&why)),
            };
            outbox.send(told(event));
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

/// Makes a proof, unless the history has it. Why there is none; nothing, if it was cancelled.
fn made(
    library: &Library,
    data: &DataDir,
    [old, new]: [Digest; 2],
    bootloader: Bootloader,
    cancel: &AtomicBool,
    outbox: &Outbox,
) -> Result<(), Option<String>> {
    let open = |digest| read(library, digest).map_err(|error| Some(error.to_string()));
    let (old, new) = (open(old)?, open(new)?);
    let request = Request { old: &old.bytes, new: &new.bytes, table: None, bootloader, seed: SEED };
    let table = request.table_sha256().map_err(|error| Some(error.to_string()))?;
    let wanted = WantedProof {
        old: old.file_sha256,
        new: new.file_sha256,
        bootloader,
        table: Digest(table),
        seed: SEED,
    };
    if known(data, &wanted) {
        outbox.tell(Message::done("This update has been proven before"));
        return Ok(());
    }
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

fn known(data: &DataDir, wanted: &WantedProof) -> bool {
    matches!(Database::open(data).and_then(|history| history.proven(wanted)), Ok(Some(_)))
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
