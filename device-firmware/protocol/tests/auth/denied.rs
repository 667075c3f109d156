//! Every reason to refuse a request, by the attack that runs into it.

use skylift_protocol::auth::{Denied, Gate, Nonce};

use crate::wire::{LIFE_MS, ORDER, Sent, gate, key};

/// An order to a fresh gate, changed on the way.
#[track_caller]
fn denied(because: Denied, change: impl FnOnce(&mut Sent)) {
    let mut gate = gate();
    let (mut sent, _) = Sent::order(&gate.challenge(0).nonce);
    change(&mut sent);
    assert_eq!(sent.judged(&mut gate, 1).err(), Some(because), "{sent:?}");
}

/// The same, with a text replaced in its Signature-Input.
#[track_caller]
fn denied_input(because: Denied, from: &str, to: &str) {
    denied(because, |sent| {
        let input = String::from_utf8(sent.field("signature-input").clone()).unwrap();
        assert!(input.contains(from), "{input}");
        *sent.field("signature-input") = input.replacen(from, to, 1).into_bytes();
    });
}

#[test]
fn without_a_signature() {
    denied(Denied::Missing, |sent| sent.fields.clear());
    denied(Denied::Missing, |sent| sent.drop("signature"));
    denied(Denied::Missing, |sent| sent.drop("signature-input"));
    denied_input(Denied::Missing, "sig=", "other=");
}

#[test]
fn malformed_fields() {
    for (from, to) in [
        ("sig=(", "sig= ("),
        ("sig=(", "sig=( "),
        ("\" \"", "\"  \""),
        ("\" \"", "\"\t\""),
        ("\")", "\" )"),
        (";alg", "; alg"),
        (";alg", ";alg=\"x\";alg"),
        (";alg", ";expires=1;alg"),
        (";alg", ";created=01;alg"),
        (";alg", ";created=1.0;alg"),
        (";alg", ";created=1;created=1;alg"),
        ("alg=\"hmac-sha256\"", "alg"),
        ("alg=\"hmac-sha256\"", "alg=hmac-sha256"),
        ("\"@path\"", "\"@path\" \"@path\""),
        ("\"@path\"", "\"@path"),
        ("\"@path\"", "\"@p\\ath\""),
        ("sig=", "SIG="),
        ("sig=", "sig=();alg=\"x\", sig="),
        ("sig=", ",sig="),
        ("sig=", "a=1, sig="),
        (")", "))"),
    ] {
        denied_input(Denied::Malformed, from, to);
    }
    denied(Denied::Malformed, |sent| sent.field("signature-input").extend(b","));
    denied(Denied::Malformed, |sent| sent.field("signature-input").extend([b';'; 400]));
    denied(Denied::Malformed, |sent| *sent.field("signature") = b"sig=:AAAA:".to_vec());
    denied(Denied::Malformed, |sent| *sent.field("signature") = b"sig=\"AAAA\"".to_vec());
    denied(Denied::Malformed, |sent| sent.field("signature").extend(b";a=1"));
    for twice in ["signature", "signature-input", "content-digest"] {
        denied(Denied::Malformed, |sent| {
            let value = sent.field(twice).clone();
            sent.fields.push((twice.to_uppercase(), value));
        });
    }
    let many = |count| format!("({}", (0..count).map(|at| format!("\"a{at}\" ")).collect::<String>());
    denied_input(Denied::Malformed, "(", &many(13));
    denied_input(Denied::WrongSignature, "hmac-sha256\"", "hmac-sha256\";created=1700000000");
}

/// The longest field that is read, and one byte more; with base64 that has another spelling.
#[test]
fn bounds_and_spellings() {
    let mut gate = gate();
    let (sent, _) = Sent::order(&gate.challenge(0).nonce);
    for (len, expected) in [(513, Some(Denied::Malformed)), (512, None)] {
        let mut long = sent.clone();
        let field = long.field("signature");
        let own = field.len();
        field.extend(format!(", a=:{}:", "A".repeat(len - own - 6)).bytes());
        assert_eq!(field.len(), len);
        assert_eq!(long.judged(&mut gate, 1).err(), expected, "{len}");
    }
    denied(Denied::Malformed, |sent| {
        let field = sent.field("signature");
        assert_eq!(field.remove(field.len() - 2), b'=', "the filling of base64");
    });
    denied(Denied::Malformed, |sent| {
        let field = sent.field("signature");
        let at = field.len() - 3;
        // The last digit of 32 bytes has two bits that mean nothing, and must be zero.
        field[at] += 1;
    });
}

