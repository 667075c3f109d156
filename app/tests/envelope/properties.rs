//! Properties from the command line: what is JSON and what is text, and who may read a password.

use crate::bench::*;
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::envelope::Envelope;

fn bench() -> Bench {
    Bench::with("f", &Envelope::new(Chip::Esp32).to_bytes())
}

#[test]
fn values_are_json_if_they_can_be() {
    let bench = bench();
    for (values, expected) in [
        (&["7"] as &[&str], "7"),
        (&["-7"], "-7"),
        (&["-1.5e3"], "-1500.0"),
        (&["1e2"], "100.0"),
        (&["true"], "true"),
        (&["{\"a\": [1, null]}"], "{\"a\":[1,null]}"),
        (&["plain"], "\"plain\""),
        (&["--", "-dash"], "\"-dash\""),
        (&["--", "--dash", "-o"], "[\"--dash\",\"-o\"]"),
        (&["-"], "\"-\""),
        (&["01"], "1"),
        (&["+1"], "\"+1\""),
        (&["99999999999999999999"], "\"99999999999999999999\""),
        (&[""], "\"\""),
        (&["1", "two", "-3"], "[1,\"two\",-3]"),
    ] {
        let output = bench.skylift(&[&["envelope", "-e", "f", "property", "set", "key"], values].concat());
        assert!(output.status.success() && output.stderr.is_empty(), "{values:?}: {output:?}");
        assert_eq!(bench.done("-e f property get key"), format!("{expected}\n"), "{values:?}");
    }
}

#[test]
fn options_may_follow_values() {
    let bench = bench();
    let before = bench.read("f");
    assert_eq!(bench.done("property set depth -5 -o g -e f"), "");
    same(&bench.read("f"), &before);
    assert_eq!(bench.done("-e g property get depth"), "-5\n");
    assert_eq!(bench.done("property set depth 1 two --output h -e g"), "");
    assert_eq!(bench.done("-e h property get depth"), "[1,\"two\"]\n");
    for unknown in ["-x", "--x", "-e"] {
        let output = bench.envelope(&format!("-e h property set depth {unknown}"));
        assert_eq!(output.status.code(), Some(2), "{unknown}: {output:?}");
    }
    assert_eq!(bench.done("-e h property get depth"), "[1,\"two\"]\n");
}

#[test]
fn what_is_not_there_is_no_output() {
    let bench = bench();
    assert_eq!(bench.done("-e f property get nothing"), "");
    assert_eq!(bench.done("-e f property set nothing null"), "");
    assert_eq!(bench.done("-e f property get nothing"), "");
    assert_eq!(bench.done("-e f property get"), "{\"nothing\":null}\n");
    assert_eq!(bench.done("-e f property remove nothing"), "");
    assert_eq!(bench.done("-e f property get"), "{}\n");
    assert_eq!(bench.done("-e f property get sdk-version"), "v2.0.0-alpha.195\n");
    assert_eq!(bench.done("-e f property get sdk-version --output-format json"), "\"v2.0.0-alpha.195\"\n");
    // Toit's tool gives the properties as a text even here.
    assert_eq!(bench.done("-e f property get --output-format json"), "\"{}\"\n");
}

#[test]
fn set_and_removed_again_nothing_stays() {
    let bench = bench();
    let before = bench.read("f");
    bench.done("-e f property set key 1");
    assert_ne!(bench.read("f"), before);
    bench.done("-e f property remove key");
    same(&bench.read("f"), &before);
}

#[test]
fn a_packed_envelope_stays_packed() {
    let bench = Bench::with("firmware-esp32", &gzip(&Envelope::new(Chip::Esp32).to_bytes()));
    bench.done("-e firmware-esp32 property set key 1");
    assert!(bench.read("firmware-esp32").starts_with(&[0x1f, 0x8b]));
    assert_eq!(bench.done("-e firmware-esp32 property get key"), "1\n");
}

#[cfg(unix)]
#[test]
fn a_password_as_an_argument_is_warned_of_and_its_files_are_the_owners() {
    let bench = bench();
    let wifi = r#"{"wifi.ssid":"Attic","wifi.password":"battery staple"}"#;
    let output = bench.skylift(&["envelope", "-e", "f", "property", "set", "wifi", wifi, "-o", "g"]);
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && output.stdout.is_empty());
    assert!(said.starts_with("warning: ") && said.lines().count() == 1 && !said.contains("staple"), "{said}");
    bench.done("-e g extract -o ota.bin");
    bench.done("-e g extract -o ota.ubjson --format=ubjson");
    for name in ["g", "ota.bin", "ota.ubjson"] {
        assert_eq!(bench.mode(name), 0o600, "{name}");
    }
    // Without a password in it, others may read what they may always read.
    bench.write("as usual", "");
    bench.done("-e f extract -o plain.bin");
    assert_eq!(bench.mode("plain.bin"), bench.mode("as usual"));
    bench.write("c.json", r#"{"wifi":{"wifi.password":"battery staple"}}"#);
    bench.done("-e f extract -o configured.bin --config c.json");
    assert_eq!(bench.mode("configured.bin"), 0o600);

    let output = bench.skylift(&["envelope", "-e", "g", "property", "set", "broker-password", "staple"]);
    assert!(String::from_utf8(output.stderr).unwrap().starts_with("warning: "));
    assert_eq!(bench.done("-e g property get broker-password"), "\"hidden\"\n");
}

/// Toit's tool stores it without a word.
#[test]
fn a_network_that_cannot_be_one_is_stored_and_warned_of() {
    let bench = bench();
    for value in ["Attic", "7", r#"{"wifi.ssid":"Attic","wifi.password":"short"}"#] {
        let output = bench.skylift(&["envelope", "-e", "f", "property", "set", "wifi", value]);
        let said = String::from_utf8(output.stderr).unwrap();
        assert!(output.status.success() && said.contains("warning: devices cannot join"), "{value}: {said}");
    }
    assert_eq!(
        bench.done("-e f property get wifi"),
        "{\"wifi.ssid\":\"Attic\",\"wifi.password\":\"hidden\"}\n"
    );
    bench.done("-e f property remove wifi");
    assert_eq!(bench.done("-e f property get"), "{}\n");
}
