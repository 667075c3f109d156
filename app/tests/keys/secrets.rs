//! After a whole session, no secret is anywhere but where it belongs: not in what was printed, not in the history, not in
//! a bundle, not in the arguments of any process.

use std::io::Read as _;
use std::path::Path;
use std::process::Stdio;

use skylift::store::KeyStore;
use skylift_protocol::{Network, Networks, Pairing, Password, bounded};
use skylift_simulator::Device;
use skylift_simulator::air::{AccessPoint, Air};

use crate::home::*;
use crate::program::skylift;
use crate::secret::{Secret, clean, forms, holds};
use crate::support::*;

const DEN: &str = "zebra-den-password";
const ATTIC: &str = "zebra-attic-password";
const PASSPHRASE: &str = "quokka passphrase of the export";

/// What a command let be seen.
struct Seen {
    what: String,
    code: Option<i32>,
    /// What every user of the computer can see of its process.
    arguments: Vec<u8>,
    printed: Vec<u8>,
}

/// Runs the program to its end.
async fn run(home: &Home, arguments: &[&str]) -> Seen {
    let data = home.data();
    let mut command = skylift(&[arguments, &["--verbose", "--data-dir", &data][..]].concat());
    command.env_remove("SKYLIFT_NO_HISTORY").stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let shown = format!("/proc/{}/cmdline", child.id().unwrap());
    let mut seen = Vec::new();
    // They are not there from the first moment on, and a process that has ended shows none.
    while seen.is_empty() && child.try_wait().unwrap().is_none() {
        seen = std::fs::read(&shown).unwrap_or_default();
    }
    let output = soon(child.wait_with_output()).await.unwrap();
    let what = format!("skylift {} ({:?})", arguments.join(" "), output.status.code());
    let printed = [output.stdout, output.stderr].concat();
    Seen { what, code: output.status.code(), arguments: seen, printed }
}

fn files_in(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_in(&path) } else { vec![path] }).collect()
}

fn unzipped(path: &Path) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::fs::File::open(path).unwrap()).unwrap();
    let mut all = Vec::new();
    for at in 0..archive.len() {
        archive.by_index(at).unwrap().read_to_end(&mut all).unwrap();
    }
    all
}

/// A paired device on `den`, with `attic` in the air.
async fn in_the_air(home: &Home) -> Device {
    let (id, key) = (fresh_id(), KeyStore::random().unwrap());
    home.keys().put(&id, &key, false).unwrap();
    let mut config = device_config(&id, Pairing::Paired(key));
    let factory = config.flash.factory().expect("one that is flashed");
    let den = Network { ssid: bounded("den"), password: Password::new(DEN).unwrap() };
    factory.provisioning.networks = Networks::new().with_first(den);
    config.air = Some(Air::new(vec![AccessPoint::new("den", DEN), AccessPoint::new("attic", ATTIC)]));
    let device = Device::start(config).unwrap();
    until_it_listens(&device).await;
    device
}

