//! Speaking to a device whose key is here: every request is signed, and no answer is believed that is not.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Response, StatusCode};
use skylift_protocol::auth::{Denied, Nonce, PairingKey, SignedRequest};
use skylift_protocol::{Access, Id, routes};

use super::stranger::Said;
use super::wire::{Call, Heard, Wire};
use super::{Peer, Problem};
use crate::engine::keys::KeyRing;

/// The keys of this computer, and the nonces for the next requests. A clone holds the same ones.
#[derive(Clone)]
pub(super) struct Keys {
    ring: Option<Arc<dyn KeyRing>>,
    nonces: Arc<Mutex<HashMap<Id, Nonce>>>,
}

/// A device and its key.
pub(super) struct Held {
    id: Id,
    key: PairingKey,
}

impl Keys {
    pub(super) fn new(ring: Option<Arc<dyn KeyRing>>) -> Self {
        Self { ring, nonces: Arc::default() }
    }

    /// The key of a device; `None` if this computer has none.
    pub(super) async fn of(&self, id: &Id) -> Result<Option<Held>, Problem> {
        let Some(ring) = self.ring.clone() else { return Ok(None) };
        let device = id.clone();
        // Files are read where nobody waits. The task only fails with the program.
        let Ok(found) = tokio::task::spawn_blocking(move || ring.key(&device)).await else { return Ok(None) };
        let key = found.map_err(|trouble| Problem::Key(Box::new(trouble)))?;
        Ok(key.map(|key| Held { id: id.clone(), key }))
    }

    /// Each nonce is good for one request.
    fn take(&self, id: &Id) -> Option<Nonce> {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).remove(id)
    }

    fn keep(&self, id: &Id, nonce: Nonce) {
        self.nonces.lock().unwrap_or_else(PoisonError::into_inner).insert(id.clone(), nonce);
    }
}

/// A conversation with one paired device.
pub(super) struct Conversation<'c> {
    pub(super) wire: &'c Wire,
    pub(super) keys: &'c Keys,
    pub(super) peer: &'c Peer,
    pub(super) held: Held,
}

impl Conversation<'_> {
    /// An answer that the device has signed, and no other one.
    pub(super) async fn ask(&self, call: &Call) -> Result<Heard, Problem> {
        let (signed, response) = self.open(call).await?;
        let heard = Heard::read(response, call.patience).await?;
        if heard.status == StatusCode::UNAUTHORIZED {
            return Err(Problem::Unauthorised(denied(&heard)));
        }
        if let Err(denied) = heard.check(&signed, &self.held.key) {
            return Err(self.doubt(call, denied).await);
        }
        if let Some(challenge) = heard.challenge().filter(|challenge| challenge.key_id == self.held.key.id())
        {
            self.keys.keep(&self.held.id, challenge.nonce);
        }
        Ok(heard)
    }

    /// Sends the request, once more if its nonce was of no use: nonces grow old, and none outlives a restart. Whatever
    /// comes back is not proven yet.
    pub(super) async fn open(&self, call: &Call) -> Result<(SignedRequest, Response), Problem> {
        let nonce = match self.keys.take(&self.held.id) {
            Some(nonce) => nonce,
            None => self.nonce(call).await?,
        };
        let (signed, response) = self.send(call, &nonce).await?;
        if response.status() != StatusCode::UNAUTHORIZED {
            return Ok((signed, response));
        }
        let challenge = Heard::read(response, call.patience).await?.challenge();
        let nonce = match challenge.filter(|challenge| challenge.key_id == self.held.key.id()) {
            Some(challenge) => challenge.nonce,
            None => self.nonce(call).await?,
        };
        self.send(call, &nonce).await
    }

    async fn send(&self, call: &Call, nonce: &Nonce) -> Result<(SignedRequest, Response), Problem> {
        self.wire.send_signed(self.peer, call, &self.held.key, nonce).await
    }

    /// Asks as a stranger, who is told nothing but a nonce. Who gives none for this key is not the paired device.
    async fn nonce(&self, call: &Call) -> Result<Nonce, Problem> {
        let call = Call::get(routes::STATUS, call.patience);
        let heard = Heard::read(self.wire.send(self.peer, &call).await?, call.patience).await?;
        let challenge = heard.challenge();
        if !heard.status.is_success() {
            return Err(self.not_proven(Denied::Missing));
        }
        match Said::read(&heard.body)? {
            said if *said.id() != self.held.id => Err(Problem::OtherDevice(said.id().to_string())),
            Said::Open(_) => Err(Problem::TurnedOpen),
            Said::Closed(public) if public.access == Access::KeyDamaged => Err(Problem::LostKey),
            Said::Closed(_) => match challenge {
                Some(challenge) if challenge.key_id == self.held.key.id() => Ok(challenge.nonce),
                Some(_) => Err(Problem::OtherKey),
                None => Err(self.not_proven(Denied::Missing)),
            },
        }
    }

    /// What to say of an answer that is not believed: who answers may say itself that it is somebody else.
    async fn doubt(&self, call: &Call, denied: Denied) -> Problem {
        let says = if denied == Denied::Missing { self.nonce(call).await.err() } else { None };
        match says {
            Some(
                says @ (Problem::OtherDevice(_) | Problem::TurnedOpen | Problem::LostKey | Problem::OtherKey),
            ) => says,
            _ => self.not_proven(denied),
        }
    }

    fn not_proven(&self, denied: Denied) -> Problem {
        Problem::NotProven { device: Box::new(self.held.id.clone()), denied }
    }
}

/// Why a device says that it did not take the signature, without the word for programs in front.
fn denied(heard: &Heard) -> String {
    match heard.refusal() {
        Problem::Refused { detail, .. } if !detail.is_empty() => match detail.split_once(": ") {
            Some((word, sentence)) if Denied::from_word(word) != Denied::Unknown => sentence.to_owned(),
            _ => detail,
        },
        _ => "it does not say why".to_owned(),
    }
}
