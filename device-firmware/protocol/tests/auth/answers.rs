//! Answers: who does not hold the key cannot claim success, nor say again what the device once said.

use skylift_protocol::auth::{BodyDigest, Denied, Gate, SignedRequest};

use crate::wire::{Answered, LIFE_MS, Sent, gate, key};

const STATUS: &[u8] = br#"{"phase":"idle","validation":"valid"}"#;

fn exchange(gate: &mut Gate) -> (SignedRequest, Answered) {
    let nonce = gate.challenge(0).nonce;
    let (sent, signed) = Sent::whole(&key(1), &nonce, "GET", "/status", b"");
    let owner = sent.judged(gate, 1).unwrap();
    (signed, Answered::new(gate, &owner, 200, STATUS))
}

#[test]
fn an_answer_to_another_request_is_none() {
    let mut gate = gate();
    let (first, old) = exchange(&mut gate);
    let (second, new) = exchange(&mut gate);
    assert_eq!((old.judged(&first), new.judged(&second)), (Ok(()), Ok(())));
    assert_eq!(old.judged(&second), Err(Denied::WrongSignature));
    assert_eq!(new.judged(&first), Err(Denied::WrongSignature));
}

#[test]
fn nobody_else_can_claim_success() {
    let mut gate = gate();
    let (signed, genuine) = exchange(&mut gate);
    let with = |change: fn(&mut Answered)| {
        let mut answer = genuine.clone();
        change(&mut answer);
        answer.judged(&signed)
    };
    assert_eq!(with(|_| ()), Ok(()));
    assert_eq!(with(|answer| answer.fields.clear()), Err(Denied::Missing));
    assert_eq!(with(|answer| answer.status = 202), Err(Denied::WrongSignature));
    assert_eq!(with(|answer| answer.body = b"{}".to_vec()), Err(Denied::DigestMismatch));
    // Another device of the same owner has another key.
    let (mut other, nonce) = (Gate::new(key(9), [2; 32], LIFE_MS), gate.challenge(0).nonce);
    assert!(Sent::order(&nonce).0.judged(&mut other, 1).is_err());
}

/// The body's digest is covered, or an answer with the right signature could be given any body.
#[test]
fn all_that_counts_is_covered() {
    let mut gate = gate();
    let (signed, genuine) = exchange(&mut gate);
    let input = String::from_utf8(genuine.fields[1].1.clone()).unwrap();
    let part = r#""@status" "content-digest" "signature";req;key="sig""#;
    assert!(input.starts_with(&format!("sig=({part});keyid=")), "{input}");
    for lacking in ["\"@status\" ", "\"content-digest\" ", r#" "signature";req;key="sig""#] {
        let mut answer = genuine.clone();
        answer.fields[1].1 = input.replace(lacking, "").into_bytes();
        assert_eq!(answer.judged(&signed), Err(Denied::Incomplete), "{lacking}");
    }
    for other in [r#""signature";req;key="other""#, r#""signature";key="sig""#, r#""signature""#] {
        let mut answer = genuine.clone();
        answer.fields[1].1 = input.replace(r#""signature";req;key="sig""#, other).into_bytes();
        assert_eq!(answer.judged(&signed), Err(Denied::Incomplete), "{other}");
    }
}

/// A request that is sent back as an answer, and the other way round, is nothing.
#[test]
fn requests_are_no_answers() {
    let mut gate = gate();
    let (sent, signed) = Sent::order(&gate.challenge(0).nonce);
    let mirrored = Answered { status: 200, fields: sent.fields.clone(), body: sent.body.clone() };
    assert_eq!(mirrored.judged(&signed), Err(Denied::Incomplete));
    let (_, answer) = exchange(&mut gate);
    let mirrored = Sent { fields: answer.fields, body: answer.body, ..sent };
    assert_eq!(mirrored.judged(&mut gate, 1).err(), Some(Denied::Incomplete));
}

#[test]
fn a_body_may_be_digested_in_pieces() {
    let mut gate = gate();
    let nonce = gate.challenge(0).nonce;
    let (sent, signed) = Sent::order(&nonce);
    let owner = sent.judged(&mut gate, 1).unwrap();
    let mut hasher = skylift_protocol::auth::BodyHasher::default();
    STATUS.chunks(5).for_each(|piece| hasher.update(piece));
    let pieces = gate.answer(&owner, 200, hasher.finish()).fields().map(|(_, value)| value.to_owned());
    let whole = gate.answer(&owner, 200, BodyDigest::of(STATUS)).fields().map(|(_, value)| value.to_owned());
    assert_eq!(pieces, whole);
    assert_eq!(Answered::new(&gate, &owner, 200, STATUS).judged(&signed), Ok(()));
}
