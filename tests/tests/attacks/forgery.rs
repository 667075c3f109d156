//! Orders that nobody with the key gave, or that are not what was signed. All come from the owner's own address, which
//! is never shut out.

use skylift_tests::forge::{Draft, Request, content_digest};
use skylift_tests::paired::{Paired, new_key};
use skylift_tests::stranger::Stranger;

const NAME: &str = r#"{"name":"mine"}"#;
const STOLEN: &str = r#"{"name":"stolen"}"#;

/// A device whose owner has just used it, somebody at the owner's address, and a way to draft what the owner says.
fn begin() -> (Paired, Stranger) {
    let paired = Paired::start();
    let stranger = Stranger::at_home(paired.address());
    assert_eq!(stranger.own(&paired.key, "POST", "/rename", NAME).status, 200);
    (paired, stranger)
}

fn rename(paired: &Paired, stranger: Stranger) -> Draft {
    stranger.draft(&paired.key, "POST", "/rename", STOLEN)
}

/// The device is called what its owner called it, it did not restart, and did nothing.
#[track_caller]
fn untouched(paired: &Paired, stranger: Stranger) {
    let status = stranger.own(&paired.key, "GET", "/status", "").body;
    for same in [r#""name":"mine""#, r#""boot_count":1,"#, r#""phase":"idle""#] {
        assert!(status.contains(same), "{same}: {status}");
    }
    assert_eq!(paired.happened(), []);
}

/// The control of all: the draft as it is, is taken.
#[track_caller]
fn taken(paired: &Paired, stranger: Stranger, request: &Request) {
    let reply = stranger.owned(request, &paired.key);
    assert_eq!(reply.status, 200, "{reply:?}");
}

