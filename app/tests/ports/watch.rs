//! Ports that come, go, are opened and closed, and who is told of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::Duration;

use skylift::usb::ports::{Behind, Port, Seen, State, Watch};
use tempfile::TempDir;

/// Far longer than anything here takes.
const LONG: Duration = Duration::from_secs(60);

/// A folder that is watched as `/dev` is, and what is told.
struct Folder {
    folder: TempDir,
    told: Receiver<Vec<Seen>>,
    looked: Receiver<()>,
    watch: Watch,
}

impl Folder {
    fn watched() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (tell, told) = channel();
        let (look, looked) = channel();
        let path = folder.path().to_owned();
        let eyes = move || {
            let _ = look.send(());
            ports(&path)
        };
        let watch = Watch::over(folder.path(), eyes, move |seen| drop(tell.send(seen))).unwrap();
        Self { folder, told, looked, watch }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn told(&self) -> Vec<(String, State)> {
        let seen = self.told.recv_timeout(LONG).expect("it tells");
        let name = |port: &Port| port.path().rsplit('/').next().unwrap().to_owned();
        seen.iter().map(|seen| (name(&seen.port), seen.state.clone())).collect()
    }

    fn looked(&self) {
        self.looked.recv_timeout(LONG).expect("it looks");
    }
}

/// Files called as ports are, with the states that they really have.
fn ports(folder: &Path) -> Vec<Seen> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut paths: Vec<_> = entries.filter(|path| path.to_string_lossy().contains("ttyACM")).collect();
    paths.sort();
    let seen = |path: PathBuf| {
        let port = Port::new(path.to_str().unwrap(), Behind::Unknown);
        Seen { state: State::of(&port), port }
    };
    paths.into_iter().map(seen).collect()
}

fn ready(name: &str) -> (String, State) {
    (name.to_owned(), State::Ready)
}

#[test]
fn ports_that_come_and_go_are_told() {
    let folder = Folder::watched();
    assert_eq!(folder.told(), []);
    fs::write(folder.path("ttyACM0"), "").unwrap();
    assert_eq!(folder.told(), [ready("ttyACM0")]);
    fs::write(folder.path("ttyACM1"), "").unwrap();
    assert_eq!(folder.told(), [ready("ttyACM0"), ready("ttyACM1")]);
    fs::remove_file(folder.path("ttyACM0")).unwrap();
    assert_eq!(folder.told(), [ready("ttyACM1")]);
}

#[test]
fn a_port_that_a_program_opens_and_closes_is_told() {
    let folder = Folder::watched();
    assert_eq!(folder.told(), []);
    fs::write(folder.path("ttyACM0"), "").unwrap();
    assert_eq!(folder.told(), [ready("ttyACM0")]);
    let held = fs::File::open(folder.path("ttyACM0")).unwrap();
    let told = folder.told();
    assert!(
        matches!(told.as_slice(), [(_, State::InUse { by: Some(holder) })] if holder.is_us()),
        "{told:?}"
    );
    drop(held);
    assert_eq!(folder.told(), [ready("ttyACM0")]);
}

#[test]
fn a_look_that_finds_nothing_new_is_not_told() {
    let folder = Folder::watched();
    assert_eq!(folder.told(), []);
    folder.looked();
    // A port as far as the kernel tells, and none of those that are looked for.
    fs::write(folder.path("ttyS0"), "").unwrap();
    folder.looked();
    fs::write(folder.path("ttyACM0"), "").unwrap();
    assert_eq!(folder.told(), [ready("ttyACM0")]);
}

#[test]
fn a_watch_that_is_dropped_ends() {
    let Folder { told, watch, .. } = Folder::watched();
    drop(watch);
    let end = std::iter::repeat_with(|| told.recv_timeout(LONG)).find_map(Result::err);
    assert_eq!(end, Some(RecvTimeoutError::Disconnected));
}
