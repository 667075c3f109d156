//! Updates that are cancelled, by the user or by the end of the engine.

use std::sync::Arc;
use std::time::Duration;

use skylift::engine::{Action, Command, Happening, Step, Verdict};

use crate::support::*;

#[tokio::test]
async fn a_cancelled_update_is_confirmed_by_the_device() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let engine = engine();
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    until(&engine, job, |job| job.phase.step() == Step::Downloading).await;
    engine.send(Command::Cancel { job });
    until(&engine, job, |job| job.history.contains(&Happening::Withdrawn)).await;
    // It fetches on, and finds nothing there.
    device.go_on();
    let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("cancelled")));
    assert!(verdict.detail().contains("confirmed"), "{}", verdict.detail());
    // And again, to the end.
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    device.go_on();
    assert_eq!(ended(&engine, job).await.verdict, Some(Verdict::Validated));
    stop(engine).await;
}

#[tokio::test]
async fn a_cancelled_update_ends_even_if_the_device_does_not_confirm_it() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let engine = engine_with(with_timing(|timing| timing.cancel = Duration::from_millis(200)));
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    until(&engine, job, |job| job.phase.step() == Step::Downloading).await;
    engine.send(Command::Cancel { job });
    let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("cancelled")));
    assert!(verdict.detail().contains("has not confirmed"), "{}", verdict.detail());
    stop(engine).await;
}

#[tokio::test]
async fn what_is_past_recall_is_told_truly() {
    let device = FakeDevice::start(Script { ending: Ending::WaitsForValidation, ..Script::default() }).await;
    let engine = engine();
    let id = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let job = until(&engine, id, |job| job.phase.step() == Step::PendingValidation).await;
    engine.send(Command::Cancel { job: id });
    until(&engine, id, |job| job.history.contains(&Happening::TooLateToCancel)).await;
    engine.act(job.device.clone(), Action::Validate).await.expect("it does");
    assert_eq!(ended(&engine, id).await.verdict, Some(Verdict::Validated));
    stop(engine).await;
}

#[tokio::test]
async fn an_engine_that_stops_in_an_update_says_so() {
    let device = FakeDevice::start(Script { download: Download::HeldAtHalf, ..Script::default() }).await;
    let engine = engine_with(with_timing(|timing| {
        timing.shutdown = Duration::from_millis(400);
        timing.cancel = Duration::from_secs(60);
    }));
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    until(&engine, job, |job| job.phase.step() == Step::Downloading).await;
    let snapshots = engine.snapshots();
    soon(stop(engine)).await;
    let last = Arc::clone(&snapshots.borrow());
    let verdict = last.job(job).and_then(|job| job.verdict.clone()).expect("it has a verdict");
    assert_eq!(words(&verdict), ("failed", Some("stopped")));
}