#[test]
fn without_a_key_nothing_is_done_and_nothing_is_told() {
    let (paired, stranger) = begin();
    for (method, target, body) in [
        ("GET", "/log", ""),
        ("GET", "/events", ""),
        ("POST", "/probe", r#"{"urls":["http://127.0.0.1:1/probe/0123456789abcdef"]}"#),
        ("POST", "/update", "{}"),
        ("POST", "/update/prepare", r#"{"size":65536}"#),
        ("POST", "/validate", "{}"),
        ("POST", "/rollback", "{}"),
        ("POST", "/reboot", "{}"),
        ("POST", "/identify", "{}"),
        ("POST", "/rename", STOLEN),
        ("POST", "/wifi", r#"{"ssid":"evil","password":"open sesame"}"#),
        ("PUT", "/update/image?order_id=a&from=0", "bytes"),
    ] {
        let media = if method == "PUT" { "octet-stream" } else { "json" };
        let length =
            if method == "GET" { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
        let head = format!("{method} {target} HTTP/1.1\r\nContent-Type: application/{media}\r\n{length}\r\n");
        stranger.say(head + body).is_denied("missing", target);
    }
    let told = stranger.say("GET /status HTTP/1.1\r\n\r\n");
    for secret in ["slots", "boot_count", "uptime", "policy", "last_end", "digest", "sha256"] {
        assert!(told.status == 200 && !told.body.contains(secret), "{secret}: {}", told.body);
    }
    untouched(&paired, stranger);
    let full = stranger.own(&paired.key, "GET", "/status", "");
    assert!(full.body.contains("slots") && full.body.contains("sha256"), "{}", full.body);
}

#[test]
fn another_key_is_not_the_key() {
    let (paired, stranger) = begin();
    let theirs = new_key();
    let draft = rename(&paired, stranger);
    let named = Draft { key: theirs.clone(), key_id: theirs.id().to_string(), ..draft.clone() };
    stranger.say(named.sign().bytes()).is_denied("unknown_key", "it says so");
    // It claims to be the owner's.
    let claimed = Draft { key: theirs, ..draft.clone() };
    stranger.say(claimed.sign().bytes()).is_denied("wrong_signature", "it says otherwise");
    let nobodys = Draft { key_id: "admin".into(), ..draft.clone() };
    stranger.say(nobodys.sign().bytes()).is_denied("unknown_key", "another form");
    untouched(&paired, stranger);
    // None of it used up the nonce.
    taken(&paired, stranger, &draft.sign());
}

#[test]
fn no_other_algorithm_counts() {
    let (paired, stranger) = begin();
    let draft = rename(&paired, stranger);
    let others = ["hmac-sha512", "hmac-sha1", "HMAC-SHA256", "none", "rsa-pss-sha512", "rsa-v1_5-sha256"];
    let others = others.into_iter().chain(["ecdsa-p256-sha256", "ed25519"]).map(Some).chain([None]);
    for algorithm in others {
        let request = Draft { algorithm, ..draft.clone() }.sign();
        stranger.say(request.bytes()).is_denied("algorithm", &format!("{algorithm:?}"));
    }
    untouched(&paired, stranger);
    taken(&paired, stranger, &draft.sign());
}

/// Signed with the key itself, so that only what is left out can be what is wrong.
#[test]
fn nothing_may_be_left_out_of_what_is_signed() {
    let (paired, stranger) = begin();
    let draft = rename(&paired, stranger);
    for at in 0..draft.components.len() {
        let mut lacking = draft.clone();
        let component = lacking.components.remove(at);
        stranger.say(lacking.sign().bytes()).is_denied("incomplete", component);
    }
    let nothing = Draft { components: Vec::new(), ..draft.clone() };
    stranger.say(nothing.sign().bytes()).is_denied("incomplete", "nothing at all");
    let twice = Draft { components: draft.components.repeat(2), ..draft.clone() };
    stranger.say(twice.sign().bytes()).is_denied("malformed", "all twice");
    let no_nonce =
        draft.sign().changed("Signature-Input", |input| input.split(";nonce").next().unwrap().into());
    stranger.say(no_nonce.bytes()).is_denied("incomplete", "no nonce");
    untouched(&paired, stranger);
    // In another order they are all there.
    let reversed = Draft { components: draft.components.iter().rev().copied().collect(), ..draft };
    taken(&paired, stranger, &reversed.sign());
}

#[test]
fn what_was_signed_cannot_be_changed_on_the_way() {
    let (paired, stranger) = begin();
    let signed = stranger.draft(&paired.key, "POST", "/rename", r#"{"name":"honest"}"#).sign();
    assert_eq!(signed.body.len(), STOLEN.len());
    stranger.say(signed.clone().with_body(STOLEN).bytes()).is_denied("digest_mismatch", "the body");
    let both =
        signed.clone().with_body(STOLEN).changed("Content-Digest", |_| content_digest(STOLEN.as_bytes()));
    stranger.say(both.bytes()).is_denied("wrong_signature", "the body and its digest");
    // That is what a head counts for that came whole: its nonce is used up, and nobody can try another body.
    stranger.say(signed.bytes()).is_denied("replayed", "its own body, later");

    let identify = stranger.draft(&paired.key, "POST", "/identify", "{}").sign();
    for other in ["POST /reboot HTTP/1.1", "POST /rollback HTTP/1.1", "POST /identify?now HTTP/1.1"] {
        stranger.say(identify.clone().with_line(other).bytes()).is_denied("wrong_signature", other);
    }
    let head = stranger.draft(&paired.key, "HEAD", "/log", "").sign().without("Content-Type");
    let head = head.without("Content-Length");
    stranger.say(head.with_line("GET /log HTTP/1.1").bytes()).is_denied("wrong_signature", "the method");
    let status = stranger.draft(&paired.key, "GET", "/status", "").sign();
    stranger
        .say(status.clone().with_line("GET /log HTTP/1.1").bytes())
        .is_denied("wrong_signature", "the path");
    untouched(&paired, stranger);
    taken(&paired, stranger, &identify);
    taken(&paired, stranger, &status);
}

/// Two readers must not find two meanings.
#[test]
fn what_is_there_twice_means_nothing() {
    let (paired, stranger) = begin();
    let right = rename(&paired, stranger).sign();
    let forged = Draft { key: new_key(), ..rename(&paired, stranger) }.sign();
    for name in ["Signature", "Signature-Input", "Content-Digest"] {
        let value =
            if name == "Content-Digest" { content_digest(b"{}") } else { forged.field(name).to_owned() };
        stranger.say(right.clone().with(name, &value).bytes()).is_denied("malformed", name);
        // The other one first.
        let first = right.clone().changed(name, |_| value).with(name, right.field(name));
        stranger.say(first.bytes()).is_denied("malformed", name);
        let same = right.clone().with(name, right.field(name));
        stranger.say(same.bytes()).is_denied("malformed", name);
    }
    for (name, value, status) in [("Content-Length", "17", 400), ("Content-Type", "application/json", 403)] {
        assert_eq!(stranger.say(right.clone().with(name, value).bytes()).status, status, "{name}");
    }
    let hosts = right.clone().with("Host", "127.0.0.1").with("Host", "evil.example");
    assert_eq!(stranger.say(hosts.bytes()).status, 400);
    untouched(&paired, stranger);
    taken(&paired, stranger, &right);
}

#[test]
fn of_several_signatures_one_counts_and_it_has_to_be_right() {
    let (paired, stranger) = begin();
    let (right, forged) =
        (rename(&paired, stranger).sign(), Draft { key: new_key(), ..rename(&paired, stranger) });
    let forged = forged.sign();
    let evil = |value: &str| value.replacen("sig=", "evil=", 1);
    let both = |sig: &Request, other: &Request| {
        let join = |name: &str| format!("{}, {}", evil(other.field(name)), sig.field(name));
        let (signature, input) = (join("Signature"), join("Signature-Input"));
        sig.clone().changed("Signature", |_| signature).changed("Signature-Input", |_| input)
    };
    stranger
        .say(both(&forged, &right).bytes())
        .is_denied("wrong_signature", "the right one has another name");
    let renamed = right.clone().changed("Signature", evil).changed("Signature-Input", evil);
    stranger.say(renamed.bytes()).is_denied("missing", "it has another name");
    let twice = right.clone().changed("Signature", |value| format!("{}, {value}", forged.field("Signature")));
    stranger.say(twice.bytes()).is_denied("malformed", "two with the name that counts");
    untouched(&paired, stranger);
    // A forged one beside it is nobody's business: a proxy may add its own.
    taken(&paired, stranger, &both(&right, &forged));
}
