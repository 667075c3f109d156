//! A folder with a data folder, programs, envelopes and SDKs in it, and the command that is run there.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

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

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    /// `skylift envelope build`, started in the folder, on a computer without any SDK.
    pub fn build(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(program());
        command.args(["envelope", "build"]).args(arguments);
        self.settle(&mut command);
        command
    }

    /// Another command of the program.
    pub fn output(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program());
        command.args(arguments);
        self.settle(&mut command);
        command.output().unwrap()
    }

    /// The same, which must succeed.
    pub fn done(&self, arguments: &[&str]) {
        let output = self.output(arguments);
        assert!(output.status.success(), "{output:?}");
    }

    fn settle(&self, command: &mut Command) {
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        command.env("SKYLIFT_HOME", self.path("data")).env("XDG_CACHE_HOME", self.path("cache"));
        // The scripts need a shell and its tools, and find no SDK beside them.
        command.env("PATH", "/usr/bin:/bin");
        for variable in
            ["TOIT_SDK", "SKYLIFT_GITHUB_TOKEN", "SKYLIFT_GITHUB_TOKEN_FILE", "SKYLIFT_GITHUB_API"]
        {
            command.env_remove(variable);
        }
        for variable in ["http_proxy", "https_proxy", "all_proxy"] {
            command.env_remove(variable).env_remove(variable.to_uppercase());
        }
    }

    /// Builds, which must succeed; gives what was said on stdout and stderr.
    #[track_caller]
    pub fn built(&self, arguments: &[&str]) -> Said {
        said(self.build(arguments).output().unwrap(), 0)
    }

    /// Builds, which must fail in words; nothing is written then.
    #[track_caller]
    pub fn refused(&self, arguments: &[&str]) -> String {
        let output = self.build(&[arguments, &["-o", "never.bin"]].concat()).output().unwrap();
        let told = said(output, 1).stderr;
        assert!(told.contains("error: ") && told.contains("  try: ") && !told.contains("panicked"), "{told}");
        assert!(!self.path("never.bin").exists() && !self.path("data/images").exists());
        told
    }
}

/// What a command has said.
pub struct Said {
    pub stdout: String,
    pub stderr: String,
}

#[track_caller]
pub fn said(output: Output, code: i32) -> Said {
    assert_eq!(output.status.code(), Some(code), "{output:?}");
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Said { stdout: text(output.stdout), stderr: text(output.stderr) }
}

#[track_caller]
pub fn same(is: &[u8], wanted: &[u8]) {
    let differs = is.iter().zip(wanted).position(|(is, wanted)| is != wanted);
    assert_eq!((differs, is.len()), (None, wanted.len()), "first difference, length");
}

/// The program of this build: tests are in `deps` beside it.
fn program() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let program = test.parent().unwrap().with_file_name(format!("skylift{}", std::env::consts::EXE_SUFFIX));
    assert!(program.exists(), "{} is not there: cargo build -p skylift", program.display());
    program
}

/// A stand-in for an SDK of a version. What `FILE.toit` compiles to lies beside it as `FILE.toit.snapshot`, and what a
/// snapshot is converted to is `converted.image` in the SDK's folder, or `converted.service` if it speaks of a service.
/// It notes how it was called.
#[cfg(unix)]
pub fn sdk(place: &Place, folder: &str, version: &str) {
    let script = r#"#!/bin/sh
root=$(dirname "$(dirname "$0")")
echo "$*" >> "$root/calls"
case "$1" in
version) echo VERSION; exit;;
compile) [ "$2 $3" = "--snapshot -o" ] || exit 64; out=$4; in=$5;;
tool) [ "$2 $3 $4 $5" = "snapshot-to-image -m32 --format=binary -o" ] || exit 64
  grep -q service "$7" && kind=service || kind=image
  [ -s "$7" ] && cp "$root/converted.$kind" "$6"; exit;;
*) exit 64;;
esac
"#;
    program_of(
        place,
        &format!("{folder}/bin/toit"),
        &[&script.replace("VERSION", version), COMPILE].concat(),
    );
}

/// The same as SDKs were before they had the program `toit`.
#[cfg(unix)]
pub fn old_sdk(place: &Place, folder: &str, version: &str) {
    let script = r#"#!/bin/sh
root=$(dirname "$(dirname "$0")")
echo "$*" >> "$root/calls"
[ "$1" = --version ] && { echo "Toit version: VERSION"; exit; }
[ "$1" = -w ] || exit 64
out=$2; in=$3
"#;
    program_of(
        place,
        &format!("{folder}/bin/toit.compile"),
        &[&script.replace("VERSION", version), COMPILE].concat(),
    );
}

#[cfg(unix)]
const COMPILE: &str = r#"
grep -q mistake "$in" && { echo "$in:1:1: error: a mistake" >&2; exit 1; }
grep -q nothing "$in" && exit 0
grep -q endless "$in" && { echo $$ > "$in.started"; sleep 600 & wait; }
echo "read $in"
cp "$in.snapshot" "$out"
"#;

#[cfg(unix)]
fn program_of(place: &Place, name: &str, script: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let path: &Path = &place.write(name, script);
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
}
