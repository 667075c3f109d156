//! Tests: what other programs get.

use std::time::UNIX_EPOCH;

use super::super::{Moment, PastAir, PastDrill, PastEnd, PastRollout};
use super::*;
use crate::engine::Airtime;

pub(in crate::store) fn update() -> PastUpdate {
    let at = |ms: u64| UNIX_EPOCH + Duration::from_millis(1_700_000_000_000 + ms);
    let moment = |ms, what| Moment { at: at(ms), what };
    let phase = |phase: &str| What::Phase(phase.to_owned());
    PastUpdate {
        number: 7,
        device: "sky-01".to_owned(),
        name: "=HYPERLINK(\"x\")".to_owned(),
        project: "demo".to_owned(),
        version: "2.0.0".to_owned(),
        from_version: "1.0.0".to_owned(),
        size: 1000,
        file_sha256: "ab".repeat(32),
        image_sha256: "cd".repeat(32),
        started: at(0),
        end: Some(PastEnd {
            at: at(4000),
            verdict: "rolled_back".to_owned(),
            reason: Some("panic".to_owned()),
            detail: Some("it panicked, password=hunter2, \"really\"".to_owned()),
            crash: None,
        }),
        bytes: 1000,
        rate: Some(333.4),
        resumed_from: None,
        served_at: Some("10.0.0.1:8000".to_owned()),
        air: Some(PastAir { encoding: "delta".to_owned(), time: Airtime { sent: 30, raw: 1000 } }),
        timeline: vec![
            moment(0, phase("preparing")),
            moment(500, What::Note("served_at 10.0.0.1:8000".to_owned())),
            moment(1000, phase("downloading")),
        ],
        rollout: Some(PastRollout {
            id: "0123456789abcdef-1".to_owned(),
            started: at(0),
            devices: 6,
            canaries: 1,
            parallel: 3,
            stop_after: Some(1),
        }),
        drill: Some(PastDrill {
            method: "own_build".to_owned(),
            image_before: "ef".repeat(32),
            result: Some("proven".to_owned()),
            recovery: Some(Duration::from_millis(3210)),
        }),
        log: Some("[ 1.000] psk: abc\n".to_owned()),
        owner: None,
    }
}

#[test]
fn json_says_what_is_inferred() {
    let mut update = update();
    for (verdict, reason) in [("validated", "new_id"), ("rolled_back", "old_id")] {
        let end = update.end.as_mut().unwrap();
        (end.verdict, end.reason) = (verdict.to_owned(), Some(reason.to_owned()));
        let row = serde_json::to_value(Exported::new(&update, &TimeZone::UTC)).unwrap();
        assert_eq!(row["inferred"], true, "{verdict}");
    }
}

#[test]
fn json_has_phases_and_times() {
    let update = update();
    let row = serde_json::to_value(Exported::new(&update, &TimeZone::UTC)).unwrap();
    assert_eq!(row["started"], "2023-11-14T22:13:20.000+00:00");
    assert_eq!(row["seconds"], 4.0);
    assert_eq!(
        row["phases"][0],
        serde_json::json!({ "phase": "preparing", "at": row["started"], "seconds": 1.0 })
    );
    assert_eq!(row["phases"][1]["seconds"], 3.0);
    assert_eq!(row["notes"][0]["note"], "served_at 10.0.0.1:8000");
    assert_eq!((&row["verdict"], &row["reason"]), (&"rolled_back".into(), &"panic".into()));
    assert_eq!(row["inferred"], false);
    assert_eq!(
        row["drill"],
        serde_json::json!({
            "method": "own_build", "result": "proven", "recovery_seconds": 3.21, "image_before": "ef".repeat(32)
        })
    );
    assert_eq!(
        row["rollout"],
        serde_json::json!({
            "id": "0123456789abcdef-1", "started": row["started"], "devices": 6, "canaries": 1, "parallel": 3,
            "stop_after": 1
        })
    );
    assert!(row["running"].is_null() && row.get("log").is_none() && row.get("samples").is_none());
    let course = super::super::course::tests::course();
    let in_full = serde_json::to_value(Exported::new(&update, &TimeZone::UTC).with_course(&course)).unwrap();
    assert_eq!(
        in_full["samples"][1],
        serde_json::json!({ "after": 0.25, "served": 4096, "written": 1024, "rssi": -61 })
    );
    assert_eq!(in_full["boots"][0]["version"], "1.0.0");
    let with_log = serde_json::to_value(Exported::new(&update, &TimeZone::UTC).with_log(&update)).unwrap();
    assert_eq!(with_log["log"], "[ 1.000] psk: abc\n");
}

#[test]
fn csv_is_read_back_and_holds_no_formula() {
    let mut table = Vec::new();
    write_csv(&[update()], &TimeZone::UTC, &mut table).unwrap();
    let mut reader = csv::Reader::from_reader(table.as_slice());
    let titles = reader.headers().unwrap().clone();
    let row = reader.records().next().unwrap().unwrap();
    assert_eq!(titles.len(), row.len());
    let cell = |title| &row[titles.iter().position(|other| other == title).unwrap()];
    assert_eq!(cell("name"), "'=HYPERLINK(\"x\")");
    assert_eq!(cell("detail"), "it panicked, password=hunter2, \"really\"");
    assert_eq!((cell("preparing"), cell("downloading"), cell("rebooting")), ("1", "3", ""));
    assert_eq!((cell("verdict"), cell("resumed_from")), ("rolled_back", ""));
    assert_eq!((cell("drill_method"), cell("drill_result")), ("own_build", "proven"));
    assert_eq!((cell("rollout"), cell("rollout_devices")), ("0123456789abcdef-1", "6"));
    assert_eq!((cell("rollout_parallel"), cell("rollout_stop_after")), ("3", "1"));
    assert_eq!((cell("drill_recovery_seconds"), cell("drill_image_before")), ("3.21", &*"ef".repeat(32)));
    let last = titles.len() - AIR.len();
    assert_eq!(titles.iter().skip(last).collect::<Vec<_>>(), AIR);
    assert_eq!(row.iter().skip(last).collect::<Vec<_>>(), ["delta", "30", "970"]);
}

#[test]
fn times_are_in_the_zone() {
    let zone = TimeZone::fixed(jiff::tz::offset(-3));
    assert_eq!(moment_in(&zone, UNIX_EPOCH), "1969-12-31T21:00:00.000-03:00");
}
