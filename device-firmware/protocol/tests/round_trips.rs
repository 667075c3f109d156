//! Whatever one side writes the other reads: with serde_json (host) and serde-json-core (chip), both ways.
#![allow(clippy::unwrap_used, reason = "tests")]

use heapless::{String, Vec};
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;
use skylift_protocol as p;

fn chip_json<T: Serialize>(value: &T) -> std::vec::Vec<u8> {
    let mut buf = [0; 2 * p::MAX_STATUS_JSON];
    let len = serde_json_core::to_slice(value, &mut buf).unwrap();
    buf[..len].to_vec()
}

fn from_chip_json<T: DeserializeOwned>(json: &[u8]) -> T {
    let mut scratch = [0; 1024];
    serde_json_core::from_slice_escaped(json, &mut scratch).unwrap().0
}

fn both_ways<T: Serialize + DeserializeOwned + PartialEq + std::fmt::Debug>(value: &T) {
    let by_host = serde_json::to_vec(value).unwrap();
    let by_chip = chip_json(value);
    for json in [&by_host, &by_chip] {
        assert_eq!(&serde_json::from_slice::<T>(json).unwrap(), value);
        assert_eq!(&from_chip_json::<T>(json), value);
    }
}

/// Any text that fits, quotes, backslashes and letters beyond ASCII included.
fn text<const N: usize>() -> impl Strategy<Value = String<N>> {
    "[ -~äß€\\\\\"]{0,40}".prop_map(|text| p::bounded(&text))
}

fn word<T: Copy + std::fmt::Debug + 'static>(all: &'static [T]) -> impl Strategy<Value = T> {
    proptest::sample::select(all)
}

fn digest() -> impl Strategy<Value = p::Digest> {
    any::<[u8; 32]>().prop_map(p::Digest)
}

fn signers() -> impl Strategy<Value = p::Signers> {
    proptest::collection::vec(digest(), 0..=p::MAX_SIGNERS).prop_map(|signers| signers.into_iter().collect())
}

fn opt<S: Strategy>(inner: S) -> impl Strategy<Value = Option<S::Value>>
where
    S::Value: Clone,
{
    proptest::option::of(inner)
}

fn change(ssid: &str, password: &str, reach: bool) -> p::WifiChange {
    let password: p::Label = p::bounded(password);
    p::WifiChange { ssid: p::bounded(ssid), password: p::Password::new(&password).unwrap(), reach }
}

fn stream() -> impl Strategy<Value = p::Stream> {
    (any::<u32>(), digest()).prop_map(|(size, sha256)| p::Stream { size, sha256 })
}

fn progress() -> impl Strategy<Value = p::Progress> {
    ("[a-z0-9-]{1,36}", any::<(u32, u32, Option<u32>, Option<u32>)>()).prop_map(
        |(id, (written, total, fetched, flash_ms))| p::Progress {
            order_id: p::bounded(&id),
            written,
            total,
            fetched,
            flash_ms,
        },
    )
}

prop_compose! {
    fn order()(
        order_id in "[A-Za-z0-9-]{1,36}",
        url in opt(text()),
        (size, file, image, base) in (any::<u32>(), digest(), digest(), opt(digest())),
        project in text(),
        chip in word(p::Chip::ALL),
        encoding in word(p::Encoding::ALL),
        confirm in word(p::Confirm::ALL),
        (push, unguarded, other) in any::<(bool, bool, bool)>(),
        (trust, stream) in (signers(), opt(stream())),
    ) -> p::Order {
        p::Order {
            order_id: p::bounded(&order_id), url, push, size, file_sha256: file, image_sha256: image, project, chip,
            encoding, stream, base_image_sha256: base, confirm, allow_unguarded: unguarded, allow_other_project: other,
            trust,
        }
    }
}

prop_compose! {
    fn slot()(
        (slot, offset, size) in any::<(u8, Option<u32>, u32)>(),
        state in opt(word(p::SlotState::ALL)),
        (project, version) in (opt(text()), opt(text())),
        (image_sha256, image_size) in (opt(digest()), any::<Option<u32>>()),
    ) -> p::Slot {
        p::Slot { slot, offset, size, state, project, version, image_sha256, image_size }
    }
}

prop_compose! {
    fn last_end()(
        order_id in opt("[a-z0-9-]{1,36}"),
        outcome in word(p::Outcome::ALL),
        reason in opt(word(p::Reason::ALL)),
        detail in text(),
        image_sha256 in opt(digest()),
        version in opt(text()),
        crash in opt((digest(), proptest::collection::vec(any::<u32>(), 0..=p::MAX_CRASH_ADDRESSES))),
    ) -> p::LastEnd {
        p::LastEnd {
            order_id: order_id.map(|id| p::bounded(&id)), outcome, reason, detail, image_sha256, version,
            crash: crash.map(|(elf_sha256, addresses)| p::Crash { elf_sha256, addresses: addresses.into_iter().collect() }),
        }
    }
}

