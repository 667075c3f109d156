//! Certificates for other programs.

use jiff::tz::TimeZone;
use serde::Serialize;

use super::super::{Certified, CertifiedImage};
use super::{moment_in, seconds};

/// A proof as a JSON object. Its names are frozen; its time is in RFC 3339, how long it took in seconds.
#[derive(Serialize)]
pub struct ExportedCertificate<'c> {
    holds: bool,
    points: usize,
    survived: usize,
    findings: &'c [String],
    seed: u64,
    chip: &'c str,
    bootloader: &'c str,
    table_sha256: &'c str,
    old: &'c CertifiedImage,
    new: &'c CertifiedImage,
    at: String,
    took_seconds: f64,
    skylift: &'c str,
}

impl<'c> ExportedCertificate<'c> {
    /// A proof, with its time in this zone.
    #[must_use]
    pub fn new(certified: &'c Certified, zone: &TimeZone) -> Self {
        Self {
            holds: certified.holds(),
            points: certified.points,
            survived: certified.survived,
            findings: &certified.findings,
            seed: certified.seed,
            chip: &certified.chip,
            bootloader: &certified.bootloader,
            table_sha256: &certified.table_sha256,
            old: &certified.old,
            new: &certified.new,
            at: moment_in(zone, certified.at),
            took_seconds: seconds(certified.took),
            skylift: &certified.skylift,
        }
    }
}
