//! `skylift certify`, run as a user or a script runs it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use skylift_protocol::Chip;
use skylift_simulator::demo_image::DemoImage;
use skylift_simulator::layout::{partition_table, table_with};
use tempfile::TempDir;

/// A folder with two images, and a partition table that is small enough to be fast.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("old.bin", &demo("1.0.0").build().unwrap());
        files.write("new.bin", &demo("2.0.0").build().unwrap());
        files.write("table.bin", &partition_table(&table_with(2, 64 << 10)).unwrap());
        files
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// Certifies two of the files on the small table.
    fn certify(&self, old: &str, new: &str, options: &[&str]) -> Output {
        let mut command = self.command(old, new);
        command.arg("--partition-table").arg(self.path("table.bin")).args(options);
        command.output().unwrap()
    }

    /// Lists the certificates that are kept.
    fn history(&self, options: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.args(["history", "certificates"]).args(options).env("SKYLIFT_HOME", self.path("home"));
        command.output().unwrap()
    }

    fn command(&self, old: &str, new: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.arg("certify").arg(self.path(old)).arg(self.path(new));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.env("SKYLIFT_HOME", self.path("home"));
        command
    }
}

fn demo(version: &str) -> DemoImage {
    DemoImage { version: version.into(), size: 9 << 10, ..DemoImage::default() }
}

#[track_caller]
fn stdout(output: &Output, code: i32) -> &str {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    std::str::from_utf8(&output.stdout).unwrap()
}

#[track_caller]
fn object(output: &Output, code: i32) -> Value {
    serde_json::from_str(stdout(output, code)).unwrap()
}

#[test]
fn every_point_survives_and_is_counted() {
    let output = Files::new().certify("old.bin", "new.bin", &["--seed", "42"]);
    let text = stdout(&output, 0);
    let last = text.lines().last().unwrap();
    let (survived, rest) = last.split_once(" of ").unwrap();
    let (points, rest) = rest.split_once(" points survived, seed 42, in ").unwrap();
    assert_eq!(survived, points);
    assert!(points.parse::<usize>().unwrap() > 1000, "{last}");
    assert!(rest.ends_with(" s") || rest.ends_with(" min"), "{last}");
    assert!(text.contains("skylift-demo 1.0.0") && text.contains("skylift-demo 2.0.0"), "{text}");
    assert!(text.contains("NEW was sent raw, compressed, and as a delta"), "{text}");
    // Piped: lines instead of a bar, each with what is left.
    assert!(text.contains(" s left"), "{text}");
    assert!(text.contains(&format!("{points} of {points} points\n")), "{text}");
}

#[test]
fn json_is_one_object_and_the_same_each_time() {
    let files = Files::new();
    let run = || {
        let mut object = object(
            &files.certify("old.bin", "new.bin", &["--bootloader", "rollback", "--json", "--again"]),
            0,
        );
        assert_eq!(object["from_history"], false);
        (object["took_seconds"], object["at"]) = (Value::Null, Value::Null);
        object
    };
    let first = run();
    assert_eq!(first, run());
    assert_eq!(first["holds"], true);
    assert_eq!(first["survived"], first["points"]);
    assert_eq!((&first["bootloader"], &first["seed"]), (&"rollback".into(), &1.into()));
    assert_eq!((&first["chip"], &first["new"]["version"]), (&"esp32c3".into(), &"2.0.0".into()));
}

