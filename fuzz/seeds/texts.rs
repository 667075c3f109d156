//! Files that Skylift keeps.

use skylift::image::source::{NetSource, TrackedSource};
use skylift::store::{
    DataDir, Key, LastEnd, LastRollout, SettingsFile, SourceList, WaitingDevice, WaitingList,
};
use skylift_protocol::Digest;

use super::Seeds;

pub fn add(seeds: &mut Seeds<'_>) {
    let folder = tempfile::tempdir().expect("a folder");
    let data = DataDir::new(Some(folder.path().to_owned()));
    settings(seeds, &data);
    let waiting = WaitingList::new(&data);
    for (target, id) in [("lamp", Some("sky-01")), ("192.168.1.7:80", None)] {
        let device = WaitingDevice {
            target: target.to_owned(),
            id: id.map(str::to_owned),
            file_sha256: Digest([7; 32]),
            image: "lamp 1.2.0".to_owned(),
            manual: true,
            allow_unguarded: false,
            allow_other_project: true,
            trust: None,
            encoding: None,
        };
        waiting.add(device).expect("a list");
    }
    let end = |verdict: &str| LastEnd { target: "lamp".to_owned(), id: None, verdict: verdict.to_owned() };
    let last = LastRollout { devices: vec![end("rolled_back"), end("validated")] };
    last.save(&data).expect("a rollout");
    let sources = SourceList::new(&data);
    for (source, asset) in [("acme/lamp@v1", Some("*c3.bin")), ("https://example.com/ota.bin?key=x", None)] {
        let source: NetSource = source.parse().expect("a source");
        let asset = asset.map(|text| text.parse().expect("a pattern"));
        let mut tracked = TrackedSource::new(source, asset);
        tracked.looked = Some(std::time::UNIX_EPOCH);
        tracked.problem = Some("it is offline".to_owned());
        sources.add(tracked).expect("a list");
    }
    for (kind, name) in [(0, "waiting.json"), (1, "last-rollout.json"), (2, "tracked-sources.json")] {
        seeds.add("kept", &[kind], std::fs::read(folder.path().join(name)).expect("a file"));
    }
}

fn settings(seeds: &mut Seeds<'_>, data: &DataDir) {
    let file = SettingsFile::new(data);
    for (key, value) in [
        (Key::HostAddress, "192.168.1.5:8000"),
        (Key::Port, "8001"),
        (Key::Silence, "20"),
        (Key::Theme, "dark"),
        (Key::Scale, "1.5"),
        (Key::Notifications, "false"),
    ] {
        file.change(key, Some(value)).expect("a setting");
        let text = std::fs::read(file.path()).expect("a file");
        seeds.add("settings", &[key as u8], &text);
    }
    for text in [
        "# mine\n[network]\nport = 8001 # fixed\nnew = [1]\n",
        "network.port = 1\n",
        "network = {}\n",
        "[window]\nscale = 3.5\n",
    ] {
        seeds.add("settings", &[1], text);
    }
}
