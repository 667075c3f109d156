//! `skylift build` chooses target, features and toolchain of a Cargo project by looking, and says what it chose.
//!
//! Toolchains that answer like rustc, and a cargo that notes what it is told, stand in for those of a computer.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;

use crate::elf::Program;
use crate::program::{Place, expect_words, text};

const IMC: &str = "riscv32imc-unknown-none-elf";
const IMAC: &str = "riscv32imac-unknown-none-elf";

/// What a toolchain has.
#[derive(Clone, Copy)]
struct Has {
    /// The core libraries of these targets.
    targets: &'static [&'static str],
    source: bool,
    linker: bool,
}

const NOTHING: Has = Has { targets: &[], source: false, linker: false };
/// What rustup installs.
const RUSTUPS: Has = Has { linker: true, ..NOTHING };
/// What a distribution installs.
const DISTRIBUTIONS: Has = Has { source: true, ..NOTHING };

/// A computer with a project, and with nothing in `PATH` but what is installed here.
struct Computer {
    place: Place,
    path: Vec<String>,
}

impl Computer {
    fn new(manifest: &str, config: &str) -> Self {
        let place = Place::new();
        place.write("lamp/Cargo.toml", format!("[package]\nname = \"lamp\"\n{manifest}"));
        place.write("lamp/.cargo/config.toml", config);
        place.write("ready.elf", Program::C3.build());
        Self { place, path: Vec::new() }
    }

    /// Installs a toolchain behind those that are there.
    fn with(mut self, name: &str, has: Has) -> Self {
        let sysroot = self.place.arg(&format!("{name}-sysroot"));
        for target in has.targets {
            self.place.write(&format!("{name}-sysroot/lib/rustlib/{target}/lib/libcore-1.rlib"), "");
        }
        if has.source {
            self.place.write(&format!("{name}-sysroot/lib/rustlib/src/rust/library/core/Cargo.toml"), "");
        }
        if has.linker {
            self.place.write(&format!("{name}-sysroot/lib/rustlib/host/bin/rust-lld"), "");
        }
        self.program(name, "rustc", &format!(
            "case $1 in --version) echo 'rustc 1.96.0 (abc 2026-05-25)';; *) echo {sysroot}; echo {sysroot}/lib/rustlib/$6/lib;; esac"
        ));
        let note = self.place.arg("note");
        let artifact = format!(
            r#"{{"reason":"compiler-artifact","target":{{"name":"lamp","kind":["bin"]}},"executable":"{}"}}"#,
            self.place.arg("ready.elf")
        );
        self.program(name, "cargo", &format!(
            "echo {name} \"$@\" bootstrap=$RUSTC_BOOTSTRAP rustc=$RUSTC linker=$CARGO_TARGET_RISCV32IMC_UNKNOWN_NONE_ELF_LINKER. > {note}\n\
             echo '{artifact}'"
        ));
        self.path.push(self.place.arg(name));
        self
    }

    fn with_rustup(mut self) -> Self {
        self.program("home", "rustup", "exit 1");
        self.path.push(self.place.arg("home"));
        self
    }

    fn program(&self, folder: &str, name: &str, script: &str) {
        let path = self.place.write(&format!("{folder}/{name}"), format!("#!/bin/sh\n{script}\n"));
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755)).unwrap();
    }

    /// Builds; gives the exit code and what is said.
    fn build(&self, arguments: &[&str]) -> (Option<i32>, String) {
        let mut command = self.place.skylift(&[&["build", &self.place.arg("lamp")], arguments].concat());
        for variable in ["CARGO", "RUSTC", "CARGO_BUILD_TARGET"] {
            command.env_remove(variable);
        }
        command.env("PATH", self.path.join(":")).env("CARGO_HOME", self.place.path("cargo"));
        let output = command.output().unwrap();
        (output.status.code(), text(&output.stderr).to_owned())
    }

    /// Builds; gives what cargo was told, and what is said.
    #[track_caller]
    fn built(&self, arguments: &[&str]) -> (String, String) {
        let (code, said) = self.build(arguments);
        assert_eq!(code, Some(0), "{said}");
        (text(&self.place.read("note")).to_owned(), said)
    }
}

fn for_c3() -> Computer {
    Computer::new("", &format!("[build]\ntarget = \"{IMC}\""))
}

#[test]
fn a_toolchain_with_the_target_is_taken_as_it_is() {
    let computer = for_c3().with("own", Has { targets: &[IMC], source: true, linker: true });
    let (told, said) = computer.with("system", DISTRIBUTIONS).built(&[]);
    assert_eq!(
        told,
        "own build --message-format=json-render-diagnostics --release bootstrap= rustc= linker=.\n"
    );
    expect_words(&said, &[&format!("  for {IMC}, by rustc 1.96.0, which has its core library\n")]);
}

