//! Without the key, or with another one, nothing is ordered, and every refusal says what to do.

use std::sync::Arc;

use skylift::advice::Advice;
use skylift::engine::{
    Access, Action, ClientError, Engine, FindError, Problem, RequestError, UpdateOptions, Verdict,
};
use skylift::store::KeyStore;
use skylift_protocol::{Id, Pairing, WifiChange};

use crate::home::*;
use crate::support::*;

fn actions() -> Vec<Action> {
    let change = r#"{"ssid":"home","password":"open sesame"}"#;
    let change: WifiChange = serde_json::from_str(change).unwrap();
    vec![
        Action::Validate,
        Action::Rollback,
        Action::Reboot,
        Action::Identify,
        Action::Rename("mine".try_into().unwrap()),
        Action::Wifi(change),
    ]
}

/// Every order is refused; gives the errors.
async fn refusals(engine: &Engine, id: &Id) -> Vec<ClientError> {
    let mut errors = Vec::new();
    for action in actions() {
        errors.push(soon(engine.act(id.clone(), action)).await.map(drop).unwrap_err());
    }
    errors.push(soon(engine.status(id.clone())).await.map(drop).unwrap_err());
    errors.push(soon(engine.log(id.clone())).await.map(drop).unwrap_err());
    let client = |error| match error {
        RequestError::Client(error) => error,
        error => panic!("{error}"),
    };
    errors.into_iter().map(client).collect()
}

async fn verdict_on(engine: &Engine, id: &Id) -> Verdict {
    let job = soon(engine.update(id.clone(), image(&demo("2.0.0")), UpdateOptions::default())).await.unwrap();
    ended(engine, job).await.verdict.clone().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_key_every_order_is_refused_in_words() {
    let (owner, stranger) = (Home::new(), Home::new());
    let device = owner.device();
    let engine = stranger.engine();
    let found = find_at(&engine, device.address()).await;
    assert_eq!((found.access, &found.status), (Some(Access::PairedElsewhere), &None));
    assert_eq!((found.version.as_str(), found.id.as_str()), ("1.0.0", device.id()));
    for error in refusals(&engine, &found.id).await {
        assert!(matches!(&error.problem, Problem::Closed(_)), "{error}");
        assert!(error.to_string().contains("paired with another computer"), "{error}");
        let advice = error.advice().join("\n");
        assert!(advice.contains("skylift keys import FILE here") && advice.contains("by cable"), "{advice}");
    }
    let verdict = verdict_on(&engine, &found.id).await;
    assert_eq!(words(&verdict), ("refused", Some("unauthorised")), "{verdict:?}");
    assert!(verdict.advice().join("\n").contains("skylift keys import"), "{verdict:?}");
    // Nothing came of all that.
    let of_owner = owner.engine();
    let found = find_at(&of_owner, device.address()).await;
    let status = found.status.as_ref().unwrap();
    assert_eq!((status.running.version.as_str(), status.boot_count), ("1.0.0", 1));
    // The key comes, and everything goes on without a restart.
    stranger.keys().put(&found.id, &key_of(&owner, &device), false).unwrap();
    until_device(&engine, &found.id, |device| device.access == Some(Access::Paired)).await;
    assert_eq!(verdict_on(&engine, &found.id).await, Verdict::Validated);
    stop(engine).await;
    stop(of_owner).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_key_opens_nothing() {
    let (owner, other) = (Home::new(), Home::new());
    let device = owner.device_that_listens().await;
    other.keys().put(&id(&device), &KeyStore::random().unwrap(), false).unwrap();
    let engine = other.engine();
    let place = device.address().to_string().parse().unwrap();
    let error = soon(engine.find(place, PATIENCE)).await.unwrap_err();
    let FindError::Client(error) = error else { panic!("{error}") };
    assert!(matches!(error.problem, Problem::OtherKey), "{error}");
    assert!(error.advice().join("\n").contains("--replace"), "{error}");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_turned_open_takes_no_orders_until_its_key_is_forgotten() {
    let home = Home::new();
    let id = fresh_id();
    home.keys().put(&id, &KeyStore::random().unwrap(), false).unwrap();
    let device = simulated(&id, Pairing::Open);
    // It was known to this engine before there was a key of it.
    let before = Home::new();
    let engine = before.engine();
    let found = find_at(&engine, device.address()).await;
    assert_eq!(found.access, Some(Access::Open));
    before.keys().put(&id, &KeyStore::random().unwrap(), false).unwrap();
    for error in refusals(&engine, &id).await {
        assert!(matches!(error.problem, Problem::TurnedOpen), "{error}");
        let advice = error.advice().join("\n");
        assert!(advice.contains(&format!("skylift keys forget {id}")), "{advice}");
        assert!(error.to_string().contains("it was erased, or something else answers"), "{error}");
    }
    let verdict = verdict_on(&engine, &id).await;
    assert_eq!(words(&verdict), ("failed", Some("not_proven")), "{verdict:?}");
    until_device(&engine, &id, |device| device.access == Some(Access::NotProven)).await;
    assert!(before.keys().forget(&id).unwrap());
    until_device(&engine, &id, |device| device.access == Some(Access::Open)).await;
    assert_eq!(verdict_on(&engine, &id).await, Verdict::Validated);
    stop(engine).await;
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_others_can_read_is_not_used() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = Home::new();
    let device = home.device();
    let engine = home.engine();
    let found = find_at(&engine, device.address()).await;
    let file = home.keys().path(&found.id);
    let set = |mode| std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
    set(0o644);
    for error in refusals(&engine, &found.id).await {
        assert!(matches!(error.problem, Problem::Key(_)), "{error}");
        assert!(error.to_string().contains("can be read or changed by other users"), "{error}");
        assert!(error.advice()[0].starts_with("chmod 600 "), "{:?}", error.advice());
    }
    set(0o600);
    assert!(soon(engine.act(Arc::clone(&found).id.clone(), Action::Identify)).await.is_ok());
    stop(engine).await;
}
