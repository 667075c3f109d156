//! What the signatures of an image are worth, in words and as JSON.

use serde_json::{Value, json};
use skylift_protocol::Digest;
use skylift_updater::signature::SignatureError;

use super::super::session::Session;
use crate::image::Image;
use crate::image::sign::{Keyring, SignatureReport, Signatures as Found, Signer, signatures};

/// The signatures, and the names that this computer has for their signers.
pub(super) struct Signatures {
    found: Found,
    known: Vec<Signer>,
}

impl Signatures {
    pub(super) fn of(image: &Image, session: &Session) -> Self {
        // Names are a help: without them the digests tell as much.
        let known = Keyring::new(&session.data_dir).list().unwrap_or_default();
        Self { found: signatures(image), known }
    }

    /// A line each.
    pub(super) fn lines(&self) -> Vec<String> {
        match &self.found {
            Err(SignatureError::Unsigned) => vec!["none".to_owned()],
            Err(error) => vec![format!("worth nothing: {error}")],
            Ok(reports) => reports.iter().map(|report| self.line(report)).collect(),
        }
    }

    fn line(&self, report: &SignatureReport) -> String {
        let short = format!("{:.12}", report.signer);
        let signer = match self.name(report.signer) {
            Some(name) => format!("{name} ({short})"),
            None => short,
        };
        let worth =
            report.holds.as_ref().map_or_else(|fault| format!("NOT VALID: {fault}"), |()| "valid".into());
        format!("{signer}, {}, {worth}", report.scheme)
    }

    pub(super) fn as_json(&self) -> Value {
        let reports = self.found.as_deref().unwrap_or_default();
        let each = |report: &SignatureReport| {
            json!({
                "signer": report.signer,
                "name": self.name(report.signer),
                "scheme": report.scheme.to_string(),
                "valid": report.holds.is_ok(),
                "fault": report.holds.err().map(|fault| fault.to_string()),
            })
        };
        reports.iter().map(each).collect()
    }

    fn name(&self, signer: Digest) -> Option<&str> {
        Signer::of(&self.known, signer).map(|known| known.name.as_str())
    }
}
