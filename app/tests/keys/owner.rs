//! With its key, everything works as with an open device.

use std::sync::Arc;

use skylift::engine::{Access, Action, Engine, Happening, Job, UpdateOptions, Verdict};
use skylift::image::Image;
use skylift_protocol::{Id, PROTOCOL};

use crate::home::*;
use crate::support::*;

async fn update(engine: &Engine, id: &Id, image: &Arc<Image>, options: UpdateOptions) -> Arc<Job> {
    let job = soon(engine.update(id.clone(), Arc::clone(image), options)).await.unwrap();
    ended(engine, job).await
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_found_updated_renamed_restarted_and_rolled_back() {
    let home = Home::new();
    let device = home.device();
    let engine = home.engine();
    let found = find_at(&engine, device.address()).await;
    assert_eq!((found.access, found.id.as_str()), (Some(Access::Paired), device.id()));
    let job = update(&engine, &found.id, &image(&demo("2.0.0")), UpdateOptions::default()).await;
    assert_eq!(job.verdict, Some(Verdict::Validated), "{job:?}");
    let act = |action| soon(engine.act(found.id.clone(), action));
    act(Action::Rename("cellar".try_into().unwrap())).await.unwrap();
    until_device(&engine, &found.id, |device| device.name == "cellar").await;
    act(Action::Identify).await.unwrap();
    assert!(soon(engine.log(found.id.clone())).await.is_ok());
    // Nonces of before a restart are good for nothing.
    for (action, version) in [(Action::Reboot, "2.0.0"), (Action::Rollback, "1.0.0")] {
        let boot = soon(engine.status(found.id.clone())).await.unwrap().boot_id;
        assert!(act(action).await.unwrap().restarts);
        until_device(&engine, &found.id, |device| {
            device
                .status
                .as_ref()
                .is_some_and(|status| status.boot_id != boot && status.running.version == version)
        })
        .await;
    }
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_is_pushed_with_a_signature() {
    let home = Home::new();
    let device = home.device();
    let engine = home.engine();
    let found = find_at(&engine, device.address()).await;
    // Nobody listens there, so the device cannot fetch.
    let options =
        UpdateOptions { host_address: Some("127.0.0.1:1".parse().unwrap()), ..UpdateOptions::default() };
    let job = update(&engine, &found.id, &image(&demo("2.0.0")), options).await;
    assert_eq!(job.verdict, Some(Verdict::Validated), "{job:?}");
    assert!(job.history.iter().any(|event| matches!(event, Happening::Pushes(_))), "{job:?}");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_image_is_rolled_back_and_the_device_proves_that_it_says_so() {
    let home = Home::new();
    let device = home.device();
    let engine = home.engine();
    let found = find_at(&engine, device.address()).await;
    let job = update(&engine, &found.id, &image(&bad()), UpdateOptions::default()).await;
    assert_eq!(words(job.verdict.as_ref().unwrap()), ("rolled_back", Some("panic")), "{job:?}");
    stop(engine).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn many_requests_at_a_time_have_a_nonce_each() {
    let home = Home::new();
    let device = home.device();
    let engine = home.engine();
    let found = find_at(&engine, device.address()).await;
    for _ in 0..5 {
        // No more than a chip has sockets.
        let ask = || soon(engine.status(found.id.clone()));
        let (first, second, third) = tokio::join!(ask(), ask(), ask());
        for status in [first, second, third] {
            assert_eq!(status.unwrap().protocol, PROTOCOL);
        }
    }
    stop(engine).await;
}
