//! Updates that do not get as far as an order, or whose order is refused.

use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Happening, Step, UpdateError, UpdateOptions, Verdict};
use skylift_protocol::{ErrorCode, FirmwareKind};

use crate::support::*;

#[tokio::test]
async fn a_device_that_refuses_has_written_nothing() {
    for code in [ErrorCode::Busy, ErrorCode::PendingValidation, ErrorCode::Downgrade, ErrorCode::TooLarge] {
        let device = FakeDevice::start(Script { refuses: Some(code), ..Script::default() }).await;
        let verdict = verdict(&device, &image(&demo("2.0.0"))).await;
        assert_eq!(words(&verdict), ("refused", Some(code.as_str())));
        assert!(verdict.detail().contains("that is how it is"), "{}", verdict.detail());
    }
}

#[tokio::test]
async fn what_is_known_beforehand_is_not_sent() {
    let device = FakeDevice::start(Script::default()).await;
    device.change(|status| status.running.kind = FirmwareKind::Real);
    let verdict = verdict(&device, &image(&demo("2.0.0"))).await;
    assert_eq!(words(&verdict), ("refused", Some("simulated")));
    assert!(device.requests().iter().all(|request| request.starts_with("GET ")), "{:?}", device.requests());
}

#[tokio::test]
async fn the_image_that_runs_already_is_not_sent() {
    let device = FakeDevice::start(Script::default()).await;
    let image = image(&demo("2.0.0"));
    device.change(|status| status.running.image_sha256 = image.image_sha256);
    let verdict = verdict(&device, &image).await;
    assert_eq!((words(&verdict), &verdict), (("validated", Some("same_image")), &Verdict::AlreadyRunning));
    assert!(device.orders().is_empty());
}

#[tokio::test]
async fn a_device_that_cannot_reach_this_computer_is_pushed_to() {
    let device = FakeDevice::start(Script { reaches_host: false, ..Script::default() }).await;
    let engine = engine();
    let found = find(&engine, &device).await;
    let job = engine.update(found.id.clone(), image(&demo("2.0.0")), UpdateOptions::default()).await;
    let pushes = |happening: &Happening| matches!(happening, Happening::Pushes(tried) if !tried.is_empty());
    until(&engine, job.expect("it starts"), |job| job.history.iter().any(pushes)).await;
    soon(async {
        while device.orders().is_empty() {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let order = device.orders().remove(0);
    assert!(order.push && order.url.is_none(), "{order:?}");
    stop(engine).await;
}

#[tokio::test]
async fn the_users_host_address_is_the_only_one_tried() {
    let device = FakeDevice::start(Script::default()).await;
    let engine = engine();
    let found = find(&engine, &device).await;
    // Nobody listens there.
    let nowhere = "127.0.0.1:1";
    let options = UpdateOptions { host_address: Some(nowhere.parse().unwrap()), ..UpdateOptions::default() };
    let job = engine.update(found.id.clone(), image(&demo("2.0.0")), options).await.expect("it starts");
    let only = Happening::Pushes(vec![nowhere.parse().unwrap()]);
    until(&engine, job, |job| job.history.contains(&only)).await;
    stop(engine).await;
}

#[tokio::test]
async fn another_device_at_the_address_is_not_updated() {
    let device = FakeDevice::start(Script::default()).await;
    let engine = engine();
    let found = find(&engine, &device).await;
    device.change(|status| status.id = "sky-02".try_into().unwrap());
    let job = engine.update(found.id.clone(), image(&demo("2.0.0")), UpdateOptions::default()).await;
    let verdict = ended(&engine, job.expect("it starts")).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("no_answer")));
    assert!(verdict.detail().contains("sky-02"), "{}", verdict.detail());
    assert!(device.orders().is_empty());
    stop(engine).await;
}

#[tokio::test]
async fn a_device_is_updated_once_at_a_time() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let engine = engine();
    let image = image(&demo("2.0.0"));
    let job = start(&engine, &device, &image).await;
    let id = "sky-01".try_into().unwrap();
    let second = engine.update(id, Arc::clone(&image), UpdateOptions::default()).await;
    assert_eq!(second, Err(UpdateError::AlreadyUpdating("lamp".to_owned())));
    until(&engine, job, |job| job.phase.step() == Step::Downloading).await;
    device.go_on();
    assert_eq!(ended(&engine, job).await.verdict, Some(Verdict::Validated));
    stop(engine).await;
}

#[tokio::test]
async fn answers_that_make_no_sense_are_borne() {
    let nonsense: [Vec<u8>; 4] =
        [b"<html>It works!</html>".to_vec(), vec![b'x'; 300_000], b"{\"protocol\":1}".to_vec(), Vec::new()];
    for body in nonsense {
        let device = FakeDevice::start(Script::default()).await;
        let engine = engine();
        find(&engine, &device).await;
        device.answer_status_with(body);
        let id = "sky-01".try_into().unwrap();
        let job =
            engine.update(id, image(&demo("2.0.0")), UpdateOptions::default()).await.expect("it starts");
        let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
        assert_eq!(words(&verdict), ("failed", Some("bad_answer")));
        stop(engine).await;
    }
}

#[tokio::test]
async fn a_device_that_never_answers_is_not_waited_for() {
    let device = FakeDevice::start(Script::default()).await;
    let engine = engine_with(with_timing(|timing| timing.request = Duration::from_millis(200)));
    let found = find(&engine, &device).await;
    device.never_answer_status();
    let job = engine.update(found.id.clone(), image(&demo("2.0.0")), UpdateOptions::default()).await;
    let verdict = ended(&engine, job.expect("it starts")).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("no_answer")));
    stop(engine).await;
}
