//! `skylift fetch-image`: URLs and releases, against a server that plays GitHub and one that does not play fair.

use std::process::Command;

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::hub::{Hub, Reply, Seen};
use crate::program::{Place, demo, expect_words, text};

fn fetch(place: &Place, hub: &Hub, arguments: &[&str]) -> Command {
    let mut command = place.skylift(&[&["fetch-image", "--github-api", &hub.url], arguments].concat());
    command.env_remove("SKYLIFT_GITHUB_TOKEN").env_remove("SKYLIFT_GITHUB_TOKEN_FILE");
    command
}

#[track_caller]
fn fetched(place: &Place, hub: &Hub, arguments: &[&str]) -> String {
    let output = fetch(place, hub, arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    text(&output.stdout).to_owned()
}

#[track_caller]
fn refused(place: &Place, hub: &Hub, arguments: &[&str], words: &[&str]) {
    let output = fetch(place, hub, &[arguments, &["-o", &place.arg("never.bin")]].concat()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    expect_words(text(&output.stderr), &[&["error: ", "  try: "], words].concat());
    assert!(!place.path("never.bin").exists() && place.images().is_empty());
}

fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A release as the API describes it, with the assets at the same server.
fn release(seen: &Seen, tag: &str, assets: &[(&str, Option<String>)]) -> Reply {
    let host = seen.header("host").unwrap();
    let asset = |(name, digest): &(&str, Option<String>)| {
        json!({
            "name": name,
            "url": format!("http://{host}/assets/{name}"),
            "browser_download_url": format!("http://{host}/download/{name}"),
            "digest": digest,
            "size": 1,
        })
    };
    let assets: Vec<Value> = assets.iter().map(asset).collect();
    Reply::ok(json!({ "tag_name": tag, "draft": false, "assets": assets }).to_string())
}

#[test]
fn an_image_is_fetched_from_a_url_and_not_again_while_it_is_the_same() {
    let place = Place::new();
    let hub = Hub::start(|seen| match seen.path.as_str() {
        "/ota.bin?key=secret" => Reply::ok(demo("1.0.0")).tagged(seen, "\"one\""),
        _ => Reply::status(404),
    });
    let url = format!("{}/ota.bin?key=secret", hub.url);
    let told = fetched(&place, &hub, &[&url, "-o", &place.arg("ota.bin")]);
    expect_words(&told, &["ota.bin: skylift-demo 1.0.0, esp32c3", "fetched from", "in the library as"]);
    assert_eq!(place.read("ota.bin"), demo("1.0.0"));
    let told = fetched(&place, &hub, &[&url, "-o", &place.arg("again.bin")]);
    expect_words(&told, &["again.bin: skylift-demo 1.0.0", "known already"]);
    assert_eq!(place.read("again.bin"), demo("1.0.0"));
    let seen = hub.take_seen();
    let etags: Vec<_> = seen.iter().map(|seen| seen.header("if-none-match")).collect();
    assert_eq!(etags, [None, Some("\"one\"")]);
    // A key in a URL is neither told nor kept.
    assert!(!told.contains("secret") && !place.images()[0]["source"].as_str().unwrap().contains("secret"));
    // What was forgotten is fetched in full.
    place.done(&["images", "forget", "1.0.0"]);
    expect_words(&fetched(&place, &hub, &[&url]), &["fetched from"]);
    assert_eq!(hub.take_seen()[0].header("if-none-match"), None);
}

#[test]
fn the_asset_of_the_latest_release_is_fetched() {
    let place = Place::new();
    let hub = Hub::start(|seen| match seen.path.as_str() {
        "/repos/acme/lamp/releases/latest" => {
            release(seen, "v2.0.0", &[("lamp-c3.bin", None), ("lamp.elf", None)]).tagged(seen, "\"r2\"")
        }
        "/repos/acme/lamp/releases/tags/v1%2Fold" => release(seen, "v1/old", &[("lamp-c3.bin", None)]),
        // As GitHub does: assets lie elsewhere.
        "/download/lamp-c3.bin" => Reply::to("/storage/lamp"),
        "/storage/lamp" => Reply::ok(demo("2.0.0")).tagged(seen, "\"a2\""),
        _ => Reply::status(404),
    });
    let told: Value = serde_json::from_str(&fetched(&place, &hub, &["acme/lamp", "--json"])).unwrap();
    assert_eq!((&told["version"], &told["file_sha256"]), (&"2.0.0".into(), &sha256(&demo("2.0.0")).into()));
    let paths: Vec<String> = hub.take_seen().into_iter().map(|seen| seen.path).collect();
    assert_eq!(paths, ["/repos/acme/lamp/releases/latest", "/download/lamp-c3.bin", "/storage/lamp"]);
    // Again: nothing has changed, and both are asked with what is remembered.
    expect_words(&fetched(&place, &hub, &["acme/lamp"]), &["known already", "release v2.0.0"]);
    let etags: Vec<_> =
        hub.take_seen().iter().map(|seen| seen.header("if-none-match").map(str::to_owned)).collect();
    assert_eq!(etags, [Some("\"r2\"".to_owned()), Some("\"a2\"".to_owned()), Some("\"a2\"".to_owned())]);
    expect_words(&fetched(&place, &hub, &["acme/lamp@v1/old"]), &["release v1/old"]);
}

#[test]
fn a_release_that_names_its_digests_is_believed_only_so_far() {
    let place = Place::new();
    let hub = Hub::start(|seen| match seen.path.as_str() {
        "/repos/acme/good/releases/latest" => {
            release(seen, "v1", &[("a.bin", Some(format!("sha256:{}", sha256(&demo("1.0.0")))))])
        }
        "/repos/acme/bad/releases/latest" => {
            release(seen, "v1", &[("a.bin", Some(format!("sha256:{}", sha256(b"other"))))])
        }
        _ => Reply::ok(demo("1.0.0")),
    });
    refused(&place, &hub, &["acme/bad"], &["another SHA-256 than the release says"]);
    fetched(&place, &hub, &["acme/good"]);
    hub.take_seen();
    // The digest is in the library: no byte of the image is fetched again.
    expect_words(&fetched(&place, &hub, &["acme/good", "-o", &place.arg("ota.bin")]), &["known already"]);
    assert_eq!(hub.take_seen().len(), 1);
    assert_eq!(place.read("ota.bin"), demo("1.0.0"));
}

#[test]
fn the_asset_is_chosen_by_its_pattern() {
    let place = Place::new();
    let hub = Hub::start(|seen| match seen.path.as_str() {
        "/repos/acme/lamp/releases/latest" => {
            release(seen, "v1", &[("lamp-c3.bin", None), ("lamp-s3.bin", None), ("notes.txt", None)])
        }
        "/repos/acme/bare/releases/latest" => release(seen, "v1", &[]),
        "/download/lamp-s3.bin" => Reply::ok(demo("3.0.0")),
        _ => Reply::status(500),
    });
    refused(
        &place,
        &hub,
        &["acme/lamp"],
        &["several assets like *.bin", "lamp-c3.bin", "lamp-s3.bin", "--asset"],
    );
    refused(&place, &hub, &["acme/lamp", "--asset", "*.hex"], &["no asset like *.hex", "notes.txt"]);
    refused(&place, &hub, &["acme/bare"], &["no asset like *.bin; it has none"]);
    expect_words(&fetched(&place, &hub, &["acme/lamp", "--asset", "*s3*"]), &["3.0.0"]);
}

#[test]
fn the_token_goes_to_the_api_and_nowhere_else() {
    let place = Place::new();
    // Where assets lie: another origin.
    let storage = Hub::start(|_| Reply::ok(demo("1.0.0")));
    let target = format!("{}/blob", storage.url.replace("127.0.0.1", "localhost"));
    let elsewhere = format!("{}/foreign.bin", storage.url);
    let hub = Hub::start(move |seen| {
        match seen.path.as_str() {
        "/repos/acme/secret/releases/latest" if seen.header("authorization").is_none() => Reply::status(404),
        "/repos/acme/secret/releases/latest" => release(seen, "v1", &[("a.bin", None)]).tagged(seen, "\"s\""),
        "/repos/acme/odd/releases/latest" => Reply::ok(
            json!({"tag_name": "v1", "assets": [{"name": "a.bin", "url": elsewhere, "browser_download_url": elsewhere}]}).to_string(),
        ),
        "/assets/a.bin" => Reply::to(&target),
        _ => Reply::status(404),
    }
    });
    refused(
        &place,
        &hub,
        &["acme/secret"],
        &["acme/secret: there is no release, or the project is not public", "SKYLIFT_GITHUB_TOKEN"],
    );
    let file = place.write("token", "tok-123\n");
    let by_variable =
        |command: &mut Command| command.env("SKYLIFT_GITHUB_TOKEN", "tok-123").output().unwrap();
    let output = by_variable(&mut fetch(&place, &hub, &["acme/secret"]));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    fetched(&place, &hub, &["acme/secret", "--token-file", &file]);
    fetched(&place, &hub, &["acme/odd", "--token-file", &file]);
    let seen = hub.take_seen();
    let with: Vec<&Seen> =
        seen.iter().filter(|seen| seen.header("authorization") == Some("Bearer tok-123")).collect();
    // All but the first, which had none.
    assert_eq!(with.len(), seen.len() - 1);
    assert!(storage.take_seen().iter().all(|seen| seen.header("authorization").is_none()));
    // Nothing of it stays behind.
    for kept in place.path("data/sources").read_dir().unwrap() {
        assert!(!std::fs::read_to_string(kept.unwrap().path()).unwrap().contains("tok-123"));
    }
    let empty = place.write("empty", " \n");
    let output = fetch(&place, &hub, &["acme/secret", "--token-file", &empty]).output().unwrap();
    expect_words(text(&output.stderr), &["empty: no token can be read", "try: "]);
}

#[test]
fn what_servers_refuse_is_told_in_words() {
    let place = Place::new();
    let hub = Hub::start(|seen| {
        let in_an_hour =
            std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs() + 1790;
        let message = |text: &str| json!({ "message": text }).to_string().into_bytes();
        match seen.path.as_str() {
            "/repos/rate/limit/releases/latest" => Reply {
                status: 403,
                headers: vec![
                    ("x-ratelimit-remaining", "0".into()),
                    ("x-ratelimit-reset", in_an_hour.to_string()),
                ],
                body: message("API rate limit exceeded for 192.0.2.1."),
                ..Reply::default()
            },
            "/repos/rate/again/releases/latest" => {
                Reply { headers: vec![("retry-after", "60".into())], ..Reply::status(429) }
            }
            "/repos/bad/token/releases/latest" => {
                Reply { body: message("Bad \u{1b}[2J credentials"), ..Reply::status(401) }
            }
            "/repos/not/json/releases/latest" => Reply::ok("<html>"),
            "/broken" => Reply { cut_short: true, ..Reply::ok(demo("1.0.0")) },
            "/round" => Reply::to("/round"),
            "/page" => Reply::ok("<!doctype html><title>Sign in</title>"),
            "/outside" => Reply::to("http://192.0.2.1/ota.bin"),
            "/file" => Reply::to("file:///etc/passwd"),
            "/error" => Reply::status(503),
            "/pointless" => Reply::status(304),
            "/damaged" => {
                let mut image = demo("1.0.0");
                image[9000] ^= 1;
                Reply::ok(image)
            }
            _ => Reply::status(404),
        }
    });
    let url = |path: &str| format!("{}{path}", hub.url);
    for (source, words) in [
        (
            "rate/limit".to_owned(),
            &["takes no more requests from here for 30 min", "SKYLIFT_GITHUB_TOKEN"] as &[&str],
        ),
        ("rate/again".to_owned(), &["takes no more requests from here for 1 min"]),
        ("bad/token".to_owned(), &["does not allow it: \"Bad \\u{1b}[2J credentials\"", "check the token"]),
        ("not/json".to_owned(), &["the answer is not understood"]),
        ("no/where".to_owned(), &["no/where: there is no release"]),
        ("no/where@v9".to_owned(), &["no/where: there is no release \"v9\""]),
        (url("/broken"), &["broke off after", "try again"]),
        (url("/round"), &["sends us on and on"]),
        (url("/outside"), &["a place that is not https"]),
        (url("/file"), &["a place that is not https"]),
        (url("/page"), &["/page: it is a page of HTML"]),
        (url("/damaged"), &["/damaged: it is no image a device would boot", "damaged"]),
        (url("/error"), &["answers with status 503"]),
        (url("/pointless"), &["the answer is not understood"]),
        (url("/missing"), &["there is nothing at this address"]),
        ("http://192.0.2.1/ota.bin".to_owned(), &["https is expected"]),
        ("https://me:pw@example.com/ota.bin".to_owned(), &["a user or a password"]),
        ("lamp".to_owned(), &["\"lamp\" is no source", "acme/lamp"]),
    ] {
        refused(&place, &hub, &[&source], words);
    }
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    refused(&place, &hub, &[&format!("http://{closed}/ota.bin")], &["cannot be reached", "refused"]);
}

#[test]
fn too_much_is_not_taken_whether_it_is_announced_or_not() {
    let place = Place::new();
    let hub = Hub::start(|seen| {
        let body = vec![0xE9; (16 << 20) + 1];
        Reply { without_length: seen.path == "/endless", ..Reply::ok(body) }
    });
    for path in ["/announced", "/endless"] {
        refused(&place, &hub, &[&format!("{}{path}", hub.url)], &["larger than 16 MiB"]);
    }
}

#[test]
fn a_memory_that_is_damaged_costs_a_download_and_no_more() {
    let place = Place::new();
    let hub = Hub::start(|seen| Reply::ok(demo("1.0.0")).tagged(seen, "\"one\""));
    let url = format!("{}/ota.bin", hub.url);
    fetched(&place, &hub, &[&url]);
    for file in place.path("data/sources").read_dir().unwrap() {
        std::fs::write(file.unwrap().path(), "{ half").unwrap();
    }
    expect_words(&fetched(&place, &hub, &[&url]), &["fetched from"]);
    expect_words(&fetched(&place, &hub, &[&url]), &["known already"]);
}

/// Real TLS, against a server that nobody here wrote: OpenSSL's.
#[cfg(target_os = "linux")]
#[test]
fn https_is_spoken_with_servers_whose_certificate_is_trusted() {
    let openssl = |arguments: &str| Command::new("openssl").args(arguments.split(' ')).output();
    if openssl("version").is_err() {
        println!("SKIPPED: openssl is not installed");
        assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: openssl");
        return;
    }
    let place = Place::new();
    place.write("ota.bin", demo("1.0.0"));
    place.write("ext", "subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n");
    let [ca, ca_key, key, csr, cert, ext] =
        ["ca", "ca.key", "key", "csr", "cert", "ext"].map(|name| place.arg(name));
    for arguments in [
        format!(
            "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=tests -keyout {ca_key} -out {ca}"
        ),
        format!(
            "req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=localhost -keyout {key} -out {csr}"
        ),
        format!(
            "x509 -req -in {csr} -CA {ca} -CAkey {ca_key} -CAcreateserial -days 1 -extfile {ext} -out {cert}"
        ),
    ] {
        let output = openssl(&arguments).unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let hub = Hub::start(|_| Reply::status(404));
    let server = TlsServer::start(&place, &cert, &key);
    let url = format!("https://localhost:{}/ota.bin", server.port);
    let trusting = |file: &str| {
        fetch(&place, &hub, &[&url]).env("SSL_CERT_FILE", file).env_remove("SSL_CERT_DIR").output().unwrap()
    };
    let output = trusting(&ca);
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    expect_words(text(&output.stdout), &["skylift-demo 1.0.0", "fetched from https://localhost"]);
    place.done(&["images", "forget", "1.0.0"]);
    let other = place.arg("other");
    openssl(&format!("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=other -keyout {ca_key} -out {other}")).unwrap();
    let output = trusting(&other);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    expect_words(text(&output.stderr), &["cannot be reached", "certificate"]);
}

#[cfg(target_os = "linux")]
struct TlsServer {
    child: std::process::Child,
    port: u16,
}

#[cfg(target_os = "linux")]
impl TlsServer {
    /// Serves the place's files.
    fn start(place: &Place, cert: &str, key: &str) -> Self {
        use std::io::BufRead as _;
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "localhost:0", "-WWW", "-cert", cert, "-key", key]);
        let mut child = command
            .current_dir(place.path(""))
            .stdin(std::process::Stdio::piped())
            .stdout(std::process::Stdio::piped())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines();
        // "ACCEPT 127.0.0.1:40123"
        let accept = lines.map_while(Result::ok).find(|line| line.starts_with("ACCEPT ")).unwrap();
        let port = accept.rsplit(':').next().unwrap().trim().parse().unwrap();
        Self { child, port }
    }
}

#[cfg(target_os = "linux")]
impl Drop for TlsServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
