//! Signed images: written, read and judged by Skylift and by `espsecure`, which nobody here wrote.

use std::process::{Command, Output};

use serde_json::Value;
use skylift_provisioning::Provisioning;
use skylift_simulator::{Device, DeviceConfig, FactoryFlash, FlashSource};

use crate::esptool;
use crate::program::{Place, demo, expect_words, text};

fn espsecure(arguments: &[&str]) -> Output {
    Command::new("python3").args(["-m", "espsecure"]).args(arguments).output().unwrap()
}

#[track_caller]
fn done(arguments: &[&str]) {
    let output = espsecure(arguments);
    assert!(output.status.success(), "{arguments:?}: {output:?}");
}

fn verifies(key: &str, file: &str) -> bool {
    espsecure(&["verify-signature", "--version", "2", "-k", key, file]).status.success()
}

/// The signatures that `inspect` tells.
#[track_caller]
fn signatures(place: &Place, file: &str) -> Vec<Value> {
    let told: Value = serde_json::from_str(&place.done(&["inspect", file, "--json"])).unwrap();
    told["signatures"].as_array().unwrap().clone()
}

#[test]
fn espsecure_accepts_what_was_signed_and_nothing_else() {
    if esptool::is_missing() {
        return;
    }
    let place = Place::new();
    let (image, public) = (place.write("ota.bin", demo("2.0.0")), place.arg("public.pem"));
    place.done(&["keys", "new-signer", "--name", "release", "--export-public", &public]);
    let signed = place.arg("signed.bin");
    expect_words(
        &place.done(&["sign", &image, "--signer", "release", "-o", &signed]),
        &["signed by release"],
    );
    assert!(verifies(&public, &signed));
    assert!(!verifies(&public, &image));
    for at in [0, 5000, signed_len(&place) - 4096 + 120] {
        let mut changed = place.read("signed.bin");
        changed[at] ^= 1;
        assert!(!verifies(&public, &place.write("changed.bin", changed)), "byte {at}");
    }
    let digest = place.arg("digest");
    done(&["digest-sbv2-public-key", "-k", &public, "-o", &digest]);
    let hex: String = place.read("digest").iter().map(|byte| format!("{byte:02x}")).collect();
    let found = &signatures(&place, &signed)[0];
    assert_eq!((&found["signer"], &found["name"]), (&hex.as_str().into(), &"release".into()));
    assert_eq!(found["valid"], true);
}

fn signed_len(place: &Place) -> usize {
    place.read("signed.bin").len()
}

#[test]
fn what_espsecure_signed_is_taken_and_what_devices_do_not_verify_is_told() {
    if esptool::is_missing() {
        return;
    }
    let place = Place::new();
    let image = place.write("ota.bin", demo("2.0.0"));
    for (scheme, told) in [("ecdsa256", "valid"), ("ecdsa384", "NOT VALID"), ("rsa3072", "NOT VALID")] {
        let (key, signed) = (place.arg(&format!("{scheme}.pem")), place.arg(&format!("{scheme}.bin")));
        done(&["generate-signing-key", "--version", "2", "--scheme", scheme, &key]);
        done(&["sign-data", "--version", "2", "-k", &key, "-o", &signed, &image]);
        expect_words(&place.done(&["inspect", &signed]), &[told]);
    }
    // Its key can be taken over, and a second signature put beside the first.
    let (key, signed) = (place.arg("ecdsa256.pem"), place.arg("ecdsa256.bin"));
    place.done(&["keys", "import-signer", &key, "--name", "esp"]);
    let refused = place.failed(&["keys", "import-signer", &place.arg("rsa3072.pem"), "--name", "rsa"]);
    expect_words(&refused, &["no private key of ECDSA P-256"]);
    place.done(&["keys", "new-signer"]);
    place.done(&["sign", &signed, "--append"]);
    let both = signatures(&place, &signed);
    assert_eq!([&both[0]["name"], &both[1]["name"]], ["esp", "default"]);
    assert!(verifies(&key, &signed));

    // The device core, through all of an update.
    let device = trusting(&signer_of(&place, "ecdsa256.pem"));
    for (file, verdict, word) in [
        ("rsa3072.bin", 4, "signature_unsupported"),
        ("ecdsa384.bin", 4, "signature_unsupported"),
        ("ota.bin", 4, "unsigned"),
        ("ecdsa256.bin", 0, "validated"),
    ] {
        let output = place.run(&["update", &place.arg(file), &device.address().to_string(), "--port", "0"]);
        assert_eq!(output.status.code(), Some(verdict), "{file}: {output:?}");
        expect_words(text(&output.stdout), &[word]);
    }
}

/// What devices know a key by, in espsecure's words.
fn signer_of(place: &Place, key: &str) -> skylift_protocol::Digest {
    done(&["digest-sbv2-public-key", "-k", &place.arg(key), "-o", &place.arg("signer")]);
    skylift_protocol::Digest(place.read("signer").try_into().unwrap())
}