#[test]
fn a_certificate_is_kept_and_not_made_twice() {
    let files = Files::new();
    assert!(stdout(&files.history(&[]), 0).contains("No certificates yet"));
    let made = object(&files.certify("old.bin", "new.bin", &["--json"]), 0);
    let known = object(&files.certify("old.bin", "new.bin", &["--json"]), 0);
    assert_eq!((&made["from_history"], &known["from_history"]), (&false.into(), &true.into()));
    for field in ["points", "survived", "seed", "old", "new", "table_sha256", "findings", "holds", "at"] {
        assert_eq!(made[field], known[field], "{field}");
    }
    let text = files.certify("old.bin", "new.bin", &[]);
    let text = stdout(&text, 0);
    assert!(text.contains("skylift-demo 1.0.0 to skylift-demo 2.0.0 was proven on 20"), "{text}");
    assert!(text.contains("--again proves it again") && !text.contains(" s left"), "{text}");

    // Whatever is another proof is made.
    for options in [&["--bootloader", "rollback"][..], &["--seed", "7"], &["--again"]] {
        let made = object(&files.certify("old.bin", "new.bin", &[options, &["--json"]].concat()), 0);
        assert_eq!(made["from_history"], false, "{options:?}");
    }
    let rows = files.history(&["--json"]);
    let rows: Vec<Value> = stdout(&rows, 0).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let seeds: Vec<u64> = rows.iter().map(|row| row["seed"].as_u64().unwrap()).collect();
    assert_eq!(seeds, [1, 7, 1, 1]);
    assert_eq!((&rows[2]["bootloader"], &rows[3]["at"]), (&"rollback".into(), &made["at"]));
    assert!(rows.iter().all(|row| row["holds"] == true && row["old"]["version"] == "1.0.0"), "{rows:?}");
    let table = files.history(&["--limit", "1"]);
    let table = stdout(&table, 0);
    assert_eq!(table.lines().count(), 2, "{table}");
    assert!(table.contains("skylift-demo 2.0.0 (") && table.contains("stock"), "{table}");
}

#[test]
fn who_wants_no_history_gets_no_certificate_from_it() {
    let files = Files::new();
    let run = || object(&files.certify("old.bin", "new.bin", &["--json", "--no-history"]), 0);
    assert_eq!((&run()["from_history"], &run()["from_history"]), (&false.into(), &false.into()));
    assert!(!files.path("home").exists());
}

#[test]
fn what_nobody_would_bring_back_is_told() {
    let files = Files::new();
    files.write("foreign.bin", &demo("2.0.0").foreign().unwrap());
    let output = files.certify("old.bin", "foreign.bin", &[]);
    let text = stdout(&output, 0);
    assert!(text.contains("nobody brings OLD back"), "{text}");
}

#[test]
fn what_cannot_be_tried_is_an_error() {
    let files = Files::new();
    let other = DemoImage { chip: Chip::Esp32S3, ..demo("2.0.0") };
    files.write("s3.bin", &other.build().unwrap());
    files.write("text.bin", b"hello");
    files.write("large.bin", &DemoImage { size: 128 << 10, ..demo("2.0.0") }.build().unwrap());
    for (new, sentence) in [
        ("s3.bin", "OLD is for the esp32c3, NEW for the esp32s3"),
        ("old.bin", "OLD and NEW are the same image"),
        ("text.bin", "text.bin: it is"),
        ("nowhere.bin", "nowhere.bin: it cannot be read"),
        ("large.bin", "the smallest slot of this partition table"),
    ] {
        let output = files.certify("old.bin", new, &[]);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(text.contains(sentence) && text.contains("try: "), "{text}");
    }
    files.write("table.bin", b"# Name, Type, SubType, Offset, Size");
    let output = files.certify("old.bin", "new.bin", &[]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("no binary partition table"));
}

#[test]
fn wrong_usage_is_2() {
    let output = Files::new().certify("old.bin", "new.bin", &["--bootloader", "none"]);
    assert_eq!(output.status.code(), Some(2));
}

/// Ctrl-C ends a proof that would take much longer.
#[cfg(unix)]
#[test]
fn ctrl_c_cancels() {
    use std::io::{BufRead as _, BufReader, Read as _};

    let files = Files::new();
    files.write("big.bin", &DemoImage { size: 1 << 20, ..demo("3.0.0") }.build().unwrap());
    files.write("bigger.bin", &DemoImage { size: (1 << 20) + 64, ..demo("3.0.1") }.build().unwrap());
    let mut child = files.command("big.bin", "bigger.bin").spawn().unwrap();
    // Its opening line: what there is to cancel has begun.
    let mut line = String::new();
    let mut stdout = BufReader::new(child.stdout.take().unwrap());
    stdout.read_line(&mut line).unwrap();
    assert!(line.contains("seed 1"), "{line}");
    let sent = Command::new("kill").arg("-INT").arg(child.id().to_string()).status().unwrap();
    assert!(sent.success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    let mut error = String::new();
    child.stderr.take().unwrap().read_to_string(&mut error).unwrap();
    assert!(error.contains("cancelled"), "{error}");
}
