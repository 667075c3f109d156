//! Updates that the device begins: good ends, bad ends, and devices that lie.

use std::time::Duration;

use skylift::engine::{Action, Command, EngineConfig, Happening, Step, Verdict};
use skylift_protocol::Reason;

use crate::support::*;

#[tokio::test]
async fn a_good_update_is_validated_and_goes_through_every_step() {
    for has_events in [true, false] {
        let device = FakeDevice::start(Script { has_events, ..Script::default() }).await;
        let engine = engine();
        let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
        let job = ended(&engine, job).await;
        assert_eq!(job.verdict, Some(Verdict::Validated));
        let every_step = [
            Step::Preparing,
            Step::Offered,
            Step::Downloading,
            Step::Verifying,
            Step::Rebooting,
            Step::PendingValidation,
        ];
        assert_eq!(job.steps().collect::<Vec<_>>(), every_step);
        assert_eq!((job.from_version.as_str(), job.image.version.as_str()), ("1.0.0", "2.0.0"));
        let listening = engine.snapshot().listening.expect("the server runs");
        assert_eq!(job.served_at(), Some(listening.address));
        // The book knows what runs now.
        let snapshot = engine.snapshot();
        let shown = snapshot.device("sky-01").expect("it is known");
        assert_eq!((shown.version.as_str(), shown.slot), ("2.0.0", Some(1)));
        assert_eq!(device.orders().len(), 1);
        stop(engine).await;
    }
}

#[tokio::test]
async fn a_device_that_lies_is_never_validated() {
    let lie = |ending| words_for(Script { ending, ..Script::default() });
    assert_eq!(lie(Ending::Lies).await, ("failed", Some("false_claim")));
    assert_eq!(lie(Ending::LiesWithoutRestart).await, ("failed", Some("no_restart")));
    assert_eq!(lie(Ending::NothingChanged).await, ("failed", Some("old_image_runs")));
}

#[tokio::test]
async fn a_rollback_has_its_reason() {
    let device = FakeDevice::start(Script {
        ending: Ending::RollsBack(Reason::Panic, "index out of bounds (src/main.rs:7)"),
        ..Script::default()
    })
    .await;
    let verdict = verdict(&device, &image(&demo("2.0.0"))).await;
    assert_eq!(words(&verdict), ("rolled_back", Some("panic")));
    assert_eq!(verdict.detail(), "index out of bounds (src/main.rs:7)");
}

#[tokio::test]
async fn a_rollback_without_a_word_is_told_if_the_new_image_was_seen() {
    let device = FakeDevice::start(Script { ending: Ending::RollsBackSilently, ..Script::default() }).await;
    let engine = engine();
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    until(&engine, job, |job| job.phase.step() == Step::PendingValidation).await;
    device.go_on();
    let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("rolled_back", Some("unknown")));
    stop(engine).await;
}

#[tokio::test]
async fn a_device_that_fails_says_why() {
    let download = Download::Fails(Reason::Stalled);
    assert_eq!(words_for(Script { download, ..Script::default() }).await, ("failed", Some("stalled")));
}

#[tokio::test]
async fn a_device_that_forgets_the_order_or_stands_still_is_given_up() {
    let forgets = Script { download: Download::Forgets, ..Script::default() };
    assert_eq!(words_for(forgets).await, ("failed", Some("order_dropped")));

    let device =
        FakeDevice::start(Script { download: Download::StandsStillAtHalf, ..Script::default() }).await;
    let engine = engine_with(with_timing(|timing| timing.standstill = Duration::from_millis(300)));
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("no_progress")));
    stop(engine).await;
}

#[tokio::test]
async fn a_device_that_vanishes_is_lost() {
    let device = FakeDevice::start(Script { download: Download::VanishesAtHalf, ..Script::default() }).await;
    let engine = engine_with(with_timing(|timing| timing.silence = Duration::from_millis(300)));
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let job = ended(&engine, job).await;
    assert!(matches!(job.verdict, Some(Verdict::Lost { .. })), "{job:?}");
    assert_eq!(job.phase.step(), Step::Downloading);
    stop(engine).await;
}

