//! What must work: requests of every kind, nonces in any order, keys that are told apart and keep their secret.

use skylift_protocol::auth::{Body, Challenge, Denied, KeyId, NotAKey, PairingKey, SignedRequest};

use crate::wire::{Answered, LIFE_MS, Sent, gate, key};

#[test]
fn an_exchange() {
    let mut gate = gate();
    // The first answer is to a stranger; every later one carries the next nonce.
    let mut field = gate.challenge(10).to_string();
    for now in [20, 30, 40] {
        let challenge = Challenge::parse(field.as_bytes()).unwrap();
        assert_eq!(challenge.key_id, key(1).id());
        let (sent, signed) = Sent::order(&challenge.nonce);
        let owner = sent.judged(&mut gate, now).unwrap();
        let answer = Answered::new(&gate, &owner, 202, b"{}");
        assert_eq!(answer.judged(&signed), Ok(()));
        field = gate.challenge(now).to_string();
    }
}

#[test]
fn the_challenge_is_frozen() {
    let field = gate().challenge(7).to_string();
    let (start, nonce) = field.split_once("nonce=").unwrap();
    let keyid = key(1).id();
    assert_eq!(
        start,
        format!(r#"sig=("@method" "@path" "@query" "content-digest");keyid="{keyid}";alg="hmac-sha256";"#)
    );
    assert_eq!(nonce.len(), 34);
}

#[test]
fn every_kind_of_request() {
    let mut gate = gate();
    for (method, target, body) in [
        ("GET", "/status", &b""[..]),
        ("GET", "/status?", b""),
        ("POST", "/identify", b"{}"),
        ("POST", "/a/b%20c?x=%C3%A9&y", &[0xFF; 1700]),
    ] {
        let nonce = gate.challenge(0).nonce;
        let (sent, _) = Sent::whole(&key(1), &nonce, method, target, body);
        assert_eq!(sent.judged(&mut gate, 1).err(), None, "{method} {target}");
    }
    let nonce = gate.challenge(0).nonce;
    assert!(Sent::image(&nonce, b"an image").judged(&mut gate, 1).is_ok());
}

#[test]
fn bodies_belong_to_their_paths() {
    let nonce = gate().challenge(0).nonce;
    let signed = |method, target, body| SignedRequest::new(&key(1), &nonce, method, target, body).err();
    assert_eq!(signed("PUT", "/update/image", Body::Whole(b"x")), Some(Denied::Incomplete));
    assert_eq!(signed("POST", "/update", Body::Image(1)), Some(Denied::Incomplete));
    assert_eq!(signed("POST", "/upd\nate", Body::Whole(b"")), Some(Denied::Malformed));
    assert_eq!(signed("PUT", "/update/image", Body::Image(u64::MAX)), None);
}

#[test]
fn a_covered_part_more_is_understood() {
    for more in [r#""content-type""#, r#""@authority""#] {
        let mut gate = gate();
        let (mut sent, _) = Sent::order(&gate.challenge(0).nonce);
        sent.set("Content-Type", b"application/json");
        sent.set("Host", b"device.local:80");
        let input = String::from_utf8(sent.field("signature-input").clone()).unwrap();
        sent.set("Signature-Input", input.replace("\")", &format!("\" {more})")).as_bytes());
        // Understood, and so it is the signature that does not fit.
        assert_eq!(sent.judged(&mut gate, 1).err(), Some(Denied::WrongSignature), "{more}");
    }
}

#[test]
fn nonces_in_any_order_but_not_too_old() {
    let mut gate = gate();
    let nonces: Vec<_> = (0..64).map(|now| gate.challenge(now).nonce).collect();
    for nonce in nonces.iter().rev() {
        assert!(Sent::order(nonce).0.judged(&mut gate, u64::from(LIFE_MS)).is_ok());
    }
    let late = gate.challenge(100).nonce;
    let expired = Sent::order(&late).0.judged(&mut gate, 101 + u64::from(LIFE_MS));
    assert_eq!(expired.err(), Some(Denied::NonceExpired));
}

#[test]
fn keys() {
    assert!(key(1) == key(1) && key(1) != key(2));
    assert_eq!(format!("{:?}", key(1)), "(hidden)");
    assert_eq!(key(1).reveal(), &[1; 32]);
    // The first bytes of: printf 'skylift key id%s' "$(32 times byte 1)" | sha256sum
    assert_eq!(key(1).id().as_str(), "8362bba7cc019c42");
    assert_eq!(KeyId::parse(key(1).id().as_str()), Some(key(1).id()));
    assert_ne!(key(1).id(), key(2).id());
    for text in ["", "0123456789abcde", "0123456789ABCDEF", "0123456789abcdeg", "0123456789abcdef0"] {
        assert_eq!(KeyId::parse(text), None, "{text}");
    }
    for bytes in [&[1; 31][..], &[1; 33], &[], &[0; 32], &[0xFF; 32]] {
        assert_eq!(PairingKey::try_from(bytes), Err(NotAKey), "{bytes:?}");
    }
}