/// Names that are none, too many fields and long values included.
fn fields() -> impl Strategy<Value = p::Fields> {
    proptest::collection::vec(("[a-z0-9_]{0,18}", "[ -~äß€\\\\\"\n]{0,40}"), 0..=p::MAX_FIELDS + 1).prop_map(
        |told| {
            let mut fields = p::Fields::default();
            for (name, value) in told {
                let _ = fields.put(&name, value);
            }
            fields
        },
    )
}

prop_compose! {
    fn wifi()(
        ssid in opt(text()),
        trial_s in any::<u32>(),
        change in opt((text(), word(p::WifiOutcome::ALL))),
    ) -> p::Wifi {
        let change = change.map(|(ssid, outcome)| p::LastWifiChange { ssid, outcome });
        p::Wifi { ssid, trial_s, change }
    }
}

prop_compose! {
    fn status()(
        (id, name) in (text(), text()),
        (chip, chip_revision, flash_size) in (word(p::Chip::ALL), any::<Option<u16>>(), any::<Option<u32>>()),
        (project, version, image, elf) in (text(), text(), digest(), digest()),
        (running_slot, boots_next) in any::<(Option<u8>, Option<u8>)>(),
        slots in proptest::collection::vec(slot(), 0..=p::MAX_SLOTS),
        (validation, deadline_s) in (word(p::ValidationState::ALL), any::<Option<u32>>()),
        (fell_back, safe_mode) in any::<(bool, bool)>(),
        phase in word(p::Phase::ALL),
        progress in opt(progress()),
        (resume, prepared) in (opt((digest(), any::<u32>())), any::<Option<(u8, u32)>>()),
        last_end in opt(last_end()),
        (boot_count, uptime_s, rssi_dbm, heap_free) in any::<(u32, u32, Option<i8>, Option<u32>)>(),
        (wifi, policy) in (opt(wifi()), opt((any::<u32>(), opt(signers())))),
        encodings in proptest::collection::vec(word(p::Encoding::ALL), 0..=p::MAX_ENCODINGS),
        (heap_least, temperature_c, fields) in (any::<Option<u32>>(), any::<Option<i8>>(), fields()),
    ) -> p::Status {
        p::Status {
            protocol: p::PROTOCOL, id, name, chip, chip_revision, flash_size, access: p::Access::Open,
            policy: policy.map(|(secure_floor, signers)| p::ImagePolicy { secure_floor, signers }),
            encodings: encodings.into_iter().collect(),
            running: p::Running {
                slot: running_slot, project, version, image_sha256: image, elf_sha256: elf,
                kind: p::FirmwareKind::Real,
            },
            slots: Vec::from_slice(&slots).unwrap(),
            boots_next, protection: p::Protection::Guard,
            validation: p::Validation { state: validation, deadline_s },
            fell_back, safe_mode, phase,
            progress,
            prepared: prepared.map(|(slot, bytes)| p::Prepared { slot, bytes }),
            resume: resume.map(|(file_sha256, from)| p::Resume { file_sha256, from }),
            last_end, boot_count, boot_id: heap_free, reset_reason: p::ResetReason::Watchdog, uptime_s, wifi, rssi_dbm, heap_free,
            heap_least, temperature_c, fields,
        }
    }
}

proptest! {
    #[test]
    fn orders(order in order()) {
        both_ways(&order);
    }

    #[test]
    fn statuses(status in status()) {
        both_ways(&status);
        prop_assert!(chip_json(&status).len() <= p::MAX_STATUS_JSON);
    }

    #[test]
    fn small_bodies(
        (written, total) in any::<(u32, u32)>(),
        progress in progress(),
        phase in word(p::Phase::ALL),
        code in word(p::ErrorCode::ALL),
        detail in text(),
        urls in proptest::collection::vec(text(), 0..=p::MAX_PROBE_URLS),
        reached in proptest::collection::vec(any::<bool>(), 0..=p::MAX_PROBE_URLS),
    ) {
        let order_id: p::OrderId = p::bounded("0c1d");
        both_ways(&p::Event { phase, progress: Some(progress) });
        both_ways(&p::Prepare { size: written });
        both_ways(&p::Preparing { slot: total as u8, size: written });
        both_ways(&change(&written.to_string(), &detail, total % 2 == 0));
        both_ways(&p::ErrorBody { error: code, detail });
        both_ways(&p::Probe { urls: Vec::from_slice(&urls).unwrap() });
        both_ways(&p::ProbeResults { reached: Vec::from_slice(&reached).unwrap() });
        both_ways(&p::Accepted { order_id, resume_from: written });
        both_ways(&p::Rename { name: p::bounded(&written.to_string()) });
    }

    #[test]
    fn digests_are_their_hex(digest in digest()) {
        prop_assert_eq!(digest.to_string().parse(), Ok(digest));
    }

    #[test]
    fn no_text_is_a_digest_by_accident(text in "\\PC{0,80}") {
        if let Ok(digest) = text.parse::<p::Digest>() {
            prop_assert_eq!(digest.to_string(), text.to_lowercase());
        }
    }

    #[test]
    fn cut_texts_fit(text in "\\PC{0,80}") {
        let cut: p::Name = p::bounded(&text);
        prop_assert!(text.starts_with(cut.as_str()));
    }
}

