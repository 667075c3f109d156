//! What a fake device says and does, in place of flash and boot: its status, and its script.

use std::time::Duration;

use bytes::Bytes;
use skylift_protocol::*;

use super::fake_device::Shared;
use super::script::{Download, Ending};

/// How long it is out of sight for a restart.
const DARKNESS: Duration = Duration::from_millis(50);
/// How long each phase is there to be seen.
const MOMENT: Duration = Duration::from_millis(30);

/// A device before anything was done to it.
pub(super) fn old_status(id: &str, name: &str) -> Status {
    let slot = |slot| Slot {
        slot,
        offset: Some(0x1_0000 + (u32::from(slot) << 20)),
        size: 1 << 20,
        state: None,
        project: None,
        version: None,
        image_sha256: None,
        image_size: None,
    };
    Status {
        protocol: PROTOCOL,
        id: bounded(id),
        name: bounded(name),
        chip: Chip::Esp32C3,
        chip_revision: Some(4),
        flash_size: Some(4 << 20),
        access: Access::Open,
        policy: None,
        encodings: Default::default(),
        running: Running {
            slot: Some(0),
            project: bounded("skylift-demo"),
            version: bounded("1.0.0"),
            image_sha256: Digest([1; 32]),
            elf_sha256: Digest::default(),
            kind: FirmwareKind::Simulated,
        },
        slots: [slot(0), slot(1)].into_iter().collect(),
        boots_next: Some(0),
        protection: Protection::Guard,
        validation: Validation { state: ValidationState::Valid, deadline_s: None },
        fell_back: false,
        safe_mode: false,
        phase: Phase::Idle,
        progress: None,
        resume: None,
        prepared: None,
        last_end: None,
        boot_count: 1,
        boot_id: None,
        reset_reason: ResetReason::PowerOn,
        uptime_s: 0,
        wifi: None,
        rssi_dbm: Some(-60),
        heap_free: None,
        heap_least: None,
        temperature_c: None,
        fields: Fields::default(),
    }
}

/// The script.
pub(super) async fn play(shared: &Shared, order: &Order, attempt: usize) {
    let half = order.size / 2;
    match &shared.script.download {
        Download::Whole => {}
        Download::Forgets => {
            tokio::time::sleep(MOMENT).await;
            return shared.status.send_modify(|status| status.phase = Phase::Idle);
        }
        Download::Fails(reason) => return stop(shared, order, *reason).await,
        Download::VanishesAtHalf => {
            progress(shared, order, half).await;
            shared.dark.send_replace(true);
            return;
        }
        Download::StandsStillAtHalf => return progress(shared, order, half).await,
        Download::HeldAtHalf => {
            progress(shared, order, half).await;
            shared.go_on.notified().await;
        }
        Download::PowerFailsOnce if attempt == 1 => {
            progress(shared, order, half).await;
            let end = last_end(order, Outcome::Failed, Some(Reason::PowerLost), "it restarted");
            return restart(shared, |status| status.last_end = Some(end)).await;
        }
        Download::PowerFailsOnce => {}
    }
    // What is pushed, this device leaves unread.
    let Some(url) = order.url.as_deref() else { return };
    match fetch(url, order.size).await {
        Some((200, _)) => {}
        Some((410, _)) => return stop(shared, order, Reason::Withdrawn).await,
        other => panic!("{:?}", other.map(|(status, _)| status)),
    }
    progress(shared, order, order.size).await;
    shared.status.send_modify(|status| status.phase = Phase::Verifying);
    tokio::time::sleep(MOMENT).await;
    finish(shared, order).await;
}

