//! The app in a process of its own, killed at a random moment of an update. Afterwards the history must tell the truth,
//! and the next app, with the same data folder, gets the device updated.

use std::io::{Read as _, Write as _};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use skylift::store::{APP_STOPPED, DataDir, Database, LOST, PastUpdate, Recorder, Selection};
use skylift_tests::host::words;
use skylift_tests::wait::until;
use tempfile::TempDir;

use crate::images::Picture;
use crate::judge::{case, kinds};
use crate::live::{app, options, send_again};
use crate::oracle::{Case, Words, Wrong};
use crate::round::{Deed, Sending, Way};
use crate::subject::Subject;
use crate::tally::Update;
use crate::truth::Truth;

/// In the table: the app was killed before its update was in the history.
const NOT_WRITTEN: Words<'static> = ("not yet in the history", "");
/// What the app is to do, in JSON.
const ERRAND: &str = "SKYLIFT_SOAK_ERRAND";
/// Before the words of a verdict that the app prints.
const SAYS: &str = "the verdict is ";
/// The app has stopped in good order.
const CLOSED: &str = "closed";

/// The life of the app that is killed.
pub fn be_the_app() {
    let errand = std::env::var(ERRAND).expect("the soak starts this as a process of its own, to kill it");
    let errand: Value = serde_json::from_str(&errand).unwrap();
    let path = |name: &str| errand[name].as_str().unwrap().to_owned();
    let device: SocketAddr = path("device").parse().unwrap();
    let way = if errand["push"] == true { Way::Push } else { Way::Pull };
    let app = app();
    let recorder = Recorder::start(history(Path::new(&path("home"))), &app.engine).unwrap();
    let job = app.begin_at(device, &std::fs::read(path("image")).unwrap(), options(way));
    let verdict = app.verdict(job).verdict.unwrap();
    let (word, reason) = words(&verdict);
    println!("\n{SAYS}{word} {reason}");
    std::io::stdout().flush().unwrap();
    app.close(recorder).unwrap();
    println!("\n{CLOSED}");
}

fn history(home: &Path) -> Database {
    Database::open(&DataDir::new(Some(home.to_owned()))).unwrap()
}

/// A process that does not outlive its round.
struct App(Child);

impl Drop for App {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// What a process left behind.
struct Left {
    /// It was killed before it had stopped in good order.
    killed: bool,
    /// The words of the verdict that it gave.
    said: Option<(String, String)>,
}

/// An update whose app is killed after so many flash operations; the next app offers the image again.
pub fn live(subject: &mut Subject, sending: Sending, at: u64, way: Way) -> Result<Vec<Update>, Wrong> {
    let home = tempfile::tempdir().unwrap();
    let new = sending.picture();
    subject.begin(sending.way);
    let before = subject.device.flash_operations();
    let mut process = start(&home, subject.device.address(), &new, sending.way);
    until("the app comes that far", || {
        let ended = process.0.try_wait().unwrap().is_some();
        (ended || subject.device.flash_operations() >= before + at).then_some(())
    });
    let left = end(&mut process);
    let truth = subject.truth(&new)?;
    let case = case(subject, &new, None);
    let first = tell(&home, &case, &truth, &left)?;
    let deed = left.killed.then_some(Deed::Kill);
    let words = first.unwrap_or(NOT_WRITTEN);
    let first_update = Update { kinds: kinds(subject, &new, sending.way, deed, &truth), words, twice: None };
    subject.ended(&new, words, &truth);

    let next = app();
    let recorder = Recorder::start(history(home.path()), &next.engine).unwrap();
    let (ended, twice) = send_again(&next, subject, &new, way, &truth)?;
    next.close(recorder).unwrap();
    let rows = rows(&home);
    let expected = usize::from(first.is_some()) + 1;
    if rows.len() != expected || ended_as(&rows[0]) != Some(ended.words) {
        return Err(Wrong::Verdict(format!(
            "the next verdict was {:?}, the history has {rows:?}",
            ended.words
        )));
    }
    Ok(vec![first_update, ended.counted(twice)])
}

fn start(home: &TempDir, device: SocketAddr, new: &Picture, way: Way) -> App {
    let image = home.path().join("ota.bin");
    std::fs::write(&image, &new.bytes).unwrap();
    let errand = json!({ "home": home.path(), "image": image, "device": device, "push": way == Way::Push });
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--ignored", "--exact", "the_app", "--nocapture"]).env(ERRAND, errand.to_string());
    App(command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap())
}

/// Kills it, if it has not ended by itself.
fn end(process: &mut App) -> Left {
    process.0.kill().unwrap();
    process.0.wait().unwrap();
    let mut output = String::new();
    process.0.stdout.take().unwrap().read_to_string(&mut output).unwrap();
    let said = output.lines().find_map(|line| line.strip_prefix(SAYS)?.split_once(' '));
    let said = said.map(|(word, reason)| (word.to_owned(), reason.to_owned()));
    Left { killed: !output.lines().any(|line| line == CLOSED), said }
}

/// What the history tells of the update whose app was killed, once the next app has closed it: the verdict that was
/// given, if it came to that, and else that the app was stopped. `None` if the update had not been written yet.
fn tell(home: &TempDir, case: &Case, truth: &Truth, left: &Left) -> Result<Option<Words<'static>>, Wrong> {
    // Without its host a device stops by itself, for reasons that no verdict had to name; but this must be as it may be.
    case.right(truth)?;
    if let Some((word, reason)) = &left.said {
        case.judge((word, reason), truth)?;
    }
    history(home.path()).close_abandoned(Duration::ZERO).unwrap();
    let rows = rows(home);
    let row = match rows.as_slice() {
        [] if left.said.is_none() => return Ok(None),
        [row] if row.owner.is_none() => row,
        _ => return Err(Wrong::Verdict(format!("after {:?} the history has {rows:?}", left.said))),
    };
    match ended_as(row) {
        Some(words) if words == (LOST, APP_STOPPED) && left.killed => Ok(Some((LOST, APP_STOPPED))),
        Some(words) => {
            case.judge(words, truth)?;
            let given = case.right(truth)?.into_iter().find(|right| *right == words);
            Ok(given)
        }
        None => Err(Wrong::Verdict(format!("nobody is at work on it, and it has no end: {row:?}"))),
    }
}

fn rows(home: &TempDir) -> Vec<PastUpdate> {
    history(home.path()).updates(&Selection::default()).unwrap()
}

fn ended_as(row: &PastUpdate) -> Option<Words<'_>> {
    let end = row.end.as_ref()?;
    Some((&end.verdict, end.reason.as_deref().unwrap_or("")))
}