/// The longest status there can be still fits the buffer that devices keep for it.
#[test]
fn the_longest_status_fits() {
    fn full<const N: usize>() -> String<N> {
        p::bounded(&"\"".repeat(N))
    }
    let digest = p::Digest([0xFF; 32]);
    let mut fields = p::Fields::default();
    for number in 0..p::MAX_FIELDS {
        fields.put(&format!("a_name_that_is_{number}"), full::<{ p::MAX_FIELD_VALUE }>()).unwrap();
    }
    let slot = p::Slot {
        slot: 255,
        offset: Some(u32::MAX),
        size: u32::MAX,
        state: Some(p::SlotState::PendingVerify),
        project: Some(full()),
        version: Some(full()),
        image_sha256: Some(digest),
        image_size: Some(u32::MAX),
    };
    let status = p::Status {
        protocol: u16::MAX,
        id: full(),
        name: full(),
        chip: p::Chip::Esp32C61,
        chip_revision: Some(u16::MAX),
        flash_size: Some(u32::MAX),
        access: p::Access::Paired,
        policy: Some(p::ImagePolicy {
            secure_floor: u32::MAX,
            signers: Some(core::iter::repeat_n(digest, p::MAX_SIGNERS).collect()),
        }),
        encodings: core::iter::repeat_n(p::Encoding::Compressed, p::MAX_ENCODINGS).collect(),
        running: p::Running {
            slot: Some(255),
            project: full(),
            version: full(),
            image_sha256: digest,
            elf_sha256: digest,
            kind: p::FirmwareKind::Simulated,
        },
        slots: core::iter::repeat_n(slot, p::MAX_SLOTS).collect(),
        boots_next: Some(255),
        protection: p::Protection::Bootloader,
        validation: p::Validation { state: p::ValidationState::Untracked, deadline_s: Some(u32::MAX) },
        fell_back: false,
        safe_mode: false,
        phase: p::Phase::PendingValidation,
        progress: Some(p::Progress {
            order_id: full(),
            written: u32::MAX,
            total: u32::MAX,
            fetched: Some(u32::MAX),
            flash_ms: Some(u32::MAX),
        }),
        prepared: Some(p::Prepared { slot: u8::MAX, bytes: u32::MAX }),
        resume: Some(p::Resume { file_sha256: digest, from: u32::MAX }),
        last_end: Some(p::LastEnd {
            order_id: Some(full()),
            outcome: p::Outcome::RolledBack,
            reason: Some(p::Reason::ValidationInterrupted),
            detail: full(),
            image_sha256: Some(digest),
            version: Some(full()),
            crash: Some(p::Crash {
                elf_sha256: digest,
                addresses: core::iter::repeat_n(u32::MAX, p::MAX_CRASH_ADDRESSES).collect(),
            }),
        }),
        boot_count: u32::MAX,
        boot_id: Some(u32::MAX),
        reset_reason: p::ResetReason::DeepSleep,
        uptime_s: u32::MAX,
        wifi: Some(p::Wifi {
            ssid: Some(full()),
            trial_s: u32::MAX,
            change: Some(p::LastWifiChange { ssid: full(), outcome: p::WifiOutcome::WrongPassword }),
        }),
        rssi_dbm: Some(i8::MIN),
        heap_free: Some(u32::MAX),
        heap_least: Some(u32::MAX),
        temperature_c: Some(i8::MIN),
        fields,
    };
    assert!(chip_json(&status).len() <= p::MAX_STATUS_JSON, "{} bytes", chip_json(&status).len());
}

#[test]
fn unknown_fields_and_words_are_tolerated() {
    let json = br#"{"phase":"dancing","progress":null,"tempo":{"bpm":[120,121]},"since":"1999"}"#;
    let event = p::Event { phase: p::Phase::Unknown, progress: None };
    assert_eq!(serde_json::from_slice::<p::Event>(json).unwrap(), event);
    assert_eq!(from_chip_json::<p::Event>(json), event);
}

