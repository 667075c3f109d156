//! `skylift provision` and `skylift networks`, as a user calls them.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use skylift_provisioning::Provisioning;
use skylift_simulator::air::{AccessPoint, Air};
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::serial::{Board, BoardConfig};
use skylift_simulator::{FactoryFlash, FlashSource};
use tempfile::TempDir;

const DEN: &str = "open sesame den";

/// A user with a board on the cable, and the network `den` around it.
struct User {
    home: TempDir,
    board: Board,
}

impl User {
    fn new() -> Self {
        let image = DemoImage { size: 64 << 10, ..DemoImage::default() }.build().unwrap();
        let factory = FactoryFlash::new(image, Provisioning::default());
        let mut config = BoardConfig::new(FlashSource::Factory(factory));
        config.device.air =
            Some(Air::new(vec![AccessPoint::new("den", DEN), AccessPoint::new("guests", "")]));
        Self { home: tempfile::tempdir().unwrap(), board: Board::plug_in(config).unwrap() }
    }

    fn skylift(&self, arguments: &[&str], input: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        // A port of mDNS that nobody speaks on: what is around this computer is not the test's business.
        command.args(arguments).env("SKYLIFT_HOME", self.home.path()).env("SKYLIFT_MDNS_PORT", "45353");
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut program = command.spawn().unwrap();
        // Who needs no password does not read it.
        let _ = program.stdin.take().unwrap().write_all(input.as_bytes());
        program.wait_with_output().unwrap()
    }

    /// `provision` with these options, after somebody has put the board into download mode.
    fn provision(&self, options: &[&str], input: &str) -> Output {
        self.board.hold_boot_and_reset();
        let (path, address) = (self.board.path(), self.board.device_address().to_string());
        let port = ["provision", "--port", path.to_str().unwrap(), "--address", &address];
        self.skylift(&[&port, options].concat(), input)
    }
}

#[track_caller]
fn printed(output: &Output, code: i32) -> String {
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}\n{err}");
    out.into_owned()
}

/// Nothing under a folder but these files has this in it.
fn only_in(folder: &Path, secret: &[u8], files: &[&str]) {
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        if entry.path().is_dir() {
            only_in(&entry.path(), secret, files);
        } else if !files.contains(&entry.file_name().to_str().unwrap()) {
            let bytes = std::fs::read(entry.path()).unwrap();
            assert!(!bytes.windows(secret.len()).any(|it| it == secret), "{:?}", entry.path());
        }
    }
}

#[test]
fn a_board_is_set_up_its_password_corrected_and_its_network_remembered() {
    let user = User::new();
    let refused = user
        .provision(&["--name", "porch lamp", "--wifi", "den", "--password-file", "-"], "not its password\n");
    let text = printed(&refused, 1);
    assert!(text.contains("porch lamp is not on the network: den did not accept the password"), "{text}");
    assert!(text.contains("try: give it the right password by cable: `skylift provision"), "{text}");
    assert_eq!(printed(&user.skylift(&["networks", "--json"], ""), 0), "", "what is wrong is not remembered");

    let right = user.provision(&["--wifi", "den", "--password-file", "-"], &format!("{DEN}\n"));
    let text = printed(&right, 0);
    let address = user.board.device_address();
    assert!(text.contains(&format!("porch lamp is on the network as {address}, paired")), "{text}");

    // The next time nobody is asked.
    let again = user.provision(&["--wifi", "den", "--json"], "");
    let json: Value = serde_json::from_str(&printed(&again, 0)).unwrap();
    assert_eq!((&json["device"], &json["written"]), (&user.board.id().into(), &false.into()));
    assert_eq!(
        (&json["contact"]["end"], &json["contact"]["paired"]),
        (&"on_the_network".into(), &true.into())
    );
    let listed: Value =
        serde_json::from_str(&printed(&user.skylift(&["networks", "--json"], ""), 0)).unwrap();
    assert_eq!((&listed["ssid"], &listed["open"]), (&"den".into(), &false.into()));

    let key = std::fs::read(user.home.path().join(format!("keys/{}.key", user.board.id()))).unwrap();
    let hex: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    for output in [&refused, &right, &again] {
        let said = [output.stdout.as_slice(), &output.stderr].concat();
        for secret in [DEN.as_bytes(), b"not its password", &key, hex.as_bytes()] {
            assert!(!said.windows(secret.len()).any(|it| it == secret), "a secret was printed");
        }
    }
    only_in(user.home.path(), DEN.as_bytes(), &["networks.json"]);
    only_in(user.home.path(), &key, &[&format!("{}.key", user.board.id())]);

    let forgotten = printed(&user.skylift(&["networks", "forget", "den"], ""), 0);
    assert_eq!(forgotten, "den and its password are forgotten.\n");
    let nobody = user.provision(&["--wifi", "den"], "");
    printed(&nobody, 1);
    let said = String::from_utf8_lossy(&nobody.stderr);
    assert!(said.contains("nobody can be asked here for the password of den"), "{said}");
}

#[test]
fn what_is_not_watched_or_not_paired_is_said() {
    let user = User::new();
    let text = printed(&user.provision(&["--no-pair"], ""), 0);
    assert!(
        text.contains("WiFi      no network") && text.contains("It will be on no network until it knows one"),
        "{text}"
    );
    assert!(text.contains("pairing   none: anybody on its network can give it orders"), "{text}");
    let open = printed(&user.provision(&["--no-pair", "--wifi", "guests", "--open"], ""), 0);
    assert!(open.contains(", not paired"), "{open}");
    assert!(printed(&user.skylift(&["networks"], ""), 0).contains("guests   none"));
    let usage = user.provision(&["--re-pair", "--no-pair"], "");
    printed(&usage, 2);
    let nothing = user.skylift(&["networks", "forget", "attic"], "");
    printed(&nothing, 1);
}
