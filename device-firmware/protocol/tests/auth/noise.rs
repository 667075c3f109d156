//! Fields of any content: nothing panics, nothing passes, and what is read says the same when it is written again.

use proptest::prelude::*;
use skylift_protocol::auth::{Challenge, Nonce, Request};

use crate::wire::{Sent, fields, gate};

/// Pieces that the fields are made of, in any order.
fn pieces() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop::sample::select(vec![
        "sig=",
        "(",
        ")",
        "\"@method\"",
        "\"@path\"",
        "\"@query\"",
        "\"content-digest\"",
        "\"",
        " ",
        ",",
        ", ",
        ";",
        ";keyid=\"0123456789abcdef\"",
        ";alg=\"hmac-sha256\"",
        ";nonce=\"abc\"",
        ";created=1",
        ";req",
        "=",
        ":",
        ":AAAA:",
        "sha-256=",
        "\\",
        "\u{7f}",
        "é",
        "*",
        "a",
        "?1",
        "sig",
        "-1",
    ]);
    prop_oneof![
        proptest::collection::vec(piece, 0..30).prop_map(|pieces| pieces.concat().into_bytes()),
        proptest::collection::vec(any::<u8>(), 0..600),
    ]
}

proptest! {
    #[test]
    fn any_fields(input in pieces(), signature in pieces(), digest in pieces(), method in ".{0,5}", path in ".{0,9}") {
        let list = [
            ("signature-input".to_owned(), input),
            ("signature".to_owned(), signature),
            ("content-digest".to_owned(), digest),
        ];
        let request = Request { method: &method, path: &path, query: None, fields: fields(&list) };
        prop_assert!(gate().check(&request, 0).is_err());
    }

    #[test]
    fn any_challenge(field in pieces()) {
        if let Ok(challenge) = Challenge::parse(&field) {
            prop_assert_eq!(Challenge::parse(challenge.to_string().as_bytes()), Ok(challenge));
        }
    }

    /// A challenge with any change is refused, or asks for something else: there is one spelling.
    #[test]
    fn one_spelling(at in any::<prop::sample::Index>(), byte in b' '..=b'~', insert in any::<bool>()) {
        let challenge = gate().challenge(5);
        let mut field = challenge.to_string().into_bytes();
        let at = at.index(field.len());
        let covered = field.iter().position(|&byte| byte == b')').unwrap();
        if insert {
            field.insert(at, byte);
        } else {
            prop_assume!(field[at] != byte);
            field[at] = byte;
        }
        // What is covered is no part of a challenge, and spaces around a field are HTTP's.
        if at > covered && let Ok(read) = Challenge::parse(&field) {
            prop_assert_ne!(read, challenge);
        }
    }

    #[test]
    fn nonces(text in "[ -~]{0,70}") {
        if let Some(nonce) = Nonce::parse(&text) {
            prop_assert_eq!(nonce.as_str(), text);
            prop_assert!(Sent::order(&nonce).0.judged(&mut gate(), 0).is_err());
        }
    }
}
