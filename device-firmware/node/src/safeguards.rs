//! Which images the device takes, and how that grows stricter with the images that are kept.

use skylift_protocol::{Digest, Floor, ImagePolicy, NextSigners, Order, Trust, ValidationState};
use skylift_updater::{Flash, signature};

use crate::node::Node;
use crate::platform::{NotKept, Platform};

/// Which images the device takes.
pub(crate) struct Safeguards {
    /// No image below this `secure_version`.
    pub secure_floor: u32,
    /// Whose images.
    pub trust: Trust,
}

impl Safeguards {
    /// Until the running image is known, a floor that is not known takes no image at all.
    pub const fn new(floor: Floor, trust: Trust) -> Self {
        let secure_floor = match floor {
            Floor::At(floor) => floor,
            Floor::Unknown => u32::MAX,
        };
        Self { secure_floor, trust }
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// What `/status` tells of it.
    pub(crate) fn image_policy(&self) -> ImagePolicy {
        let safeguards = self.safeguards.borrow();
        ImagePolicy { secure_floor: safeguards.secure_floor, signers: safeguards.trust.signers().cloned() }
    }

    pub(crate) fn secure_floor(&self) -> u32 {
        self.safeguards.borrow().secure_floor
    }

    /// The signers, for judging images.
    pub(crate) fn trust(&self) -> signature::Trust {
        match self.safeguards.borrow().trust.signers() {
            Some(signers) => signature::Trust::Signers(signers.iter().map(|signer| signer.0).collect()),
            None => signature::Trust::Anybody,
        }
    }

    /// Notes the signers that an order names, before its image can boot. Those of an order that came to nothing go.
    pub(crate) fn note_signers(&self, order: &Order) -> Result<(), NotKept> {
        let next = (!order.trust.is_empty())
            .then(|| NextSigners { image_sha256: order.image_sha256, signers: order.trust.clone() });
        let trust = self.safeguards.borrow().trust.with_next(next);
        self.change_trust(trust)
    }

    /// The running image is known: where the floor is not, it is this image's.
    pub(crate) fn find_floor(&self) {
        if self.identity.secure_floor != Floor::Unknown {
            return;
        }
        self.log.line(format_args!(
            "the floor of secure_version cannot be read: no image below the running one's is taken"
        ));
        if let Some(image) = self.running_image() {
            self.safeguards.borrow_mut().secure_floor = image.descriptor().secure_version;
        }
    }

    /// The running image is kept: the floor rises to it, and the signers that its order named take over. It is done at
    /// every start as well, because power may have failed between the validation and this.
    pub(crate) fn tighten(&self) {
        let kept = self.state.borrow().validation == ValidationState::Valid;
        let Some(image) = self.running_image().filter(|_| kept) else { return };
        let trust = self.safeguards.borrow().trust.once_kept(Digest(image.image_sha256));
        let raised = self.raise_floor(image.descriptor().secure_version);
        if raised.and_then(|()| self.change_trust(trust)).is_err() {
            self.log.line(format_args!(
                "secure_version or signers could not be kept; the next start tries again"
            ));
        }
    }

    fn raise_floor(&self, to: u32) -> Result<(), NotKept> {
        let lost = self.identity.secure_floor == Floor::Unknown;
        if to <= self.secure_floor() && !lost {
            return Ok(());
        }
        // Counts from now on, whatever the flash makes of it.
        self.safeguards.borrow_mut().secure_floor = to;
        self.platform.store_secure_floor(&mut *self.flash.borrow_mut(), &self.boot.layout, to)?;
        if to > 0 {
            self.log.line(format_args!("images below secure_version {to} are refused from now on"));
        }
        Ok(())
    }

    fn change_trust(&self, trust: Trust) -> Result<(), NotKept> {
        if trust == self.safeguards.borrow().trust {
            return Ok(());
        }
        self.platform.store_trust(&mut *self.flash.borrow_mut(), &self.boot.layout, &trust)?;
        let other_signers = trust.signers() != self.safeguards.borrow().trust.signers();
        self.safeguards.borrow_mut().trust = trust;
        if other_signers {
            self.log.line(format_args!("other signers are trusted from now on"));
        }
        Ok(())
    }
}
