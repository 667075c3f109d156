//! Proof for two images: the updater itself, with exactly these, through every power-cut point of an update's life.
//!
//! The life is recorded once: the write of NEW over a device that runs OLD, the switch, and from there each ending;
//! and the same on a device that runs OLD from its second slot; and the write again for NEW in each encoding.
//! Then power is cut before, inside and after every flash operation, the bootloader's included. After each cut a
//! complete image must boot, nobody may run unwatched, and the update must succeed in the end.

mod bench;
mod certificate;
pub mod chip;
mod error;
pub mod flash;
pub mod image;
pub mod life;
mod lives;
mod memo;
mod points;
mod proof;
pub mod recording;
pub mod trials;

use std::sync::atomic::Ordering;
use std::time::Instant;

use sha2::{Digest as _, Sha256};

use bench::Bench;
use flash::BenchFlash;
use points::Point;
use proof::{Proof, Worker};

use crate::bootloader::Bootloader;
use crate::nor::Nor;

pub use certificate::{Certificate, Failure, Finding, Identity};
pub use error::CertifyError;
pub use trials::{Progress, Watch};

/// Failures that a certificate tells.
const MAX_FAILURES: usize = 20;

/// What is to be proven.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The image that runs.
    pub old: &'a [u8],
    /// The image that it is updated to.
    pub new: &'a [u8],
    /// NEW as it is sent encoded; raw it is sent in any case.
    pub streams: Streams<'a>,
    /// A binary partition table; Skylift's default one if `None`.
    pub table: Option<&'a [u8]>,
    /// What boots the images. It is taken to be recorded rightly by provisioning.
    pub bootloader: Bootloader,
    /// What everything random comes from: equal seeds give equal points with equal effects.
    pub seed: u64,
}

/// An image as streams, see `updater/SPEC.md`, "Encoded images".
#[derive(Clone, Copy, Debug, Default)]
pub struct Streams<'a> {
    /// Compressed.
    pub compressed: Option<&'a [u8]>,
    /// As a delta against the other image, without what stands behind that one's digest.
    pub delta: Option<&'a [u8]>,
}

impl Request<'_> {
    /// Digest of the partition table, as it will be in the certificate.
    ///
    /// # Errors
    /// It is no binary partition table.
    pub fn table_sha256(&self) -> Result<[u8; 32], CertifyError> {
        Ok(Sha256::digest(bench::table(self.table)?).into())
    }
}

/// Proves that an update survives power cuts, on all cores.
///
/// # Errors
/// The images or the table cannot be tried, or it was cancelled.
pub fn certify(request: &Request<'_>, watch: Watch<'_>) -> Result<Certificate, CertifyError> {
    certify_on(request, watch, |nor| nor)
}

/// The same on another flash than the model itself, such as one that spoils what the updater does. It is made anew
/// after each cut.
///
/// # Errors
/// As for [`certify`].
pub fn certify_on<F: BenchFlash + Sync>(
    request: &Request<'_>,
    watch: Watch<'_>,
    wrap: impl Fn(Nor) -> F + Sync,
) -> Result<Certificate, CertifyError> {
    let begun = Instant::now();
    let bench = Bench::new(request)?;
    let mut certificate = Certificate {
        points: 0,
        survived: 0,
        failures: Vec::new(),
        findings: lives::findings(&bench),
        seed: request.seed,
        old: Identity::of(&bench.old),
        new: Identity::of(&bench.new),
        bootloader: request.bootloader,
        table_sha256: Sha256::digest(bench.table).into(),
        took: begun.elapsed(),
    };
    let chips = |encoding| (0..).zip(&bench.chips).map(move |chip| (chip, encoding));
    let devices = bench.encodings().into_iter().flat_map(chips);
    let proofs = devices.map(|(chip, encoding)| Proof::prepare(&bench, chip, encoding, &wrap));
    match proofs.collect::<Result<Vec<_>, _>>() {
        Ok(proofs) => try_all(&proofs, watch, &wrap, &mut certificate)?,
        Err(failure) => certificate.failures.push(failure),
    }
    certificate.took = begun.elapsed();
    Ok(certificate)
}

fn try_all<F: BenchFlash>(
    proofs: &[Proof],
    watch: Watch<'_>,
    wrap: &(impl Fn(Nor) -> F + Sync),
    certificate: &mut Certificate,
) -> Result<(), CertifyError> {
    let seed = certificate.seed;
    let points: Vec<Point> =
        proofs.iter().enumerate().flat_map(|(device, proof)| proof.points(device, seed)).collect();
    let proof_of = |point: &Point| proofs.get(point.device);
    let failures = trials::on_all_cores(&points, watch, Worker::default, |worker, point| {
        proof_of(point).map_or(Ok(()), |proof| proof.try_point(worker, point, wrap)).map_err(proof::seen)
    });
    if watch.cancel.load(Ordering::Relaxed) {
        return Err(CertifyError::Cancelled);
    }
    certificate.points = points.len();
    certificate.survived = points.len() - failures.len();
    for (index, seen) in failures.into_iter().take(MAX_FAILURES) {
        let point = points.get(index).and_then(|point| proof_of(point).map(|proof| proof.name(point)));
        certificate.failures.push(Failure { point: point.unwrap_or_default(), seen });
    }
    Ok(())
}
