//! Tests: settings are read strictly, and changed one at a time.

use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;

use super::super::DataDir;
use super::*;
use crate::advice::Advice as _;
use crate::engine::{Discovery, PortRule};

struct Place {
    _folder: tempfile::TempDir,
    file: SettingsFile,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    // The data folder itself is not there yet.
    let data_dir = DataDir::new(Some(folder.path().join("data")));
    Place { _folder: folder, file: SettingsFile::new(&data_dir) }
}

fn with(text: &str) -> Place {
    let place = place();
    std::fs::create_dir_all(place.file.path().parent().unwrap()).unwrap();
    std::fs::write(place.file.path(), text).unwrap();
    place
}

fn text(place: &Place) -> String {
    std::fs::read_to_string(place.file.path()).unwrap()
}

/// An error, without the folder that is another in each run.
fn told(place: &Place, error: &SettingsError) -> String {
    let folder: PathBuf = place.file.path().parent().unwrap().to_owned();
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn without_a_file_the_defaults_count() {
    let loaded = place().file.load().unwrap();
    assert_eq!(loaded, Loaded { settings: Settings::default(), set: Vec::new(), warnings: Vec::new() });
    let config = loaded.settings.engine_config(Discovery::Off, &Wishes::default());
    assert_eq!((config.server.port, config.port), (8000, PortRule::Preferred));
    assert_eq!((config.timing, config.host_address), (crate::engine::Timing::default(), None));
}

#[test]
fn each_setting_is_kept_and_read_again() {
    let place = place();
    let values = [
        "192.168.1.5:80",
        "9000",
        "7",
        "60",
        "200",
        "1000",
        "007",
        "false",
        "5000",
        "/opt/toit",
        "dark",
        "1.5",
        "false",
    ];
    for (key, value) in Key::ALL.into_iter().zip(values) {
        place.file.change(key, Some(value)).unwrap();
    }
    let loaded = place.file.load().unwrap();
    assert_eq!(Key::ALL.map(|key| key.value(&loaded.settings)), values);
    assert_eq!((loaded.set.as_slice(), loaded.warnings.as_slice()), (&Key::ALL[..], &[][..]));
    let written = text(&place);
    for line in [
        "[network]",
        "host-address = \"192.168.1.5:80\"",
        "port = 9000",
        "default-signer = \"007\"",
        "backup-before-flash = false",
        "scale = 1.5",
    ] {
        assert!(written.lines().any(|it| it == line), "{line} in\n{written}");
    }
    place.file.change(Key::Port, None).unwrap();
    assert_eq!(place.file.load().unwrap().settings.port, 8000);
    assert!(!text(&place).contains("port ="), "{}", text(&place));
}

#[test]
fn options_go_before_settings() {
    let place = with("[network]\nhost-address = \"10.0.0.1\"\nport = 9000\n[updates]\nsilence = 20\n");
    let settings = place.file.load().unwrap().settings;
    let config = settings.engine_config(Discovery::Off, &Wishes::default());
    assert_eq!((config.server.port, config.port), (9000, PortRule::Preferred));
    assert_eq!(config.host_address.unwrap().to_string(), "10.0.0.1");
    assert_eq!(config.timing.silence, Duration::from_secs(20));
    let patience = Duration::from_secs(7);
    let wishes = Wishes {
        host_address: Some("10.0.0.2:81".parse().unwrap()),
        port: Some(9001),
        patience: Some(patience),
    };
    let config = settings.engine_config(Discovery::Off, &wishes);
    assert_eq!((config.server.port, config.port), (9001, PortRule::Only));
    assert_eq!(config.host_address, wishes.host_address);
    assert_eq!((config.timing.silence, config.timing.comeback), (patience, patience));
}

#[test]
fn comments_and_what_is_not_known_stay() {
    let before = "# mine\n[network]\nport = 8001 # opened in ufw\nproxy = \"later\"\n\n[cloud]\nx = 1\n";
    let place = with(before);
    place.file.change(Key::Port, Some("8002")).unwrap();
    assert_eq!(text(&place), before.replace("8001", "8002"));
    let warnings = place.file.load().unwrap().warnings.join("\n");
    for part in ["line 4: `network.proxy` is no setting", "line 6: `cloud` is no setting"] {
        assert!(warnings.contains(part), "{part} in {warnings}");
    }
}

#[test]
fn a_broken_file_names_its_line_and_is_left_as_it_is() {
    for (broken, sentence) in [
        ("[network]\nport = = 1\n", "settings.toml, line 2: "),
        (
            "[updates]\n\nparallel = 0\n",
            "settings.toml, line 3: `0` is no value for updates.parallel: it takes ",
        ),
        ("[window]\nscale = [1]\n", "settings.toml, line 2: `[1]` is no value for window.scale"),
        ("\nnetwork = 5\n", "settings.toml, line 2: `network` has to be a section: [network]"),
        (&"#".repeat(70_000), "settings.toml has more than 64 KiB"),
    ] {
        let place = with(broken);
        let error = place.file.load().unwrap_err();
        assert!(told(&place, &error).starts_with(sentence), "{}", told(&place, &error));
        assert!(!error.advice().is_empty());
        let syntax_is_good = matches!(error, SettingsError::Value { .. });
        assert_eq!(place.file.change(Key::Theme, Some("dark")).is_ok(), syntax_is_good, "{broken}");
        assert!(text(&place).starts_with(broken), "{}", text(&place));
    }
}

#[test]
fn a_value_that_cannot_be_is_not_written() {
    let place = place();
    let wrong = [
        (Key::HostAddress, "lamp"),
        (Key::HostAddress, "0.0.0.0"),
        (Key::Port, "0"),
        (Key::Port, "65536"),
        (Key::Parallel, "1001"),
        (Key::Silence, "4"),
        (Key::Probation, "1e9"),
        (Key::DefaultSigner, "../default"),
        (Key::Theme, "pink"),
        (Key::Scale, "NaN"),
        (Key::Notifications, "yes"),
    ];
    for (key, value) in wrong {
        let error = place.file.change(key, Some(value)).unwrap_err();
        assert!(error.to_string().starts_with(&format!("`{value}` is no value for {key}: it takes ")));
        assert!(!place.file.path().exists());
    }
    assert!("nothing".parse::<Key>().is_err());
    for key in Key::ALL {
        assert_eq!((key.name().parse(), key.place().1.parse()), (Ok(key), Ok(key)));
    }
}

#[cfg(unix)]
#[test]
fn the_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = place();
    place.file.change(Key::Theme, Some("dark")).unwrap();
    assert_eq!(place.file.path().metadata().unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn two_who_change_it_at_once_lose_nothing() {
    let place = place();
    std::thread::scope(|scope| {
        for (key, value) in [(Key::Port, "9000"), (Key::Theme, "dark"), (Key::Parallel, "9")] {
            let file = place.file.clone();
            scope.spawn(move || (0..20).for_each(|_| file.change(key, Some(value)).unwrap()));
        }
    });
    assert_eq!(place.file.load().unwrap().set, [Key::Port, Key::Parallel, Key::Theme]);
}

proptest! {
    #[test]
    fn any_file_is_borne(text in "(\\PC|\n|[a-z\\[\\].=\"0-9])*") {
        let place = with(&text);
        if let Ok(loaded) = place.file.load() {
            prop_assert!((1..=1000).contains(&loaded.settings.parallel.get()) && loaded.settings.port > 0);
        }
        let _ = place.file.change(Key::Theme, Some("dark"));
    }
}
