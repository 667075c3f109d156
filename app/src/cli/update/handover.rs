//! `--trust`: the signers whose images alone a device takes once the image that is sent has validated.

use skylift_protocol::Digest;

use super::super::ask::confirmed;
use super::super::failure::Failure;
use super::super::keys::new_signers;
use super::super::session::Session;
use crate::engine::NewSigners;
use crate::image::sign::Signer;

/// Signers to be handed over, and what people call them.
pub(super) struct Handover {
    pub(super) signers: NewSigners,
    /// For each its name here, if it has one, and the first digits of its digest.
    labels: Vec<String>,
    /// This computer could sign for a device that trusts them.
    can_sign: bool,
}

impl Handover {
    /// The signers of the option; `None` if it was not given.
    pub(super) fn new(called: &[String], session: &Session) -> Result<Option<Self>, Failure> {
        let Some((signers, here)) = new_signers(called, session)? else { return Ok(None) };
        let label = |digest: Digest| match Signer::of(&here, digest) {
            Some(signer) => format!("{} ({digest:.12})", signer.name),
            None => format!("{digest:.12}"),
        };
        Ok(Some(Self {
            signers,
            labels: signers.iter().map(label).collect(),
            can_sign: signers.iter().any(|digest| Signer::of(&here, digest).is_some()),
        }))
    }

    /// What comes of it, for who reads along.
    pub(super) fn announcement(&self) -> String {
        format!("once the image has validated, only images of {} are taken", self.labels.join(" or "))
    }

    /// Whether to begin. Asks if this computer could not sign for the device any more: a digest with a slip in it would
    /// have to be mended by cable.
    pub(super) fn may_begin(&self, allowed: bool) -> Result<bool, Failure> {
        if allowed || self.can_sign {
            return Ok(true);
        }
        let what = format!(
            "devices may be made to take images of {} only, whose key is not on this computer",
            self.labels.join(" or ")
        );
        confirmed(&what, "--allow-foreign-signers does it without asking")
    }
}
