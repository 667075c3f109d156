//! Who is let in: everybody on an open device, who holds the key on a paired one, nobody if the key is damaged.

use core::cell::RefCell;

use embassy_time::Duration;
use skylift_protocol::auth::{BodyDigest, Denied, Gate, Request as Signable};
use skylift_protocol::{Access, PROTOCOL, Pairing, PublicStatus};
use skylift_updater::Flash;

use crate::http::{Caller, Request, Seal};
use crate::node::Node;
use crate::page::Readers;
use crate::platform::{BootSecret, Platform};
use crate::route::Route;

/// The device's door.
#[expect(clippy::large_enum_variant, reason = "a device has one, and no heap to put the gate on")]
pub(crate) enum Door {
    /// It stands open.
    Open,
    /// Who holds the key passes.
    Gated(RefCell<Gate>),
    /// Nobody passes.
    Shut,
}

impl Door {
    /// The door for this pairing. A nonce is good for `nonce_life`.
    pub fn new(pairing: Pairing, secret: &BootSecret, nonce_life: Duration) -> Self {
        let life_ms = u32::try_from(nonce_life.as_millis()).unwrap_or(u32::MAX);
        match pairing {
            Pairing::Open => Self::Open,
            Pairing::Paired(key) => Self::Gated(RefCell::new(Gate::new(key, secret.reveal(), life_ms))),
            Pairing::KeyDamaged => Self::Shut,
        }
    }

    pub const fn access(&self) -> Access {
        match self {
            Self::Open => Access::Open,
            Self::Gated(_) => Access::Paired,
            Self::Shut => Access::KeyDamaged,
        }
    }

    /// Whose request it is, with its whole body or, for an image, before it.
    fn check(&self, request: &Request<'_>, route: Option<Route>, now_ms: u64) -> Result<Caller, Denied> {
        let gate = match self {
            Self::Open => return Ok(Caller::Anybody),
            Self::Shut => return Err(Denied::KeyDamaged),
            Self::Gated(gate) => gate,
        };
        let signable = Signable {
            method: request.method(),
            path: request.path(),
            query: request.query(),
            fields: || request.headers(),
        };
        let signed = gate.borrow_mut().check(&signable, now_ms)?;
        let owner = match route {
            Some(Route::Image) => signed.with_image(),
            _ => signed.with_body(request.body()),
        };
        owner.map(Caller::Owner)
    }
}

impl<F: Flash, P: Platform> Node<'_, F, P> {
    /// Whom the device lets in.
    pub(crate) const fn access(&self) -> Access {
        self.door.access()
    }

    /// Whose request it is. Strangers get as far as the public status and the firmware's pages for everybody, unless
    /// they signed, and should know that it was in vain.
    pub(crate) fn judge(&self, request: &Request<'_>) -> Result<Caller, Denied> {
        let route = Route::of(request.path());
        match self.door.check(request, route, self.uptime_ms()) {
            Err(Denied::Missing | Denied::KeyDamaged) if self.is_for_strangers(request.path(), route) => {
                Ok(Caller::Stranger)
            }
            judged => judged,
        }
    }

    fn is_for_strangers(&self, path: &str, route: Option<Route>) -> bool {
        match route {
            Some(route) => route == Route::Status,
            None => self.page(path).is_some_and(|page| page.readers == Readers::Everybody),
        }
    }

    /// Signs an answer to the owner; gives everybody a nonce for the next request.
    pub(crate) fn seal(&self, caller: &Caller, status: u16, body: &[u8]) -> Seal {
        let Door::Gated(gate) = &self.door else { return Seal::default() };
        let signature = match caller {
            Caller::Owner(owner) => Some(gate.borrow().answer(owner, status, BodyDigest::of(body))),
            Caller::Anybody | Caller::Stranger => None,
        };
        Seal { challenge: Some(gate.borrow_mut().challenge(self.uptime_ms())), signature }
    }

    /// What strangers are told.
    pub(crate) fn public_status(&self) -> PublicStatus {
        let state = self.state.borrow();
        PublicStatus {
            protocol: PROTOCOL,
            id: self.identity.id.clone(),
            name: state.name.clone(),
            chip: self.identity.chip,
            version: self.running_version(),
            state: state.validation,
            access: self.access(),
        }
    }

    /// Whether a request for this host name is meant for this device. Another name was made to point here by a web page
    /// (DNS rebinding), whose requests would pass for those of its own site.
    pub(crate) fn is_named(&self, host: &str) -> bool {
        let label = match host.split_at_checked(host.len().saturating_sub(LOCAL.len())) {
            Some((label, domain)) if domain.eq_ignore_ascii_case(LOCAL) => label,
            _ => host,
        };
        label.eq_ignore_ascii_case(&self.identity.id) || label.eq_ignore_ascii_case(&self.state.borrow().name)
    }

    fn uptime_ms(&self) -> u64 {
        self.started.elapsed().as_millis()
    }
}

/// The domain of mDNS.
const LOCAL: &str = ".local";
