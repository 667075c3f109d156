//! Signed requests and answers: nobody without the key passes, nor an owner's request that somebody has changed.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::Input;
use skylift_protocol::auth::{
    Answer, Body, CONTENT_DIGEST, Challenge, Denied, Gate, PairingKey, Request, SIGNATURE, SIGNATURE_INPUT,
    SignedRequest,
};

type Fields = Vec<(String, Vec<u8>)>;

const NOW: u64 = 5_000;
const BODY: &[u8] = br#"{"name":"lamp"}"#;

fn key(byte: u8) -> PairingKey {
    PairingKey::try_from(&[byte; 32][..]).expect("a key")
}

fn check(gate: &mut Gate, target: (&str, Option<&str>), fields: &Fields, body: &[u8]) -> Result<(), Denied> {
    let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
    let request = Request { method: "POST", path: target.0, query: target.1, fields: pairs };
    gate.check(&request, NOW)?.with_body(body).map(drop)
}

/// A stranger's fields: a line each.
fn strange(text: &[u8]) -> Fields {
    let names = [SIGNATURE_INPUT, SIGNATURE, CONTENT_DIGEST];
    let lines = text.split(|&byte| byte == b'\n').take(12);
    lines.zip(names.into_iter().cycle()).map(|(line, name)| (name.to_owned(), line.to_vec())).collect()
}

/// Puts bytes in the place of others.
fn edit(text: &[u8], at: u8, drop: u8, put: &[u8]) -> Vec<u8> {
    let at = usize::from(at) % (text.len() + 1);
    let end = (at + usize::from(drop % 8)).min(text.len());
    [&text[..at], put, &text[end..]].concat()
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// An owner's request of which a part was changed on the way.
fn changed(gate: &mut Gate, [which, at, drop]: [u8; 3], put: &[u8]) {
    let nonce = gate.challenge(NOW).nonce;
    let signed =
        SignedRequest::new(&key(1), &nonce, "POST", "/rename?a", Body::Whole(BODY)).expect("a signature");
    let mut fields: Fields =
        signed.fields().map(|(name, value)| (name.to_owned(), value.as_bytes().to_vec())).collect();
    let original = fields.clone();
    let (mut path, mut query, mut body) = (b"/rename".to_vec(), b"a".to_vec(), BODY.to_vec());
    let place = match which % 6 {
        0 => &mut path,
        1 => &mut query,
        2 => &mut body,
        other => &mut fields[usize::from(other) - 3].1,
    };
    *place = edit(place, at, drop, put);
    let (Ok(path), Ok(query)) = (String::from_utf8(path), String::from_utf8(query)) else { return };
    let verdict = check(gate, (&path, Some(&query)), &fields, &body);
    let same = original.iter().zip(&fields).all(|(before, now)| contains(&now.1, &before.1));
    let harmless = same && (path.as_str(), query.as_str(), body.as_slice()) == ("/rename", "a", BODY);
    assert!(harmless || verdict.is_err(), "a changed request passes");
    if verdict.is_ok() {
        let again = check(gate, ("/rename", Some("a")), &original, BODY);
        assert!(again.is_err(), "the same request passes twice");
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let kind = input.byte();
    let mut gate = Gate::new(key(1), [9; 32], 60_000);
    match kind % 3 {
        0 => {
            let fields = strange(input.rest());
            assert!(check(&mut gate, ("/rename", None), &fields, BODY).is_err(), "a stranger passes");
            let signed =
                SignedRequest::new(&key(1), &gate.challenge(NOW).nonce, "GET", "/status", Body::Whole(b""));
            let pairs = || fields.iter().map(|(name, value)| (name.as_str(), value.as_slice()));
            let answer = Answer { status: 200, body: BODY, fields: pairs };
            assert!(
                signed.expect("a signature").check_answer(&key(1), &answer).is_err(),
                "a stranger answers"
            );
        }
        1 => {
            let edits = input.array();
            changed(&mut gate, edits, input.rest());
        }
        _ => {
            if let Ok(challenge) = Challenge::parse(input.rest()) {
                assert_eq!(Challenge::parse(challenge.to_string().as_bytes()), Ok(challenge));
            }
        }
    }
});
