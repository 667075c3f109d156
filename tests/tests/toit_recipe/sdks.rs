//! Which SDK compiles: the chosen one, `TOIT_SDK`, `PATH`, what Jaguar has; and always that of the envelope's version.

use std::process::Command;

use skylift_tests::toit::body::Chip;
use skylift_tests::toit::envelope::{Envelope, SDK};

use crate::place::{Place, old_sdk, said, sdk};
use crate::programs::with_functions;

const OTHER: &str = "v2.0.0-alpha.189";

fn place() -> Place {
    let place = Place::new();
    place.write("esp32.envelope", Envelope::new(Chip::Esp32).to_bytes());
    place.write("lamp.toit", "main: print 1");
    place.write("lamp.toit.snapshot", with_functions("lamp", &[]));
    place
}

/// The SDK that a command says it compiles with.
#[track_caller]
fn compiled_with(place: &Place, command: &mut Command) -> String {
    let told = said(command.output().unwrap(), 0).stderr;
    let line = told.lines().find(|line| line.starts_with("compiling lamp with ")).unwrap();
    let program = line.split_once('(').unwrap().1.trim_end_matches(')');
    let folder = place.path("").canonicalize().unwrap();
    let program = std::path::Path::new(program).canonicalize().unwrap();
    program.strip_prefix(folder).unwrap().display().to_string()
}

#[test]
fn the_first_of_the_envelopes_version_is_taken() {
    let place = place();
    let arguments = ["-e", "esp32.envelope", "lamp.toit"];
    let build = || {
        let mut command = place.build(&arguments);
        let path =
            std::env::join_paths([place.path("elsewhere/bin"), "/usr/bin".into(), "/bin".into()]).unwrap();
        command.env("PATH", path).env("TOIT_SDK", place.path("named"));
        command
    };
    let told = place.refused(&arguments);
    assert!(
        told.contains("no Toit SDK was found") && told.contains("https://github.com/toitlang/toit"),
        "{told}"
    );
    sdk(&place, "cache/jaguar/v1.62.0/sdk", SDK);
    sdk(&place, "cache/jaguar/v1.40.0/sdk", OTHER);
    assert_eq!(compiled_with(&place, &mut build()), "cache/jaguar/v1.62.0/sdk/bin/toit");
    // Others are passed over, even where they come first.
    old_sdk(&place, "elsewhere", OTHER);
    assert_eq!(compiled_with(&place, &mut build()), "cache/jaguar/v1.62.0/sdk/bin/toit");
    old_sdk(&place, "elsewhere", SDK);
    assert_eq!(compiled_with(&place, &mut build()), "elsewhere/bin/toit.compile");
    sdk(&place, "named", SDK);
    assert_eq!(compiled_with(&place, &mut build()), "named/bin/toit");
    sdk(&place, "set", SDK);
    place.done(&["settings", "set", "toit.sdk", place.path("set").to_str().unwrap()]);
    assert_eq!(compiled_with(&place, &mut build()), "set/bin/toit");
    sdk(&place, "chosen", SDK);
    assert_eq!(compiled_with(&place, build().args(["--sdk", "chosen"])), "chosen/bin/toit");
}

#[test]
fn an_sdk_of_another_version_is_said() {
    let place = place();
    sdk(&place, "toit", OTHER);
    place.write("empty/bin/readme", "no program");
    place.write("broken/bin/toit", "no program");
    let arguments = ["-e", "esp32.envelope", "lamp.toit"];
    let with = |more: &[&str]| place.refused(&[&arguments, more].concat());
    let told = with(&["--sdk", "toit"]);
    assert!(told.contains(&format!("the envelope is of the SDK {SDK}, and here is {OTHER}")), "{told}");
    for folder in ["empty", "broken", "nowhere"] {
        let told = with(&["--sdk", folder]);
        assert!(told.contains(&format!("{folder}: there is no Toit SDK that can be run")), "{told}");
    }
    // What needs no compiler needs no SDK.
    place.built(&["-e", "esp32.envelope", "lamp.toit.snapshot", "--sdk", "nowhere"]);
}

#[test]
fn names_are_never_options_and_no_shell_reads_them() {
    let place = place();
    sdk(&place, "toit", SDK);
    let name = "-o; touch pwned $(touch pwned).toit";
    place.write(name, "main: print 1");
    place.write(&format!("{name}.snapshot"), with_functions("lamp", &[]));
    place.built(&[
        "-e",
        "esp32.envelope",
        "--sdk",
        "toit",
        "--container",
        &format!("lamp={name}"),
        "-o",
        "ota.bin",
    ]);
    assert!(!place.path("pwned").exists());
    let calls = String::from_utf8(place.read("toit/calls")).unwrap();
    let compiled = calls.lines().find(|line| line.starts_with("compile ")).unwrap();
    assert!(compiled.ends_with(&format!("/{name}")), "{calls}");
}
