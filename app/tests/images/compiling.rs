//! `skylift build` on Cargo projects: the compiler's lines live, its errors, and Ctrl-C.
//!
//! A linker that hands out a ready ELF stands in for a chip's toolchain, which not every machine has.
#![cfg(unix)]

use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::elf::Program;
use crate::program::{Place, expect_words, text};

/// Nothing in these tests takes longer.
const PATIENCE: Duration = Duration::from_secs(120);

/// A project with a program.
pub fn project(place: &Place, name: &str, main: &str) -> String {
    let manifest =
        format!("[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n");
    place.write(&format!("{name}/Cargo.toml"), manifest);
    place.write(&format!("{name}/src/main.rs"), main);
    place.arg(name)
}

/// From now on the project's programs are this ELF.
fn links_to(place: &Place, name: &str, elf: &[u8]) {
    place.write(&format!("{name}/ready.elf"), elf);
    // Build scripts are linked as ever.
    let script = format!(
        "#!/bin/sh\nfor word in \"$@\"; do [ \"$last\" = -o ] && out=$word; last=$word; done\n\
         case $out in *build_script*) exec cc \"$@\";; esac\ncp '{}' \"$out\"\n",
        place.arg(&format!("{name}/ready.elf"))
    );
    let linker = place.write(&format!("{name}/linker.sh"), script);
    std::fs::set_permissions(&linker, std::fs::Permissions::from_mode(0o755)).unwrap();
    let host = host();
    place.write(&format!("{name}/.cargo/config.toml"), format!("[target.{host}]\nlinker = \"{linker}\"\n"));
}

pub fn host() -> String {
    let output = Command::new("rustc").arg("-vV").output().unwrap();
    let host = text(&output.stdout).lines().find_map(|line| line.strip_prefix("host: ")).unwrap();
    host.to_owned()
}

fn compile(place: &Place, arguments: &[&str]) -> Command {
    with_cargos_defaults(place.skylift(&[&["build"], arguments].concat()))
}

/// Whatever runs these tests has set.
pub fn with_cargos_defaults(mut command: Command) -> Command {
    for variable in ["CARGO_TARGET_DIR", "CARGO_BUILD_TARGET_DIR", "CARGO_BUILD_TARGET", "RUSTFLAGS"] {
        command.env_remove(variable);
    }
    command
}

#[test]
fn a_project_is_compiled_and_its_elf_becomes_the_image() {
    let place = Place::new();
    let folder = project(&place, "blinky", "fn main() {}");
    links_to(&place, "blinky", &Program::C3.build());
    for source in [folder.clone(), format!("{folder}/Cargo.toml")] {
        let output = compile(&place, &[&source, "-o", &place.arg("ota.bin")]).output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        expect_words(text(&output.stderr), &["cargo build in", "Finished `release` profile"]);
        expect_words(text(&output.stdout), &["ota.bin: tiny 4.5.6, esp32c3", "with its ELF"]);
        place.done(&["inspect", &place.arg("ota.bin")]);
    }
    // A profile that the user names is taken.
    let output = compile(&place, &[&folder, "--", "--profile", "dev"]).output().unwrap();
    expect_words(text(&output.stderr), &["Finished `dev` profile"]);
}