fn file(home: &Home, name: &str, bytes: &[u8]) -> String {
    std::fs::write(home.path(name), bytes).unwrap();
    home.path(name).display().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_secret_is_where_it_does_not_belong() {
    use std::os::unix::fs::PermissionsExt as _;
    let (home, other) = (Home::new(), Home::new());
    let device = in_the_air(&home).await;
    let address = &device.address().to_string();
    let image = &file(&home, "ota.bin", &demo("2.0.0").build().unwrap());
    let signed = &home.path("signed.bin").display().to_string();
    let attic = &file(&home, "attic.txt", ATTIC.as_bytes());
    let passphrase = &file(&home, "passphrase.txt", PASSPHRASE.as_bytes());
    let wrong = &file(&home, "wrong.txt", b"not the passphrase at all");
    let exported = &home.path("keys.age").display().to_string();
    let bundle = &home.path("bundle.zip").display().to_string();

    let mut seen = Vec::new();
    let session: &[(&Home, Vec<&str>)] = &[
        (&home, vec!["keys", "new-signer"]),
        (&home, vec!["keys", "signers", "--json"]),
        (&home, vec!["sign", image, "-o", signed]),
        (&home, vec!["status", address]),
        (&home, vec!["status", address, "--json"]),
        (&home, vec!["update", image, address, "--json"]),
        (&home, vec!["log", address]),
        (&home, vec!["rename", address, "cellar"]),
        (&home, vec!["wifi", address, "--ssid", "attic", "--password-file", attic, "--yes"]),
        (&home, vec!["wifi", address, "--ssid", "attic", "--password-file", passphrase, "--yes", "--json"]),
        (&home, vec!["devices", "--all", "--json", "--wait", "0.1"]),
        (&home, vec!["keys"]),
        (&home, vec!["keys", "--json"]),
        (&home, vec!["keys", "export", exported, "--passphrase-file", passphrase]),
        (&home, vec!["keys", "export", exported, "--passphrase-file", passphrase]),
        (&other, vec!["status", address]),
        (&other, vec!["update", image, address]),
        (&other, vec!["keys", "import", exported, "--passphrase-file", wrong]),
        (&other, vec!["keys", "import", exported, "--passphrase-file", passphrase, "--json"]),
        (&other, vec!["reboot", address]),
        (&home, vec!["history", "--json"]),
        (&home, vec!["history", "show", "1"]),
        (&home, vec!["history", "bundle", "1", "-o", bundle]),
    ];
    for (home, arguments) in session {
        seen.push(run(home, arguments).await);
    }
    // The session was one: what should work did.
    for word in ["sign", "update", "rename", "wifi", "export", "import", "bundle"] {
        let done = |seen: &Seen| seen.what.contains(word) && seen.code == Some(0);
        let ends =
            seen.iter().map(|seen| format!("{}: {}", seen.what, String::from_utf8_lossy(&seen.printed)));
        assert!(seen.iter().any(done), "{word}: {}", ends.collect::<Vec<_>>().join("\n"));
    }
    // Processes were looked at while they ran.
    assert!(seen.iter().any(|seen| holds(&seen.arguments, b"--password-file\0")));

    let key = key_of(&home, &device);
    let pem = std::fs::read_to_string(files_in(&home.path("data/signers")).pop().unwrap()).unwrap();
    let mut secrets = forms("the pairing key", key.reveal());
    for (name, text) in [("a WiFi password", "zebra-"), ("the passphrase", "quokka passphrase")] {
        secrets.push(Secret(name, text.into()));
    }
    let lines = pem.lines().filter(|line| !line.starts_with("-----") && line.len() > 20);
    secrets.extend(lines.map(|line| Secret("the signer's private key", line.as_bytes().to_vec())));

    for Seen { what, arguments, printed, .. } in &seen {
        clean(what, printed, &secrets);
        clean(&format!("the arguments of {what}"), arguments, &secrets);
    }
    for (folder, path) in [&home, &other]
        .into_iter()
        .flat_map(|home| files_in(Path::new(&home.data())).into_iter().map(move |path| (home.data(), path)))
    {
        let bytes = std::fs::read(&path).unwrap();
        let inside = path.strip_prefix(&folder).unwrap().display().to_string();
        if inside.starts_with("keys/") {
            assert!(holds(&bytes, key.reveal()), "the search finds what is there: {inside}");
        } else if inside.starts_with("signers/") {
            assert!(holds(&bytes, &secrets.last().unwrap().1), "{inside}");
        } else {
            clean(&inside, &bytes, &secrets);
        }
        let mode = path.metadata().unwrap().permissions().mode() & 0o777;
        if inside.starts_with("keys/") || inside.starts_with("signers/") || inside.contains("history") {
            assert_eq!(mode, 0o600, "{inside}");
        }
    }
    clean("the exported file", &std::fs::read(exported).unwrap(), &secrets);
    clean("the bundle", &unzipped(Path::new(bundle)), &secrets);
    for (path, mode) in
        [(Path::new(exported), 0o600), (&home.path("data"), 0o700), (&home.path("data/keys"), 0o700)]
    {
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, mode, "{}", path.display());
    }
}
