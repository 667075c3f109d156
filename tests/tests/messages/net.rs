//! Images on the net that do not come, or not as they should.

use serde_json::json;
use skylift::image::source::{Fetcher, NetSource, Pattern, SourceError, Token};
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::image;

use crate::files::Place;
use crate::hub::{Hub, Reply, Seen};
use crate::table::Line;

/// A release with these assets; the first has another digest than it says.
fn release(seen: &Seen, names: &[&str]) -> Reply {
    let host = seen.header("host").unwrap();
    let asset = |name: &&str| {
        let url = format!("http://{host}/{name}");
        json!({ "name": name, "url": url, "browser_download_url": url, "size": 1,
                "digest": format!("sha256:{}", "0".repeat(64)) })
    };
    let assets: Vec<_> = names.iter().map(asset).collect();
    Reply::ok(json!({ "tag_name": "v2", "draft": false, "assets": assets }).to_string())
}

fn answer(seen: &Seen) -> Reply {
    match seen.path.as_str() {
        "/cut.bin" => Reply { cut_short: true, ..Reply::ok(vec![0xE9; 1000]) },
        "/round" => Reply::to("/round"),
        "/private.bin" => Reply::status(403),
        "/busy.bin" => Reply::status(429),
        "/broken.bin" => Reply::status(500),
        "/page" => Reply::ok("<!doctype html>"),
        "/huge.bin" => Reply { without_length: true, ..Reply::ok(vec![0; 20 << 20]) },
        "/lamp.bin" => Reply::ok(image("2.0.0", Behaviour::Healthy)),
        "/repos/acme/lamp/releases/latest" => release(seen, &["lamp.bin"]),
        "/repos/acme/pair/releases/latest" => release(seen, &["c3.bin", "s3.bin"]),
        "/repos/acme/odd/releases/latest" => Reply::ok("[]"),
        _ => Reply::status(404),
    }
}

pub fn sources() -> Vec<Line> {
    let (place, hub) = (Place::new(), Hub::start(answer));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let fetch = |source: &str, asset: Option<&str>| {
        let fetcher = Fetcher::new(&place.data(), &hub.url, None)?;
        let source: NetSource = source.parse()?;
        let asset = asset.map(|asset| asset.parse::<Pattern>().unwrap());
        runtime.block_on(fetcher.fetch(&source, asset.as_ref(), |_| ()))
    };
    let of = |symptom, source: &str, asset| match fetch(source, asset).unwrap_err() {
        SourceError::NotAnImage(error) => {
            let skylift::image::Flaw::WrongFile(kind) = &error.flaw else { panic!("{error}") };
            Line::within(symptom, &error, kind)
        }
        error => match &error {
            SourceError::Refused { refusal, .. } => Line::within(symptom, &error, refusal),
            _ => Line::of(symptom, &error),
        },
    };
    let at = |path: &str| format!("{}{path}", hub.url);
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let lines = vec![
        of("It is neither URL nor project", "not a source", None),
        of("The URL is not https", "http://example.com/ota.bin", None),
        of("There is a password in the URL", "https://me:secret@example.com/ota.bin", None),
        of("The server cannot be reached", &format!("http://{closed}/ota.bin"), None),
        of("The connection breaks", &at("/cut.bin"), None),
        of("The address leads in a circle", &at("/round"), None),
        of("There is nothing at the address", &at("/gone.bin"), None),
        of("The file is private", &at("/private.bin"), None),
        of("There were too many requests", &at("/busy.bin"), None),
        of("The server is broken", &at("/broken.bin"), None),
        of("A page comes in place of the image", &at("/page"), None),
        of("The file is too large", &at("/huge.bin"), None),
        of("The project has no release", "acme/none", None),
        of("The release's description is damaged", "acme/odd", None),
        of("The release has no such file", "acme/lamp", Some("*.s3.bin")),
        of("The release has several images", "acme/pair", None),
        of("The file is not what the release says", "acme/lamp", None),
        Line::of("The file with the token is missing", &Token::read(&place.path("token")).unwrap_err()),
    ];
    place.settle(lines)
}
