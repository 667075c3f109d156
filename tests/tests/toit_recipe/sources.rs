//! Where the envelope comes from: a file, a URL, or a published release; it comes whole, or not at all.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use skylift_tests::toit::archive::gzip;
use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::Envelope;

use crate::hub::{Hub, Reply, Seen};
use crate::place::{Place, same};

/// A server of this computer that has envelopes, and plays GitHub's API.
fn hub() -> Hub {
    let packed = gzip(&Envelope::new(Chip::Esp32C3).to_bytes());
    let sha256: String = Sha256::digest(&packed).iter().map(|byte| format!("{byte:02x}")).collect();
    Hub::start(move |seen| match seen.path.as_str() {
        "/repos/toitlang/envelopes/releases/tags/v2.0.0-alpha.195" => release(seen, &sha256),
        "/repos/toitlang/envelopes/releases/tags/v2.0.0-alpha.194" => release(seen, &"0".repeat(64)),
        "/firmware-esp32c3.envelope.gz" => Reply::ok(packed.clone()),
        "/plain.envelope?key=secret" => Reply::ok(Envelope::new(Chip::Esp32).to_bytes()),
        "/cut.envelope" => Reply { cut_short: true, ..Reply::ok(packed.clone()) },
        "/page" => Reply::ok("<!doctype html>"),
        "/half.gz" => Reply::ok(&packed[..packed.len() / 2]),
        "/huge" => Reply { without_length: true, ..Reply::ok(vec![0; (64 << 20) + 1]) },
        _ => Reply::status(404),
    })
}

fn release(seen: &Seen, sha256: &str) -> Reply {
    let host = seen.header("host").unwrap();
    let asset = |name: &str| {
        let url = format!("http://{host}/{name}");
        json!({ "name": name, "url": url, "browser_download_url": url, "size": 1, "digest": format!("sha256:{sha256}") })
    };
    let assets = ["firmware-esp32.envelope.gz", "firmware-esp32c3.envelope.gz", "partitions.csv"].map(asset);
    Reply::ok(json!({ "tag_name": "v", "draft": false, "assets": assets }).to_string())
}

#[test]
fn a_published_envelope_is_fetched_by_chip_and_sdk() {
    let (place, hub) = (Place::new(), hub());
    let told = place.built(&["-e", "esp32c3@v2.0.0-alpha.195", "--github-api", &hub.url, "-o", "ota.bin"]);
    same(&place.read("ota.bin"), &Envelope::new(Chip::Esp32C3).app_image(&[]));
    assert!(told.stdout.contains("made from esp32c3@v2.0.0-alpha.195"), "{}", told.stdout);
    let paths: Vec<String> = hub.take_seen().into_iter().map(|seen| seen.path).collect();
    let release = "/repos/toitlang/envelopes/releases/tags/v2.0.0-alpha.195";
    assert_eq!(paths, [release, "/firmware-esp32c3.envelope.gz"]);
}

#[test]
fn a_url_may_hold_a_key_which_is_told_to_nobody() {
    let (place, hub) = (Place::new(), hub());
    let told =
        place.built(&["-e", &format!("{}/plain.envelope?key=secret", hub.url), "-o", "ota.bin", "--json"]);
    same(&place.read("ota.bin"), &Envelope::new(Chip::Esp32).app_image(&[]));
    assert!(!format!("{}{}", told.stdout, told.stderr).contains("secret"));
}

#[test]
fn what_does_not_come_or_is_none_is_said() {
    let (place, hub) = (Place::new(), hub());
    let at = |path: &str| format!("{}{path}", hub.url);
    place.write("noise", "no envelope");
    for (from, words) in [
        ("esp32c3@v2.0.0-alpha.194", "another SHA-256 than the release says"),
        ("esp32s9@v2.0.0-alpha.195", "it has \"firmware-esp32.envelope.gz\""),
        ("esp32c3@v3", "there is no release \"v3\""),
        (&at("/cut.envelope"), "the transfer broke off"),
        (&at("/page"), "/page: it is no Toit firmware envelope"),
        (&at("/half.gz"), "/half.gz: the archive is damaged"),
        (&at("/huge"), "it is larger than 64 MiB"),
        (&at("/nothing"), "there is nothing at this address"),
        ("http://example.com/x", "https is expected"),
        ("noise", "noise: it is no Toit firmware envelope"),
        ("nowhere.envelope", "nowhere.envelope: it cannot be read"),
    ] {
        let told = place.refused(&["-e", from, "--github-api", &hub.url]);
        assert!(told.contains(words), "{words} in {told}");
    }
}
