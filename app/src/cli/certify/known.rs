//! Certificates in the history: looked up before a proof is made, and kept after it.

use jiff::tz::TimeZone;
use serde_json::Value;
use skylift_protocol::Digest;
use skylift_simulator::certify::Request;

use super::super::failure::Failure;
use super::super::recorded::warn;
use super::super::session::Session;
use super::super::{figures, moments};
use crate::image::Image;
use crate::store::{Certified, Database, ExportedCertificate, WantedProof};

/// The certificate for exactly this. A history that cannot be read has none, and that is said when it is written.
pub(super) fn find(
    request: &Request<'_>,
    [old, new]: [&Image; 2],
    session: &Session,
) -> Result<Option<Certified>, Failure> {
    if session.no_history {
        return Ok(None);
    }
    let table = request.table_sha256().map_err(|error| super::failure(&error))?;
    let wanted = WantedProof {
        old: old.file_sha256,
        new: new.file_sha256,
        bootloader: request.bootloader,
        table: Digest(table),
        seed: request.seed,
    };
    let found = Database::open(&session.data_dir).and_then(|history| history.proven(&wanted));
    Ok(found.ok().flatten())
}

/// Keeps a proof, unless nothing is to be kept.
pub(super) fn keep(certified: &Certified, session: &Session) {
    if session.no_history {
        return;
    }
    let kept = Database::open(&session.data_dir).and_then(|mut history| history.keep_certificate(certified));
    if let Err(error) = kept {
        warn(error);
    }
}

/// Says what has been proven before.
pub(super) fn show(certified: &Certified, json: bool, session: &Session) {
    if json {
        return session.output.json(&as_json(certified, true));
    }
    let line = |line: String| session.output.line(line);
    let image = |image: &crate::store::CertifiedImage| format!("{} {}", image.project, image.version);
    line(format!(
        "The update from {} to {} was proven on {}: {} of {} points survived, seed {}, in {}.",
        image(&certified.old),
        image(&certified.new),
        moments::date_and_time(certified.at),
        certified.survived,
        certified.points,
        certified.seed,
        figures::time(certified.took)
    ));
    for finding in &certified.findings {
        line(format!("note: {finding}"));
    }
    line("Images, table, bootloader, seed and Skylift are the same now; --again proves it again.".to_owned());
}

/// The object that is printed: the certificate, and whether it was made before.
pub(super) fn as_json(certified: &Certified, before: bool) -> Value {
    let exported = ExportedCertificate::new(certified, &TimeZone::system());
    let mut object = serde_json::to_value(exported).unwrap_or_default();
    if let Some(fields) = object.as_object_mut() {
        fields.insert("from_history".to_owned(), before.into());
    }
    object
}
