//! The program in a folder of its own, kept apart from whatever the user who runs the tests has.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use skylift_simulator::demo_image::DemoImage;
use tempfile::TempDir;

/// A folder with a data folder in it.
pub struct Place {
    folder: TempDir,
}

impl Place {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap() }
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// The path as an argument.
    pub fn arg(&self, name: &str) -> String {
        self.path(name).to_str().unwrap().to_owned()
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
        self.arg(name)
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    pub fn skylift(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
        command.arg("--data-dir").arg(self.path("data")).args(arguments).stdin(Stdio::null());
        for variable in ["http_proxy", "https_proxy", "all_proxy", "GITHUB_TOKEN"] {
            command.env_remove(variable).env_remove(variable.to_uppercase());
        }
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        self.skylift(arguments).output().expect("the program starts")
    }

    /// Runs a command that must succeed; gives what it prints.
    #[track_caller]
    pub fn done(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        text(&output.stdout).to_owned()
    }

    /// Runs a command that must fail; gives what it says about it.
    #[track_caller]
    pub fn failed(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stderr).to_owned();
        assert!(told.contains("error: ") && told.contains("  try: "), "{told}");
        told
    }

    /// What the library lists.
    #[track_caller]
    pub fn images(&self) -> Vec<Value> {
        json_lines(&self.done(&["images", "--json"]))
    }
}

pub fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("text")
}

pub fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).expect("a JSON object a line")).collect()
}

/// An image of 64 KiB.
pub fn demo(version: &str) -> Vec<u8> {
    DemoImage { version: version.to_owned(), size: 64 << 10, ..DemoImage::default() }.build().unwrap()
}

/// Every one of these words is in the text.
#[track_caller]
pub fn expect_words(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "no {word:?} in {text}");
    }
}