#[test]
fn what_is_no_field_is_passed_over() {
    let long = "x".repeat(33);
    let json = format!(
        r#"{{"Soil":"1","soil":"40 %","a_name_of_17_byte":"2","long":"{long}","bell":"\u0007","s\u006fil":"41 %","q":"\"" }}"#
    );
    let mut expected = p::Fields::default();
    expected.put("soil", "41 %").unwrap();
    expected.put("q", '"').unwrap();
    assert_eq!(serde_json::from_str::<p::Fields>(&json).unwrap(), expected);
    assert_eq!(from_chip_json::<p::Fields>(json.as_bytes()), expected);
    for bad in [r#"{"soil":41}"#, r#"["soil"]"#, r#"{"soil":null}"#] {
        assert!(serde_json::from_str::<p::Fields>(bad).is_err(), "{bad}");
        assert!(serde_json_core::from_slice::<p::Fields>(bad.as_bytes()).is_err(), "{bad}");
    }
}

/// As devices told their slots before they told where those lie, and how long their images are.
#[test]
fn a_slot_without_the_optional_fields_is_a_slot() {
    let slot: p::Slot = from_chip_json(br#"{"slot":1,"size":1966080}"#);
    assert_eq!((slot.slot, slot.size), (1, 0x1E_0000));
    assert_eq!((slot.offset, slot.image_size, slot.version), (None, None, None));
}

#[test]
fn an_order_without_the_optional_fields_is_an_order() {
    let digest = "11".repeat(32);
    let json = format!(
        r#"{{"order_id":"a-1","url":"http://10.0.0.1:8000/x/ota.bin","size":5,"file_sha256":"{digest}",
        "image_sha256":"{digest}","project":"demo","chip":"esp32c3","encoding":"raw","confirm":"auto"}}"#
    );
    let order: p::Order = from_chip_json(json.as_bytes());
    assert_eq!(order.source(), Ok(p::Source::Pull("http://10.0.0.1:8000/x/ota.bin")));
    assert_eq!(order.check(), Ok(()));
    assert!(!order.allow_unguarded && !order.allow_other_project && order.base_image_sha256.is_none());
    assert_eq!(order.sent(), p::Stream { size: 5, sha256: order.file_sha256 });
}

#[test]
fn senseless_orders_are_found() {
    let good = p::Order {
        order_id: p::bounded("a-1"),
        url: Some(p::bounded("http://10.0.0.1/x")),
        push: false,
        size: 1,
        file_sha256: p::Digest([1; 32]),
        image_sha256: p::Digest([2; 32]),
        project: p::bounded("demo"),
        chip: p::Chip::Esp32C3,
        encoding: p::Encoding::Raw,
        stream: None,
        base_image_sha256: None,
        confirm: p::Confirm::Auto,
        allow_unguarded: false,
        allow_other_project: false,
        trust: Vec::new(),
    };
    assert_eq!(good.check(), Ok(()));
    let flawed = |change: fn(&mut p::Order)| {
        let mut order = good.clone();
        change(&mut order);
        order.check()
    };
    assert_eq!(flawed(|order| order.push = true), Err(p::OrderFlaw::Source));
    assert_eq!(flawed(|order| order.url = None), Err(p::OrderFlaw::Source));
    assert_eq!(flawed(|order| order.order_id.clear()), Err(p::OrderFlaw::OrderId));
    assert_eq!(flawed(|order| order.order_id = p::bounded("a\nb")), Err(p::OrderFlaw::OrderId));
    assert_eq!(flawed(|order| order.size = 0), Err(p::OrderFlaw::Size));
    assert_eq!(flawed(|order| order.encoding = p::Encoding::Delta), Err(p::OrderFlaw::Base));
    assert_eq!(flawed(|order| order.base_image_sha256 = Some(p::Digest([3; 32]))), Err(p::OrderFlaw::Base));
    assert_eq!(flawed(|order| order.encoding = p::Encoding::Compressed), Err(p::OrderFlaw::Stream));
    let stream = |size| Some(p::Stream { size, sha256: p::Digest([4; 32]) });
    let compressed = p::Order { encoding: p::Encoding::Compressed, stream: stream(1), ..good.clone() };
    assert_eq!(compressed.check(), Ok(()));
    assert_eq!(p::Order { stream: stream(0), ..compressed.clone() }.check(), Err(p::OrderFlaw::Size));
    assert_eq!(p::Order { stream: stream(1), ..good.clone() }.check(), Err(p::OrderFlaw::Stream));
    assert_eq!(flawed(|order| order.chip = p::Chip::Unknown), Err(p::OrderFlaw::UnknownWord("chip")));
    assert_eq!(
        flawed(|order| order.encoding = p::Encoding::Unknown),
        Err(p::OrderFlaw::UnknownWord("encoding"))
    );
}

#[test]
fn names_can_be_shown() {
    let sound = |name: &str| p::Rename { name: p::bounded(name) }.is_sound();
    assert!(sound("bench 1 — ß"));
    for name in ["", "  ", "a\nb", "\u{1b}[31m"] {
        assert!(!sound(name), "{name:?}");
    }
}