async fn finish(shared: &Shared, order: &Order) {
    let old_runs = |status: &mut Status| status.last_end = None;
    match &shared.script.ending {
        Ending::Validates => {
            restart(shared, |status| run_new(status, order, Some(60))).await;
            tokio::time::sleep(MOMENT).await;
            shared.status.send_modify(|status| keep(status, order));
        }
        Ending::WaitsForValidation => restart(shared, |status| run_new(status, order, Some(60))).await,
        Ending::OutstaysDeadline => restart(shared, |status| run_new(status, order, Some(0))).await,
        Ending::RollsBack(reason, detail) => {
            let end = last_end(order, Outcome::RolledBack, Some(*reason), detail);
            restart(shared, |status| status.last_end = Some(end)).await;
        }
        Ending::RollsBackSilently => {
            let before = shared.status.borrow().running.clone();
            restart(shared, |status| run_new(status, order, Some(60))).await;
            shared.go_on.notified().await;
            restart(shared, |status| {
                status.running = before;
                status.validation.state = ValidationState::Valid;
            })
            .await;
        }
        Ending::NothingChanged => restart(shared, old_runs).await,
        Ending::Vanishes => {
            shared.dark.send_replace(true);
            shared.go_on.notified().await;
            restart(shared, |status| {
                run_new(status, order, None);
                keep(status, order);
            })
            .await;
        }
        Ending::Lies => {
            let end = last_end(order, Outcome::Validated, None, "");
            restart(shared, |status| status.last_end = Some(end)).await;
        }
        Ending::LiesWithoutRestart => shared.status.send_modify(|status| {
            run_new(status, order, None);
            keep(status, order);
        }),
    }
}

async fn progress(shared: &Shared, order: &Order, written: u32) {
    shared.status.send_modify(|status| {
        status.phase = Phase::Downloading;
        let order_id = order.order_id.clone();
        status.progress =
            Some(Progress { order_id, written, total: order.size, fetched: None, flash_ms: None });
    });
    tokio::time::sleep(MOMENT).await;
}

async fn stop(shared: &Shared, order: &Order, reason: Reason) {
    shared.status.send_modify(|status| {
        status.phase = Phase::Idle;
        status.progress = None;
        status.last_end = Some(last_end(order, Outcome::Failed, Some(reason), "it stopped"));
    });
}

/// Out of sight, and back as another.
async fn restart(shared: &Shared, change: impl FnOnce(&mut Status)) {
    shared.status.send_modify(|status| status.phase = Phase::Rebooting);
    shared.dark.send_replace(true);
    tokio::time::sleep(DARKNESS).await;
    shared.status.send_modify(|status| {
        status.phase = Phase::Idle;
        status.progress = None;
        status.boot_count += 1;
        status.uptime_s = 0;
        status.reset_reason = ResetReason::Software;
        change(status);
    });
    shared.dark.send_replace(false);
}

fn run_new(status: &mut Status, order: &Order, deadline_s: Option<u32>) {
    status.running.slot = Some(1);
    status.running.version = bounded("2.0.0");
    status.running.image_sha256 = order.image_sha256;
    status.validation = Validation { state: ValidationState::Pending, deadline_s };
    status.phase = Phase::PendingValidation;
}

fn keep(status: &mut Status, order: &Order) {
    status.validation = Validation { state: ValidationState::Valid, deadline_s: None };
    status.phase = Phase::Idle;
    status.last_end = Some(last_end(order, Outcome::Validated, None, ""));
}

fn last_end(order: &Order, outcome: Outcome, reason: Option<Reason>, detail: &str) -> LastEnd {
    LastEnd {
        order_id: Some(order.order_id.clone()),
        outcome,
        reason,
        detail: bounded(detail),
        image_sha256: Some(order.image_sha256),
        version: None,
        crash: None,
    }
}

/// Fetches as a device does; the bytes that are expected must come.
pub(super) async fn fetch(url: &str, expected: u32) -> Option<(u16, Bytes)> {
    let client = skylift::tls::without_tls(reqwest::Client::builder()).build().ok()?;
    let answer = client.get(url).send().await.ok()?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.ok()?;
    assert!(status != 200 || expected == 0 || body.len() == expected as usize, "{} bytes", body.len());
    Some((status, body))
}