#[test]
fn without_the_target_the_projects_own_toolchain_compiles_its_source() {
    let computer = for_c3().with("own", Has { source: true, ..RUSTUPS }).with("system", DISTRIBUTIONS);
    let (told, said) = computer.built(&[]);
    expect_words(&told, &["own build", "-Zbuild-std=core,alloc", "bootstrap=1 rustc= linker=."]);
    expect_words(&said, &["by rustc 1.96.0, which compiles its core library too"]);
}

#[test]
fn a_distributions_toolchain_compiles_its_source_and_borrows_a_linker() {
    let computer = for_c3().with("own", RUSTUPS).with("system", DISTRIBUTIONS);
    let (told, said) = computer.built(&[]);
    let place = |name: &str| computer.place.arg(name);
    expect_words(
        &told,
        &[
            "system build",
            "-Zbuild-std=core,alloc",
            &format!(
                "bootstrap=1 rustc={} linker={}.",
                place("system/rustc"),
                place("own-sysroot/lib/rustlib/host/bin/rust-lld")
            ),
        ],
    );
    let folder = place("system");
    expect_words(&said, &[&format!("by rustc 1.96.0 in {folder}, which compiles its core library too")]);
    // A distribution's own linker does as well, and so does one that the project names.
    let computer = for_c3().with("own", NOTHING).with("system", DISTRIBUTIONS);
    assert_eq!(computer.build(&[]).0, Some(1));
    computer.program("system", "ld.lld", "");
    expect_words(&computer.built(&[]).0, &[&format!("linker={}.", computer.place.arg("system/ld.lld"))]);
    let config = format!("[build]\ntarget = \"{IMC}\"\n[target.{IMC}]\nlinker = \"mine\"");
    let computer = Computer::new("", &config).with("system", DISTRIBUTIONS);
    expect_words(&computer.built(&[]).0, &["system build -", "bootstrap=1 rustc= linker=."]);
}

#[test]
fn where_nothing_can_compile_the_command_that_mends_it_is_told() {
    let (code, said) = for_c3().with("own", RUSTUPS).with_rustup().build(&[]);
    assert_eq!(code, Some(1));
    expect_words(
        &said,
        &[
            "no Rust toolchain of this computer can compile for riscv32imc",
            &format!("  try: rustup target add {IMC}\n"),
        ],
    );
    let (_, said) = for_c3().build(&[]);
    expect_words(&said, &["https://rustup.rs, then: rustup target add"]);
}

#[test]
fn the_chip_chooses_target_and_feature() {
    let features = "[features]\ndefault = [\"esp32c3\", \"log\"]\nlog = []\nesp32c3 = []\nesp32c6 = []";
    let has = Has { targets: &[IMC, IMAC], ..RUSTUPS };
    let computer = Computer::new(features, &format!("[build]\ntarget = \"{IMC}\"")).with("own", has);
    let (told, _) = computer.built(&["--chip", "esp32c3", "--bin", "lamp", "--", "--locked"]);
    expect_words(&told, &["json-render-diagnostics --release --bin lamp --locked bootstrap= "]);
    // The stand-in's program is for another chip; what it was told is the matter here.
    let (_, said) = computer.build(&["--chip", "esp32c6", "--example", "blink"]);
    let chosen = "--no-default-features --features esp32c6,log";
    expect_words(
        &said,
        &[&format!("  for {IMAC}, {chosen}, by rustc"), "for the esp32c3, not for the esp32c6"],
    );
    let told = text(&computer.place.read("note")).to_owned();
    expect_words(&told, &[&format!("--target {IMAC} {chosen} --release --example blink ")]);
    let (code, said) = computer.build(&["--chip", "esp32h2"]);
    assert_eq!(code, Some(1));
    expect_words(
        &said,
        &["not made for the esp32h2: its features know esp32c3, esp32c6", "  try: name the chip"],
    );
}

#[test]
fn a_project_that_knows_better_is_left_alone() {
    let config = format!("[build]\ntarget = \"{IMC}\"\n[unstable]\nbuild-std = [\"core\"]");
    let (told, said) = Computer::new("", &config).with("own", NOTHING).built(&[]);
    expect_words(&told, &["own build --message-format=json-render-diagnostics --release bootstrap= "]);
    assert!(!said.contains("  for "), "{said}");
    // Xtensa has a toolchain of its own, which a project asks for.
    let computer = Computer::new("", "").with("own", NOTHING);
    let (_, said) = computer.build(&["--chip", "esp32s3"]);
    expect_words(&said, &["  for xtensa-esp32s3-none-elf\n"]);
    expect_words(
        text(&computer.place.read("note")),
        &["--target xtensa-esp32s3-none-elf --release bootstrap= "],
    );
}
