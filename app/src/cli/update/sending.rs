//! What is sent: an image, what is made of an envelope, or to each device the newest that is there for it.

use std::path::Path;
use std::sync::Arc;

use super::super::failure::Failure;
use super::super::session::{Session, wait_for};
use super::super::sign::signed_by;
use super::from_envelope::{JaguarOptions, envelope_source, open};
use super::newest::NEWEST;
use crate::image::Image;
use crate::image::envelope::Envelope;
use crate::image::sign::SignerName;

/// What is sent.
pub(in crate::cli) enum Sending {
    /// This image.
    Image(Arc<Image>),
    /// What is made of this envelope.
    Envelope(Box<Envelope>),
    /// To each device the newest that is there for it.
    Newest,
}

impl Sending {
    /// What the user calls so, signed by this one if that is wanted.
    pub(in crate::cli) fn new(
        called: &Path,
        signer: Option<&SignerName>,
        jaguar: &JaguarOptions,
        json: bool,
        session: &Session,
    ) -> Result<Self, Failure> {
        if let Some(source) = envelope_source(called)? {
            if signer.is_some() {
                return Err(Failure::new(
                    "what is made of an envelope is not signed: Jaguar checks no signature",
                ));
            }
            let envelope = wait_for(open(&source, json, session))?;
            return Ok(Self::Envelope(Box::new(envelope)));
        }
        jaguar.check_for_image()?;
        if called.as_os_str() != NEWEST || called.exists() {
            let image = session.image(called)?;
            let signed = signer.map(|signer| signed_by(&image, signer, false, session));
            return Ok(Self::Image(Arc::new(signed.transpose()?.unwrap_or(image))));
        }
        if signer.is_some() {
            return Err(Failure::new("`newest` is sent as it is, and cannot be signed on its way")
                .try_this("sign the image first: skylift sign IMAGE"));
        }
        Ok(Self::Newest)
    }
}
