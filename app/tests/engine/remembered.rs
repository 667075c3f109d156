//! Devices of former sessions: listed as offline, asked where they were, updated when they are back.

use std::net::SocketAddr;
use std::time::{Duration, SystemTime};

use skylift::engine::{
    Canary, Command, End, EngineConfig, Limits, MemberState, Presence, Remembered, RolloutOrder, Source,
    Target, UpdateOptions, Verdict, Wanted,
};
use skylift_protocol::{Chip, bounded};

use crate::support::*;

const AGO: Duration = Duration::from_secs(3 * 24 * 3600);

fn remembered(id: &str, address: SocketAddr) -> Remembered {
    Remembered {
        id: id.to_owned(),
        name: "lamp".to_owned(),
        family: skylift::engine::Family::Skylift,
        chip: Chip::Esp32C3,
        version: "0.9.0".to_owned(),
        address,
        source: Source::Mdns,
        last_seen: SystemTime::now() - AGO,
    }
}

/// A place where nobody listens.
fn nowhere() -> SocketAddr {
    std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

fn knowing(devices: Vec<Remembered>) -> EngineConfig {
    EngineConfig { remembered: devices, ..config() }
}

#[tokio::test]
async fn they_are_listed_from_the_start_and_come_back_where_they_were() {
    let lamp = FakeDevice::start_as("sky-01", "lamp", Script::default()).await;
    let known = vec![remembered("sky-01", lamp.address()), remembered("sky-02", nowhere())];
    let engine = engine_with(knowing(known));
    let first = engine.snapshot();
    assert_eq!(first.devices.len(), 2);
    let absent = first.device("sky-02").unwrap();
    assert_eq!((absent.presence, absent.version.as_str()), (Presence::Offline, "0.9.0"));
    assert!(absent.last_seen.is_some_and(|seen| seen.elapsed().unwrap() >= AGO) && absent.status.is_none());

    let mut snapshots = engine.snapshots();
    let online = |id: &'static str| {
        move |seen: &std::sync::Arc<skylift::engine::Snapshot>| {
            seen.device(id).is_some_and(|device| device.presence == Presence::Online)
        }
    };
    soon(snapshots.wait_for(online("sky-01"))).await.expect("the engine runs");
    let asked = soon(snapshots.wait_for(|seen| seen.device("sky-02").unwrap().problem.is_some())).await;
    let now = asked.expect("the engine runs").clone();
    assert_eq!(now.devices.len(), 2, "there is no second row");
    assert_eq!(now.device("sky-02").unwrap().presence, Presence::Offline);
    assert_eq!(now.device("sky-01").unwrap().version, "1.0.0");

    // Found elsewhere, it is still the same device.
    let moved = FakeDevice::start_as("sky-02", "fan", Script::default()).await;
    find(&engine, &moved).await;
    let now = soon(snapshots.wait_for(online("sky-02"))).await.expect("the engine runs").clone();
    assert_eq!((now.devices.len(), now.device("sky-02").unwrap().address), (2, moved.address()));
    stop(engine).await;
}

#[tokio::test]
async fn one_that_is_absent_is_forgotten_for_good() {
    let engine = engine_with(knowing(vec![remembered("sky-02", nowhere())]));
    engine.send(Command::Forget { device: bounded("sky-02") });
    let mut snapshots = engine.snapshots();
    soon(snapshots.wait_for(|seen| seen.devices.is_empty())).await.expect("the engine runs");
    // An answer to a question that was under way changes nothing.
    engine.send(Command::SearchAgain);
    assert!(engine.status(bounded("sky-02")).await.is_err());
    assert!(engine.snapshot().devices.is_empty());
    stop(engine).await;
}

#[tokio::test]
async fn one_that_is_absent_is_updated_when_it_comes_back() {
    let engine = engine_with(knowing(vec![remembered("sky-01", nowhere())]));
    let wanted = Wanted { target: Target::Called("sky-01".to_owned()), id: Some(bounded("sky-01")) };
    let order = RolloutOrder {
        image: image(&demo("2.0.0")),
        options: UpdateOptions::default(),
        limits: Limits { parallel: 1, stop_after: None },
        canary: Canary::Nobody,
        only_outdated: false,
        when_back: true,
        erase_ahead: false,
        devices: vec![wanted],
    };
    let rollout = engine.rollout(order).await.expect("the engine runs");
    let mut snapshots = engine.snapshots();
    let state = |seen: &std::sync::Arc<skylift::engine::Snapshot>| {
        seen.rollout(rollout).map(|rollout| rollout.members[0].state.clone())
    };
    let away = snapshots.wait_for(|seen| matches!(state(seen), Some(MemberState::Away)));
    soon(away).await.expect("the engine runs");

    let lamp = FakeDevice::start_as("sky-01", "lamp", Script::default()).await;
    find(&engine, &lamp).await;
    let ended = snapshots.wait_for(|seen| matches!(state(seen), Some(MemberState::Ended(_))));
    let end = soon(ended).await.map(|seen| state(&seen)).expect("the engine runs");
    assert!(matches!(&end, Some(MemberState::Ended(End::Verdict(Verdict::Validated)))), "{end:?}");
    stop(engine).await;
}
