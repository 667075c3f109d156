//! Somebody who answers in a device's place: who claims success, repeats an old answer, or says to be the device.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use skylift::engine::{Timing, UpdateOptions, Verdict};
use skylift_protocol::auth::PairingKey;
use skylift_protocol::{Pairing, Trust};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::image;
use skylift_tests::forge::answer;
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::middle::{Asked, Middle};
use skylift_tests::paired::{Paired, Ring, new_key, with_pairing};
use skylift_tests::stranger::{Reply, Stranger};
use skylift_tests::wait::until;

/// Nobody who is believed answers: that is to be told soon.
fn impatient() -> Timing {
    Timing { silence: Duration::from_millis(1500), ..short_times() }
}

fn owner_of(paired: &Paired) -> Host {
    Host::holding(Ring::of([(paired.id(), paired.key.clone())]), impatient())
}

/// What a liar has seen of the conversation between owner and device.
#[derive(Default)]
struct Seen {
    /// The last full status of the device, as it came.
    status: Option<Reply>,
    /// The image in the order, once it has been given.
    ordered: Option<Value>,
}

/// Passes everything on until an order was given; then `lie` answers who asks for the status. It is given the device's
/// last full status, and the same as it would be after a success.
fn liar(
    device: SocketAddr,
    lie: impl Fn(&Asked<'_>, &Reply, &str) -> Vec<u8> + Send + Sync + 'static,
) -> Middle {
    let seen = Mutex::new(Seen::default());
    Middle::before(device, move |asked| {
        let mut seen = seen.lock().unwrap();
        match (&seen.ordered, &seen.status) {
            (Some(ordered), Some(status)) if asked.is("GET /status ") => {
                return lie(asked, status, &success(status, ordered));
            }
            _ => {}
        }
        let answer = asked.forward();
        let reply = Reply::of(&answer);
        if asked.is("POST /update ") && reply.as_ref().is_some_and(|reply| reply.status == 202) {
            let begins = asked.bytes.iter().position(|&byte| byte == b'{').unwrap();
            let order: Value = serde_json::from_slice(&asked.bytes[begins..]).unwrap();
            seen.ordered = Some(order["image_sha256"].clone());
        } else if asked.is("GET /status ") && reply.as_ref().is_some_and(|it| it.body.contains("\"slots\"")) {
            seen.status = reply;
        }
        answer
    })
}

/// What the device would say if it had restarted with the ordered image and kept it.
fn success(status: &Reply, ordered: &Value) -> String {
    let mut status: Value = serde_json::from_str(&status.body).unwrap();
    status["running"]["image_sha256"] = ordered.clone();
    status["validation"] = json!({"state": "valid"});
    status["boot_count"] = (status["boot_count"].as_u64().unwrap() + 1).into();
    if let Some(id) = status["boot_id"].as_u64() {
        status["boot_id"] = (id ^ 1).into();
    }
    status.to_string()
}

fn unsigned(body: &str) -> Vec<u8> {
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
        .into_bytes()
}

/// An image that does not validate: whoever says that it did has lied.
fn verdict(host: &Host, address: SocketAddr) -> Verdict {
    let job = host.begin_at(address, &image("1.1.0", Behaviour::Crash), UpdateOptions::default());
    host.verdict(job).verdict.unwrap()
}

/// The control: this is how well the liar lies. Of open devices nothing is proven.
#[test]
fn the_owner_of_an_open_device_can_be_lied_to() {
    let device = Device::start(with_pairing(Pairing::Open, Trust::Anybody)).unwrap();
    let middle = liar(device.address(), |_, _, lie| unsigned(lie));
    assert_eq!(words(&verdict(&Host::new(impatient()), middle.address())), ("validated", ""));
}

/// How an update of a paired device ends when a liar answers for it: the liar is not believed, and the device's own
/// words are, once they come.
fn is_not_believed(lie: impl Fn(&Asked<'_>, &Reply, &str, &PairingKey) -> Vec<u8> + Send + Sync + 'static) {
    let paired = Paired::start();
    let host = owner_of(&paired);
    let key = paired.key.clone();
    let middle = liar(paired.address(), move |asked, status, success| lie(asked, status, success, &key));
    let lied_to = verdict(&host, middle.address());
    assert!(matches!(lied_to, Verdict::Lost { .. } | Verdict::Failed { .. }), "{lied_to:?}");
    let owner = Stranger::at_home(paired.address());
    let end = owner.await_status(&paired.key, "it tells how it ended", |it| it["last_end"].is_object());
    assert_eq!(end["last_end"]["outcome"], "rolled_back", "{end}");
}

#[test]
fn success_without_a_signature_is_not_believed() {
    is_not_believed(|_, _, success, _| unsigned(success));
}

#[test]
fn success_that_another_key_signed_is_not_believed() {
    let theirs = new_key();
    is_not_believed(move |asked, _, success, key| {
        let asked = String::from_utf8(asked.bytes.to_vec()).unwrap();
        let signature = asked.lines().find_map(|line| line.strip_prefix("signature: "));
        // A stranger's request has none; whoever asks without one asks for a nonce only.
        let signature = signature.unwrap_or("sig=:AA==:");
        answer(&theirs, &key.id().to_string(), signature, success)
    });
}

#[test]
fn a_true_signature_does_not_make_another_body_true() {
    is_not_believed(|_, status, success, _| {
        let mut text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n", success.len());
        for (name, value) in status.fields.iter().filter(|(name, _)| name != "content-length") {
            text += &format!("{name}: {value}\r\n");
        }
        (text + "\r\n" + success).into_bytes()
    });
}

/// Word for word what the device itself said and signed when it truly ran this image.
#[test]
fn an_old_success_does_not_count_again() {
    let paired = Paired::start();
    let new = image("1.1.0", Behaviour::Healthy);
    let (said, ordered) = (Arc::new(Mutex::new(Vec::new())), Arc::new(Mutex::new(0)));
    let (tape, orders) = (Arc::clone(&said), Arc::clone(&ordered));
    let middle = Middle::before(paired.address(), move |asked| {
        if asked.is("GET /status ") && asked.is_signed() && *orders.lock().unwrap() == 2 {
            return tape.lock().unwrap().clone();
        }
        let answer = asked.forward();
        *orders.lock().unwrap() +=
            usize::from(asked.is("POST /update ") && answer.starts_with(b"HTTP/1.1 202"));
        if asked.is("GET /status ") && asked.is_signed() && answer.starts_with(b"HTTP/1.1 200") {
            *tape.lock().unwrap() = answer.clone();
        }
        answer
    });
    let host = owner_of(&paired);
    let update = || {
        let job = host.begin_at(middle.address(), &new, UpdateOptions::default());
        host.verdict(job).verdict.unwrap()
    };
    assert_eq!(words(&update()).0, "validated", "the control: nobody lies");
    let is_it = |answer: &[u8]| Reply::of(answer).is_some_and(|it| it.body.contains(r#""version":"1.1.0""#));
    until("its success is on the tape", || is_it(&said.lock().unwrap()).then_some(()));
    let success = said.lock().unwrap().clone();
    let owner = Stranger::at_home(paired.address());
    assert_eq!(owner.own(&paired.key, "POST", "/rollback", "{}").status, 200);
    owner.await_status(&paired.key, "it goes back", |it| it["running"]["version"] == "1.0.0");
    until("the engine sees that", || {
        host.look_at(middle.address())
            .ok()?
            .status
            .as_ref()
            .filter(|it| it.running.version == "1.0.0")
            .map(drop)
    });
    // From the second order on the device is not heard any more.
    let lied_to = {
        let job = host.begin_at(middle.address(), &new, UpdateOptions::default());
        until("the order is given", || (*ordered.lock().unwrap() == 2).then_some(()));
        *said.lock().unwrap() = success;
        host.verdict(job).verdict.unwrap()
    };
    assert!(matches!(lied_to, Verdict::Lost { .. } | Verdict::Failed { .. }), "{lied_to:?}");
}

/// Somebody answers for a device whose key is here, from the first word on.
#[test]
fn who_is_not_the_device_is_told_so() {
    let paired = Paired::start();
    let host = owner_of(&paired);
    let same_id =
        |pairing| Device::start(DeviceConfig { id: paired.id(), ..with_pairing(pairing, Trust::Anybody) });
    let open = same_id(Pairing::Open).unwrap();
    let others = same_id(Pairing::Paired(new_key())).unwrap();
    let damaged = same_id(Pairing::KeyDamaged).unwrap();
    // Gives the true device's nonces, and has not its key.
    let device = paired.address();
    let relay = Middle::before(device, |asked| {
        if asked.is_signed() { unsigned(r#"{"protocol":1}"#) } else { asked.forward() }
    });
    let silent = Middle::before(device, |asked| {
        let answer = String::from_utf8(asked.forward()).unwrap();
        let kept = answer.split_inclusive("\r\n").filter(|line| !line.starts_with("accept-signature"));
        kept.collect::<String>().into_bytes()
    });
    for (address, says) in [
        (open.address(), "takes orders from anybody"),
        (others.address(), "wants another key"),
        (damaged.address(), "says that its pairing key is damaged, though this computer has its key"),
        (relay.address(), "did not prove that it is"),
        (silent.address(), "did not prove that it is"),
    ] {
        let error = until("somebody answers", || {
            host.look_at(address)
                .map_or_else(|error| Some(error.to_string()), |it| panic!("{it:?} is believed"))
        });
        assert!(error.contains(says), "{says}: {error}");
    }
    let believed = host.look_at(device).unwrap();
    assert!(believed.id == paired.id() && believed.status.is_some(), "{believed:?}");
}
