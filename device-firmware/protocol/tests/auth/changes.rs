//! Every byte that is covered, changed in every bit: nothing of it passes, and a forgery uses no nonce up.

use proptest::prelude::*;
use skylift_protocol::auth::Denied;

use crate::wire::{Answered, Sent, gate};

/// `bytes` with one byte changed, in all ways that one bit can make.
fn flips(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut changed = bytes.to_vec();
        changed[bit / 8] ^= 1 << (bit % 8);
        changed
    })
}

/// All changes of a request outside of its body.
fn heads(sent: &Sent) -> Vec<Sent> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).ok();
    let mut changed = Vec::new();
    let methods = flips(sent.method.as_bytes()).filter_map(text);
    changed.extend(methods.map(|method| Sent { method, ..sent.clone() }));
    let paths = flips(sent.path.as_bytes()).filter_map(text);
    changed.extend(paths.map(|path| Sent { path, ..sent.clone() }));
    let queries = flips(sent.query.as_ref().unwrap().as_bytes()).filter_map(text);
    changed.extend(queries.map(|query| Sent { query: Some(query), ..sent.clone() }));
    for (at, (_, value)) in sent.fields.iter().enumerate() {
        changed.extend(flips(value).map(|value| {
            let mut sent = sent.clone();
            sent.fields[at].1 = value;
            sent
        }));
    }
    changed
}

#[test]
fn of_a_request() {
    let mut gate = gate();
    let order = Sent::order(&gate.challenge(0).nonce).0;
    let image = Sent::image(&gate.challenge(0).nonce, b"bytes of an image");
    for sent in [order, image] {
        let changes = heads(&sent);
        assert!(changes.len() > 8 * 200, "{}", changes.len());
        for changed in changes {
            assert!(changed.judged(&mut gate, 1).is_err(), "{changed:?}");
        }
        assert!(sent.judged(&mut gate, 1).is_ok(), "after {sent:?}");
    }
}

#[test]
fn of_a_body() {
    let mut gate = gate();
    let body = Sent::order(&gate.challenge(0).nonce).0.body;
    for body in flips(&body).chain([Vec::new(), [&body[..], b" "].concat()]) {
        let (sent, _) = Sent::order(&gate.challenge(0).nonce);
        let changed = Sent { body, ..sent };
        assert_eq!(changed.judged(&mut gate, 1).err(), Some(Denied::DigestMismatch), "{changed:?}");
    }
}

#[test]
fn of_an_answer() {
    let mut gate = gate();
    let (sent, signed) = Sent::order(&gate.challenge(0).nonce);
    let owner = sent.judged(&mut gate, 1).unwrap();
    let answer = Answered::new(&gate, &owner, 202, br#"{"order_id":"7"}"#);
    let mut changed = Vec::new();
    changed.extend(flips(&answer.body).map(|body| Answered { body, ..answer.clone() }));
    changed.extend((0..16).map(|bit| Answered { status: answer.status ^ (1 << bit), ..answer.clone() }));
    for (at, (_, value)) in answer.fields.iter().enumerate() {
        changed.extend(flips(value).map(|value| {
            let mut answer = answer.clone();
            answer.fields[at].1 = value;
            answer
        }));
    }
    assert!(changed.len() > 8 * 200, "{}", changed.len());
    for changed in changed {
        assert!(changed.judged(&signed).is_err(), "{changed:?}");
    }
    assert_eq!(answer.judged(&signed), Ok(()));
}

proptest! {
    /// Nonces used, used again and left out in any order, over more requests than are remembered: none passes twice.
    #[test]
    fn no_interleaving_lets_a_replay_through(picks in proptest::collection::vec((0_usize..12, 0_u64..40), 1..250)) {
        let (mut gate, mut now) = (gate(), 0);
        let mut issued: Vec<_> = (0..12).map(|_| (gate.challenge(now).nonce, false)).collect();
        for (at, step) in picks {
            now += step;
            let (nonce, used) = &mut issued[at];
            let passed = Sent::order(nonce).0.judged(&mut gate, now).is_ok();
            prop_assert!(!(passed && *used), "{:?} passed twice", nonce);
            *used |= passed;
            // Now and then a new one takes the place of one that was used.
            if *used && step % 2 == 0 {
                issued[at] = (gate.challenge(now).nonce, false);
            }
        }
    }
}