fn trusting(signer: &skylift_protocol::Digest) -> Device {
    let trust = skylift_protocol::Trust::in_signers([*signer].into_iter().collect());
    let provisioning = Provisioning { trust, ..Provisioning::default() };
    let factory = FactoryFlash::new(demo("1.0.0"), provisioning);
    let mut config = DeviceConfig::new(skylift_protocol::bounded("sky-01"), FlashSource::Factory(factory));
    config.node.trial.well_for = config.node.trial.farewell;
    Device::start(config).unwrap()
}

#[test]
fn keys_are_for_their_owner_alone_and_are_never_lost_or_shown() {
    let place = Place::new();
    expect_words(&place.done(&["keys", "signers"]), &["No signing keys yet"]);
    let made = place.done(&["keys", "new-signer", "--name", "bench"]);
    let pem = place.read("data/signers/bench.pem");
    let secret = text(&pem).lines().nth(1).unwrap().to_owned();
    assert!(text(&pem).starts_with("-----BEGIN PRIVATE KEY-----"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |name: &str| place.path(name).metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("data/signers/bench.pem"), mode("data/signers")), (0o600, 0o700));
    }
    expect_words(&place.failed(&["keys", "new-signer", "--name", "bench"]), &["is not replaced"]);
    assert_eq!(place.read("data/signers/bench.pem"), pem);
    let listed = place.done(&["keys", "signers", "--json"]);
    expect_words(&listed, &["\"name\":\"bench\"", "\"digest\":"]);
    let image = place.write("ota.bin", demo("2.0.0"));
    let signed = place.done(&["sign", &image, "--signer", "bench", "--json"]);
    for told in [made, listed, signed] {
        assert!(!told.contains(&secret), "{told}");
    }
    let usage = place.run(&["keys", "new-signer", "--name", "../up"]);
    assert_eq!(usage.status.code(), Some(2), "{usage:?}");
}

#[test]
fn an_image_is_signed_as_often_as_it_has_room() {
    let place = Place::new();
    let image = place.write("ota.bin", demo("2.0.0"));
    for name in ["one", "two", "three", "four"] {
        place.done(&["keys", "new-signer", "--name", name]);
    }
    // Its own file is replaced.
    place.done(&["sign", &image, "--signer", "one"]);
    place.done(&["sign", &image, "--signer", "two", "--append"]);
    let again = place.failed(&["sign", &image, "--signer", "two", "--append"]);
    expect_words(&again, &["signed with this key already"]);
    place.done(&["sign", &image, "--signer", "three", "--append"]);
    let full = place.read("ota.bin");
    expect_words(&place.failed(&["sign", &image, "--signer", "four", "--append"]), &["no room"]);
    assert_eq!(place.read("ota.bin"), full);
    assert_eq!(signatures(&place, &image).len(), 3);
    // Without the word, those that are there go.
    place.done(&["sign", &image, "--signer", "four"]);
    let only = signatures(&place, &image);
    assert_eq!((only.len(), &only[0]["name"], &only[0]["valid"]), (1, &"four".into(), &true.into()));
}

#[test]
fn a_build_and_an_update_are_signed_by_one_switch() {
    let place = Place::new();
    let image = place.write("ota.bin", demo("2.0.0"));
    place.done(&["keys", "new-signer", "--name", "bench"]);
    place.done(&["build", &image, "--sign", "bench", "-o", &place.arg("built.bin")]);
    let found = signatures(&place, &place.arg("built.bin"));
    assert_eq!((&found[0]["name"], &found[0]["valid"]), (&"bench".into(), &true.into()));
    let signer = found[0]["signer"].as_str().unwrap().parse().unwrap();
    let device = trusting(&signer);
    let address = device.address().to_string();
    place.done(&["update", &image, &address, "--sign", "bench", "--port", "0"]);
    expect_words(&place.done(&["status", &address]), &["only images signed by"]);
}

#[test]
fn who_signs_where_nobody_is_named_is_a_setting() {
    let place = Place::new();
    let image = place.write("ota.bin", demo("2.0.0"));
    place.done(&["keys", "new-signer", "--name", "bench"]);
    expect_words(&place.failed(&["sign", &image]), &["no signer default"]);
    place.done(&["settings", "set", "signing.default-signer", "bench"]);
    place.done(&["sign", &image]);
    assert_eq!(signatures(&place, &image)[0]["name"], "bench");
}

/// An older version goes on a device only after a word.
#[test]
fn an_older_version_is_asked_for() {
    let place = Place::new();
    let older = place.write("older.bin", demo("0.9.0"));
    let device = crate::simulated::device(demo("1.0.0"));
    let address = device.address().to_string();
    let refused = place.failed(&["update", &older, &address, "--port", "0"]);
    expect_words(&refused, &["the older version 0.9.0", "which runs 1.0.0", "--allow-downgrade"]);
    place.done(&["update", &older, &address, "--port", "0", "--allow-downgrade"]);
}