#[test]
fn the_compilers_words_come_as_it_speaks() {
    let place = Place::new();
    let folder = project(&place, "slow", "fn main() {}");
    links_to(&place, "slow", &Program::C3.build());
    let (reached, go) = (place.arg("reached"), place.arg("go"));
    // The build script says so when it runs, and goes on when the test has heard the line before it.
    place.write("slow/build.rs", format!(
        "fn main() {{ std::fs::write({reached:?}, b\"\").unwrap(); while !std::path::Path::new({go:?}).exists() {{ std::thread::sleep(std::time::Duration::from_millis(5)); }} }}"
    ));
    let mut child = compile(&place, &[&folder]).stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    assert!(lines.any(|line| line.unwrap().contains("Compiling slow")), "the line, before the end");
    assert!(child.try_wait().unwrap().is_none());
    place.write("go", "");
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn what_is_wrong_with_a_project_is_told_with_what_mends_it() {
    let place = Place::new();
    let broken = project(&place, "broken", "fn main() { nonsense }");
    let host_only = project(&place, "hosted", "fn main() {}");
    let several = project(&place, "several", "fn main() {}");
    place.write("several/src/bin/second.rs", "fn main() {}");
    let library = project(&place, "library", "");
    std::fs::rename(place.path("library/src/main.rs"), place.path("library/src/lib.rs")).unwrap();
    let invalid = project(&place, "invalid", "fn main() {}");
    place.write("invalid/Cargo.toml", "[package]\nname = ");
    for (folder, words) in [
        (
            &broken,
            ["cannot find value `nonsense`", "cargo could not compile it", "mend what the compiler names"],
        ),
        (&host_only, ["not for a chip", ".cargo/config.toml", "--chip"]),
        (&several, ["several programs: second, several", "try: ", "--bin NAME"]),
        (&library, ["no program in it", "try: ", "src/main.rs"]),
        (&invalid, ["Cargo.toml", "cargo could not compile it", "try: "]),
    ] {
        let output = compile(&place, &[folder, "-o", &place.arg("ota.bin")]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        expect_words(text(&output.stderr), &words);
        assert!(!place.path("ota.bin").exists() && output.stdout.is_empty());
    }
    let one = compile(&place, &[&several, "--", "--bin", "second"]).output().unwrap();
    expect_words(text(&one.stderr), &["second: this program is made for"]);
    let mut without_cargo = compile(&place, &[&broken]);
    let output = without_cargo.env("PATH", place.path("nowhere")).output().unwrap();
    expect_words(text(&output.stderr), &["cargo cannot be started", "https://rustup.rs"]);
}

#[test]
fn a_missing_target_is_told_with_the_command_that_adds_it() {
    let there = |target: &&str| {
        let output =
            Command::new("rustc").args(["--print", "target-libdir", "--target", target]).output().unwrap();
        std::path::Path::new(text(&output.stdout).trim()).exists()
    };
    let bare =
        ["thumbv6m-none-eabi", "thumbv7m-none-eabi", "riscv32imafc-unknown-none-elf", "x86_64-unknown-none"];
    let target = bare.iter().find(|target| !there(target)).expect("nobody has them all");
    let place = Place::new();
    let folder = project(
        &place,
        "chip",
        "#![no_std]\n#![no_main]\n#[panic_handler]\nfn panic(_: &core::panic::PanicInfo) -> ! { loop {} }",
    );
    place.write("chip/.cargo/config.toml", format!("[build]\ntarget = \"{target}\"\n"));
    let output = compile(&place, &[&folder]).output().unwrap();
    let told = text(&output.stderr);
    expect_words(told, &["can't find crate for `core`", &format!("  try: rustup target add {target}")]);
}

/// Whether a process is there and runs; a dead one may wait for its parent to be noticed.
fn runs(process: &str) -> bool {
    let output = Command::new("ps").args(["-o", "stat=", "-p", process]).output().unwrap();
    !matches!(text(&output.stdout).trim_start().chars().next(), None | Some('Z'))
}

fn until(what: &str, condition: impl Fn() -> bool) {
    let start = Instant::now();
    while !condition() {
        assert!(start.elapsed() < PATIENCE, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn ctrl_c_ends_the_compiler_and_all_it_has_started() {
    for signal in ["-INT", "-TERM"] {
        let place = Place::new();
        let folder = project(&place, "endless", "fn main() {}");
        let note = place.arg("process");
        // A build script that has started a process of its own, as those that call CMake do.
        place.write("endless/build.rs", format!(
            "fn main() {{ let mut child = std::process::Command::new(\"sleep\").arg(\"3600\").spawn().unwrap();\
             std::fs::write({note:?}, format!(\"{{}} {{}} .\", std::process::id(), child.id())).unwrap(); child.wait().unwrap(); }}"
        ));
        let mut skylift = compile(&place, &[&folder, "-o", &place.arg("ota.bin")]);
        let skylift = skylift.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        until("the build script runs", || {
            std::fs::read_to_string(&note).is_ok_and(|note| note.ends_with('.'))
        });
        let note = text(&place.read("process")).to_owned();
        let processes: Vec<&str> = note.split_whitespace().take(2).collect();
        assert!(processes.iter().all(|process| runs(process)));
        let pid = skylift.id().to_string();
        assert!(Command::new("kill").args([signal, &pid]).status().unwrap().success());
        let output = skylift.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        expect_words(text(&output.stderr), &["cancelled; nothing was written"]);
        until("its processes end", || !processes.iter().any(|process| runs(process)));
        assert!(!place.path("ota.bin").exists());
    }
}
