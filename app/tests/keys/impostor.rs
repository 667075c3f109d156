//! Who answers in a device's place is not believed, whatever it has recorded and whatever it claims.

use std::time::Duration;

use skylift::engine::{Access, Action, Engine, Problem, RequestError, UpdateOptions, Verdict};
use skylift_protocol::auth::Denied;
use skylift_protocol::{Id, Status, ValidationState};

use crate::home::*;
use crate::relay::{Lie, Relay};
use crate::support::*;

/// What a device would say that runs this image and keeps it, without its signature.
fn unsigned(of: &Status, image: &skylift::image::Image) -> Vec<u8> {
    let mut status = of.clone();
    status.running.image_sha256 = image.image_sha256;
    status.running.version = "2.0.0".try_into().unwrap();
    status.validation.state = ValidationState::Valid;
    status.boot_id = Some(of.boot_id.unwrap_or(0).wrapping_add(1));
    status.boot_count += 1;
    let body = serde_json::to_string(&status).unwrap();
    let length = body.len();
    format!("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
        .into_bytes()
}

async fn problem(engine: &Engine, id: &Id) -> Problem {
    match soon(engine.status(id.clone())).await {
        Err(RequestError::Client(error)) => {
            assert!(error.to_string().contains(&format!("did not prove that it is {id}")), "{error}");
            error.problem
        }
        other => panic!("{other:?}"),
    }
}

/// A device behind a relay that has recorded a signed status of version 2.0.0, valid; it runs 1.0.0 again.
async fn recorded(home: &Home, engine: &Engine, relay: &Relay) -> (Id, Vec<u8>) {
    let found = find_at(engine, relay.address).await;
    let started = engine.update(found.id.clone(), image(&demo("2.0.0")), UpdateOptions::default());
    let verdict = ended(engine, soon(started).await.unwrap()).await.verdict.clone();
    assert_eq!(verdict, Some(Verdict::Validated), "through an honest relay, {}", home.data());
    soon(engine.status(found.id.clone())).await.unwrap();
    let recorded = relay.last_signed();
    assert!(String::from_utf8_lossy(&recorded).contains("2.0.0"));
    soon(engine.act(found.id.clone(), Action::Rollback)).await.unwrap();
    until_runs(engine, &found.id, "1.0.0").await;
    (found.id.clone(), recorded)
}

#[tokio::test(flavor = "multi_thread")]
async fn answers_that_are_unsigned_altered_or_replayed_are_not_believed() {
    let home = Home::new();
    let device = home.device();
    let relay = Relay::start(device.address()).await;
    let engine = home.engine();
    let (id, recorded) = recorded(&home, &engine, &relay).await;
    let honest = soon(engine.status(id.clone())).await.unwrap();

    relay.lie(Lie::Instead(unsigned(&honest, &image(&demo("2.0.0")))));
    let missing = problem(&engine, &id).await;
    assert!(matches!(missing, Problem::NotProven { denied: Denied::Missing, .. }), "{missing:?}");
    relay.lie(Lie::Instead(recorded));
    let replayed = problem(&engine, &id).await;
    assert!(matches!(replayed, Problem::NotProven { denied: Denied::WrongSignature, .. }), "{replayed:?}");
    relay.lie(Lie::Altered { from: "1.0.0".to_owned(), to: "2.0.0".to_owned() });
    let altered = problem(&engine, &id).await;
    assert!(matches!(altered, Problem::NotProven { denied: Denied::DigestMismatch, .. }), "{altered:?}");

    let shown = until_device(&engine, &id, |device| device.access == Some(Access::NotProven)).await;
    assert_eq!(shown.version, "1.0.0", "what it had proven stays");
    // No order goes to who is not believed.
    assert!(soon(engine.act(id.clone(), Action::Reboot)).await.is_err());
    relay.lie(Lie::None);
    until_device(&engine, &id, |device| device.access == Some(Access::Paired)).await;
    assert_eq!(soon(engine.status(id)).await.unwrap().boot_id, honest.boot_id);
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_claimed_success_is_no_verdict() {
    let home = Home::new();
    let device = home.device();
    let relay = Relay::start(device.address()).await;
    let mut config = home.config();
    config.timing.silence = Duration::from_secs(1);
    config.timing.comeback = Duration::from_secs(1);
    let first = home.engine();
    let (id, recorded) = recorded(&home, &first, &relay).await;
    let honest = soon(first.status(id.clone())).await.unwrap();
    stop(first).await;

    let engine = engine_with(config);
    find_at(&engine, relay.address).await;
    // What was recorded, word for word: that image, valid. It was signed by this very device.
    relay.lie_after_order(Lie::Instead(recorded));
    let job = soon(engine.update(id.clone(), image(&demo("2.0.0")), UpdateOptions::default())).await.unwrap();
    let verdict = ended(&engine, job).await.verdict.clone().unwrap();
    assert_eq!(verdict.as_str(), "lost", "{verdict:?}");
    relay.lie_after_order(Lie::None);
    // The truth corrects it.
    let job = until(&engine, job, |job| job.verdict == Some(Verdict::Validated)).await;
    assert!(job.history.len() > 1, "{job:?}");

    relay.lie_after_order(Lie::Instead(unsigned(&honest, &image(&demo("3.0.0")))));
    let job = soon(engine.update(id.clone(), image(&demo("3.0.0")), UpdateOptions::default())).await.unwrap();
    let verdict = ended(&engine, job).await.verdict.clone().unwrap();
    assert_eq!(verdict.as_str(), "lost", "{verdict:?}");
    stop(engine).await;
}
