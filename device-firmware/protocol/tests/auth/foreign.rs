//! Another implementation of RFC 9421, 9530 and 9651, in both directions: PyPI's `http-message-signatures`.

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use skylift_protocol::auth::{Challenge, Denied, Nonce};

use crate::wire::{Answered, ORDER, Sent, gate, key};

const COVERED: [&str; 4] = ["@method", "@path", "@query", "content-digest"];
const OF_AN_IMAGE: [&str; 4] = ["@method", "@path", "@query", "content-length"];
const OF_AN_ANSWER: [&str; 3] = [r#""@status""#, r#""content-digest""#, r#""signature";req;key="sig""#];
const NEW: &[&str] = &["content-digest", "signature-input", "signature"];

/// Whether the other implementation is there. If not, says so, and fails where nothing may be skipped.
fn is_missing() -> bool {
    let found = Command::new("python3").args(["-c", "import http_message_signatures"]).output();
    if found.is_ok_and(|output| output.status.success()) {
        return false;
    }
    println!("SKIPPED: pip install http-message-signatures");
    let why = "nothing may be skipped here: http-message-signatures";
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "{why}");
    true
}

/// What the other implementation makes of some tasks.
fn asked(tasks: Vec<Value>) -> Vec<Value> {
    let mut python = Command::new("python3");
    python.args(["-c", include_str!("oracle.py")]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut python = python.spawn().unwrap();
    let count = tasks.len();
    python.stdin.take().unwrap().write_all(Value::from(tasks).to_string().as_bytes()).unwrap();
    let output = python.wait_with_output().unwrap();
    assert!(output.status.success());
    let answers: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(answers.len(), count);
    answers
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Fields as JSON.
fn listed(fields: &[(String, Vec<u8>)]) -> Value {
    fields.iter().map(|(name, value)| json!([name, String::from_utf8_lossy(value)])).collect()
}

fn request(sent: &Sent) -> Value {
    let query = sent.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
    json!({
        "method": sent.method, "url": format!("http://192.0.2.7{}{query}", sent.path),
        "fields": listed(&sent.fields), "body": hex(&sent.body),
    })
}

/// A task: `what` is done with a message.
fn task(what: &str, mut message: Value, covered: &[&str], nonce: Option<&str>) -> Value {
    let id = key(1).id();
    message["do"] = json!(what);
    message["keyid"] = json!(id.as_str());
    message["key"] = json!(hex(key(1).reveal()));
    message["covered"] = json!(covered);
    message["nonce"] = json!(nonce);
    message
}

/// The fields in an answer to the task `sign`.
fn signed(answer: &Value) -> Vec<(String, Vec<u8>)> {
    let fields = answer["fields"].as_array().unwrap_or_else(|| panic!("{answer}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    fields.iter().map(|field| (text(&field[0]), text(&field[1]).into_bytes())).collect()
}

/// Requests of every kind, and what their signatures cover.
fn kinds(nonce: &Nonce) -> [(Sent, &'static [&'static str]); 4] {
    [
        (Sent::order(nonce).0, &COVERED),
        (Sent::whole(&key(1), nonce, "GET", "/status", b"").0, &COVERED),
        (Sent::whole(&key(1), nonce, "POST", "/a%20b?c=d%2Fe&f", &[0, 255, 10]).0, &COVERED),
        (Sent::image(nonce, b"bytes of an image"), &OF_AN_IMAGE),
    ]
}

#[test]
fn what_we_sign_it_accepts_and_what_was_altered_it_refuses() {
    if is_missing() {
        return;
    }
    let kinds = kinds(&gate().challenge(0).nonce);
    let genuine: Vec<_> =
        kinds.iter().map(|(sent, covered)| task("verify", request(sent), covered, None)).collect();
    for (answer, (sent, _)) in asked(genuine).iter().zip(&kinds) {
        assert_eq!(answer["accepted"], true, "{answer} {sent:?}");
    }
    let mut altered = Vec::new();
    for (sent, covered) in &kinds {
        let method = Sent { method: "DELETE".into(), ..sent.clone() };
        let path = Sent { path: format!("{}x", sent.path), ..sent.clone() };
        let query = Sent { query: Some("other".into()), ..sent.clone() };
        let mut mac = sent.clone();
        mac.field("signature")[6] ^= 2;
        let mut content = sent.clone();
        match covered[3] {
            "content-length" => content.set("content-length", b"18"),
            _ => content.body.push(b' '),
        }
        let changed = [method, path, query, mac, content];
        altered.extend(changed.iter().map(|sent| task("verify", request(sent), covered, None)));
    }
    let answers = asked(altered.clone());
    for (answer, task) in answers.iter().zip(&altered) {
        assert!(answer["error"].as_str().unwrap().starts_with("InvalidSignature"), "{answer} {task}");
    }
}

#[test]
fn what_it_signs_we_accept_and_what_was_altered_we_refuse() {
    if is_missing() {
        return;
    }
    let mut gate = gate();
    let mut kinds = Vec::from(kinds(&gate.challenge(0).nonce));
    // More than what must be covered, of parts that can be had.
    let mut more = kinds[0].clone();
    more.0.set("Content-Type", b"application/json");
    more.0.set("Host", b"192.0.2.7");
    more.1 = &["@authority", "content-type", "@query", "content-digest", "@path", "@method"];
    kinds.push(more);
    let nonces: Vec<_> = kinds.iter().map(|_| gate.challenge(0).nonce).collect();
    let tasks = kinds.iter_mut().zip(&nonces).map(|((sent, covered), nonce)| {
        NEW.iter().for_each(|name| sent.drop(name));
        task("sign", request(sent), covered, Some(nonce.as_str()))
    });
    for (answer, (sent, _)) in asked(tasks.collect()).iter().zip(&kinds) {
        let sent = Sent { fields: signed(answer), ..sent.clone() };
        let altered = Sent { query: Some("other".into()), ..sent.clone() };
        assert_eq!(altered.judged(&mut gate, 1).err(), Some(Denied::WrongSignature));
        assert_eq!(sent.judged(&mut gate, 1).err(), None, "{sent:?}");
        assert_eq!(sent.judged(&mut gate, 1).err(), Some(Denied::Replayed));
    }
}

#[test]
fn answers_in_both_directions() {
    if is_missing() {
        return;
    }
    let mut gate = gate();
    let (sent, waiting) = Sent::order(&gate.challenge(0).nonce);
    let owner = sent.judged(&mut gate, 1).unwrap();
    let ours = Answered::new(&gate, &owner, 202, ORDER);
    let message = |answer: &Answered, request: Value| {
        json!({
            "status": answer.status, "fields": listed(&answer.fields), "body": hex(&answer.body),
            "request": request,
        })
    };
    let other = Sent::order(&gate.challenge(0).nonce).0;
    let bare = Answered { fields: Vec::new(), ..ours.clone() };
    let failed = Answered { status: 409, ..ours.clone() };
    let answers = asked(vec![
        task("verify", message(&ours, request(&sent)), &OF_AN_ANSWER, None),
        task("verify", message(&ours, request(&other)), &OF_AN_ANSWER, None),
        task("verify", message(&failed, request(&sent)), &OF_AN_ANSWER, None),
        task("sign", message(&bare, request(&sent)), &OF_AN_ANSWER, None),
    ]);
    assert_eq!(answers[0]["accepted"], true, "{}", answers[0]);
    for refused in &answers[1..3] {
        assert!(refused["error"].as_str().unwrap().starts_with("InvalidSignature"), "{refused}");
    }
    let theirs = Answered { fields: signed(&answers[3]), ..ours };
    assert_eq!(theirs.judged(&waiting), Ok(()));
    assert_eq!(Answered { status: 200, ..theirs }.judged(&waiting), Err(Denied::WrongSignature));
}

/// Whatever we read, another parser of Structured Fields reads alike: no field has two readings.
#[test]
fn one_reading_of_every_field_we_accept() {
    if is_missing() {
        return;
    }
    let whole = gate().challenge(0).to_string().into_bytes();
    let mut fields = vec![whole.clone()];
    for at in 0..whole.len() {
        for byte in *b"\" ;=(),:a0A*\\?-_.\t" {
            let mut changed = whole.clone();
            changed[at] = byte;
            fields.push(changed);
            let mut longer = whole.clone();
            longer.insert(at, byte);
            fields.push(longer);
        }
    }
    let read: Vec<_> = fields
        .into_iter()
        .filter_map(|field| Some((Challenge::parse(&field).ok()?, String::from_utf8(field).unwrap())))
        .collect();
    assert!(read.len() > 100, "{}", read.len());
    let tasks = read.iter().map(|(_, field)| json!({"do": "read", "field": field})).collect();
    for (answer, (challenge, field)) in asked(tasks).iter().zip(&read) {
        let ours = json!({
            "keyid": challenge.key_id.as_str(), "nonce": challenge.nonce.as_str(), "alg": "hmac-sha256",
        });
        assert_eq!(*answer, ours, "{field}");
    }
}