#[tokio::test]
async fn a_lost_device_that_is_seen_again_gets_its_verdict() {
    let device = FakeDevice::start(Script { ending: Ending::Vanishes, ..Script::default() }).await;
    let engine = engine_with(with_timing(|timing| timing.comeback = Duration::from_millis(300)));
    let id = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let job = ended(&engine, id).await;
    assert!(matches!(job.verdict, Some(Verdict::Lost { .. })), "{job:?}");
    device.go_on();
    let job = until(&engine, id, |job| job.verdict == Some(Verdict::Validated)).await;
    assert!(job.history.contains(&Happening::SeenAgain));
    stop(engine).await;
}

#[tokio::test]
async fn an_image_that_outstays_its_probation_is_not_validated() {
    let script = Script { ending: Ending::OutstaysDeadline, ..Script::default() };
    assert_eq!(words_for(script).await, ("failed", Some("deadline_passed")));
}

#[tokio::test]
async fn a_person_may_validate() {
    let device = FakeDevice::start(Script { ending: Ending::WaitsForValidation, ..Script::default() }).await;
    let engine = engine();
    let id = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let job = until(&engine, id, |job| job.phase.step() == Step::PendingValidation).await;
    engine.act(job.device.clone(), Action::Validate).await.expect("it does");
    assert_eq!(ended(&engine, id).await.verdict, Some(Verdict::Validated));
    stop(engine).await;
}

#[tokio::test]
async fn after_a_power_cut_the_image_is_offered_again() {
    let script = Script { download: Download::PowerFailsOnce, ..Script::default() };
    let device = FakeDevice::start(script.clone()).await;
    let engine = engine();
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let job = ended(&engine, job).await;
    assert_eq!(job.verdict, Some(Verdict::Validated));
    assert!(job.history.contains(&Happening::PowerLost));
    assert!(job.history.contains(&Happening::Resumed(job.image.size / 2)));
    assert_eq!(device.orders().len(), 2);
    stop(engine).await;

    let device = FakeDevice::start(script).await;
    let engine = engine_with(EngineConfig { further_offers: 0, ..config() });
    let job = start(&engine, &device, &image(&demo("2.0.0"))).await;
    let verdict = ended(&engine, job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("power_lost")));
    stop(engine).await;
}

#[tokio::test]
async fn an_order_whose_answer_was_lost_is_given_again() {
    let device = FakeDevice::start(Script { lost_answers: 2, ..Script::default() }).await;
    assert_eq!(verdict(&device, &image(&demo("2.0.0"))).await, Verdict::Validated);
    let orders = device.orders();
    assert_eq!(orders.len(), 3);
    assert!(orders.iter().all(|order| *order == orders[0]));
}

#[tokio::test]
async fn updates_wait_for_their_turn() {
    let engine = engine_with(EngineConfig { parallel_updates: 1, ..config() });
    let image = image(&demo("2.0.0"));
    let held = Script { download: Download::HeldAtHalf, ..Script::default() };
    let first = FakeDevice::start_as("sky-01", "one", held).await;
    let second = FakeDevice::start_as("sky-02", "two", Script::default()).await;
    let first_job = start(&engine, &first, &image).await;
    until(&engine, first_job, |job| job.phase.step() == Step::Downloading).await;
    let second_job = start(&engine, &second, &image).await;
    let third = FakeDevice::start_as("sky-03", "three", Script::default()).await;
    let third_job = start(&engine, &third, &image).await;
    // One that waits can be cancelled.
    engine.send(Command::Cancel { job: third_job });
    let verdict = ended(&engine, third_job).await.verdict.clone().expect("it ended");
    assert_eq!(words(&verdict), ("failed", Some("cancelled")));
    assert!(second.orders().is_empty());
    first.go_on();
    assert_eq!(ended(&engine, first_job).await.verdict, Some(Verdict::Validated));
    assert_eq!(ended(&engine, second_job).await.verdict, Some(Verdict::Validated));
    stop(engine).await;
}