#[test]
fn another_key_or_algorithm() {
    let mut gate = gate();
    let nonce = gate.challenge(0).nonce;
    let (other, _) = Sent::whole(&key(9), &nonce, "POST", "/update", ORDER);
    assert_eq!(other.judged(&mut gate, 1).err(), Some(Denied::UnknownKey));
    // Its name is public; that does not help.
    let (mut liar, _) = Sent::whole(&key(9), &nonce, "POST", "/update", ORDER);
    let input = String::from_utf8(liar.field("signature-input").clone()).unwrap();
    let renamed = input.replace(key(9).id().as_str(), key(1).id().as_str());
    *liar.field("signature-input") = renamed.into_bytes();
    assert_eq!(liar.judged(&mut gate, 1).err(), Some(Denied::WrongSignature));
    denied_input(Denied::UnknownKey, "keyid=\"", "keyid=\"0");
    denied_input(Denied::Algorithm, "hmac-sha256", "ed25519");
    denied_input(Denied::Algorithm, ";alg=\"hmac-sha256\"", "");
}

#[test]
fn components_that_lack_or_are_unknown() {
    for part in ["\"@method\" ", "\"@path\" ", "\"@query\" ", " \"content-digest\""] {
        denied_input(Denied::Incomplete, part, "");
    }
    denied_input(Denied::Incomplete, "\"content-digest\"", "\"content-length\"");
    for more in ["\"x-gone\"", "\"@status\"", "\"@method\";req", "\"@method\";a=\"b\"", "\"Content-Type\""] {
        denied_input(Denied::Incomplete, "\")", &format!("\" {more})"));
    }
    denied(Denied::Incomplete, |sent| sent.drop("content-digest"));
    denied(Denied::Incomplete, |sent| *sent.field("content-digest") = b"sha-512=:AAAA:".to_vec());
    // An image's length is not enough for another request, nor a digest for an image.
    let mut gate = gate();
    let mut image = Sent::image(&gate.challenge(0).nonce, b"bytes");
    image.path = "/update".to_owned();
    assert_eq!(image.judged(&mut gate, 1).err(), Some(Denied::Incomplete));
    denied(Denied::Incomplete, |sent| (sent.method, sent.path) = ("PUT".into(), "/update/image".into()));
}

/// A device that takes the one for the other by mistake lets nobody in.
#[test]
fn images_are_no_bodies() {
    let mut gate = gate();
    let order = Sent::order(&gate.challenge(0).nonce).0.head(&mut gate, 1).unwrap();
    assert_eq!(order.with_image().err(), Some(Denied::Incomplete));
    let image = Sent::image(&gate.challenge(0).nonce, b"bytes").head(&mut gate, 1).unwrap();
    assert_eq!(image.with_body(b"bytes").err(), Some(Denied::Incomplete));
}

#[test]
fn another_body_uses_the_nonce_up() {
    let mut gate = gate();
    let (sent, _) = Sent::order(&gate.challenge(0).nonce);
    let swapped = Sent { body: b"{}".to_vec(), ..sent.clone() };
    assert_eq!(swapped.judged(&mut gate, 1).err(), Some(Denied::DigestMismatch));
    assert_eq!(sent.judged(&mut gate, 1).err(), Some(Denied::Replayed));
}

#[test]
fn nonces_of_others_and_of_before() {
    let mut gate = gate();
    let judged = |gate: &mut Gate, nonce: &Nonce, now| Sent::order(nonce).0.judged(gate, now).err();
    let foreign = Gate::new(key(1), [3; 32], LIFE_MS).challenge(0).nonce;
    assert_eq!(judged(&mut gate, &foreign, 1), Some(Denied::NonceForeign));
    assert_eq!(judged(&mut gate, &Nonce::parse("guessed").unwrap(), 1), Some(Denied::NonceForeign));
    let old = gate.challenge(0).nonce;
    assert_eq!(judged(&mut gate, &old, 1 + u64::from(LIFE_MS)), Some(Denied::NonceExpired));
    denied(Denied::Incomplete, |sent| {
        let input = String::from_utf8(sent.field("signature-input").clone()).unwrap();
        *sent.field("signature-input") = input.split(";nonce").next().unwrap().into();
    });
}

#[test]
fn replays() {
    let mut gate = gate();
    let first = Sent::order(&gate.challenge(0).nonce).0;
    assert!(first.judged(&mut gate, 1).is_ok());
    assert_eq!(first.judged(&mut gate, 2).err(), Some(Denied::Replayed));
    // So many that the first is forgotten: what takes its place is the floor.
    for now in 3..103 {
        let nonce = gate.challenge(now).nonce;
        assert!(Sent::order(&nonce).0.judged(&mut gate, now).is_ok());
    }
    assert_eq!(first.judged(&mut gate, 103).err(), Some(Denied::Replayed));
}

#[test]
fn every_reason_has_a_sentence_of_its_own() {
    let mut sentences: Vec<_> = Denied::ALL.iter().map(|denied| denied.sentence()).collect();
    assert!(sentences.iter().all(|sentence| !sentence.ends_with('.') && sentence.len() < 120));
    sentences.sort_unstable();
    sentences.dedup();
    assert_eq!(sentences.len(), Denied::ALL.len());
}
