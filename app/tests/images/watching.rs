//! `skylift update SOURCE DEVICE --watch`: real saves, real builds, and the real device code that validates them.
#![cfg(unix)]

use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

use serde_json::Value;
use skylift_simulator::Device;
use skylift_simulator::demo_image::MarkerKind;

use crate::compiling::{host, project, with_cargos_defaults};
use crate::elf::Program;
use crate::program::{Place, Running, demo, expect_words};
use crate::simulated::{device, status};

fn watch(place: &Place, source: &str, device: &Device, more: &[&str]) -> Running {
    let at = device.address().to_string();
    let arguments = [&["update", source, &at, "--watch", "--json", "--port", "0"], more].concat();
    let mut command = with_cargos_defaults(place.skylift(&arguments));
    command.stderr(Stdio::null());
    Running::start(command)
}

/// What came of the next round; its number counts up, so that none is passed over.
#[track_caller]
fn round(running: &Running, number: u64) -> Value {
    let line: Value = serde_json::from_str(&running.line_with("\"round\"")).unwrap();
    assert_eq!(line["round"]["number"], number, "{line}");
    line["round"].clone()
}

#[track_caller]
fn is_validated(round: &Value) {
    assert_eq!(round["summary"]["validated"], 1, "{round}");
    assert!(round["sent_bytes"].as_u64().unwrap() > 0 && round["sent_seconds"].is_f64(), "{round}");
}

#[track_caller]
fn runs(place: &Place, device: &Device, version: &str) {
    let status = status(place, device);
    let found = (&status["running"]["version"], &status["validation"]["state"]);
    assert_eq!(found, (&version.into(), &"valid".into()));
}

fn guarded(version: &'static str) -> Vec<u8> {
    Program { version, guard: Some(MarkerKind::Real), ..Program::C3 }.build()
}

/// A project whose programs are those ELFs of the place that `// build N` in its main.rs names.
fn project_of_builds(place: &Place) -> String {
    let folder = project(place, "blinky", &main_rs("1", ""));
    for (number, version) in [("1", "1.0.0"), ("2", "2.0.0")] {
        place.write(&format!("elf-{number}"), guarded(version));
    }
    let script = format!(
        "#!/bin/sh\nfor word in \"$@\"; do [ \"$last\" = -o ] && out=$word; last=$word; done\n\
         case $out in *build_script*) exec cc \"$@\";; esac\n\
         cp '{}'-$(sed -n 's|^// build ||p' '{folder}/src/main.rs') \"$out\"\n",
        place.arg("elf")
    );
    let linker = place.write("linker.sh", script);
    std::fs::set_permissions(&linker, std::fs::Permissions::from_mode(0o755)).unwrap();
    place.write("blinky/.cargo/config.toml", format!("[target.{}]\nlinker = \"{linker}\"\n", host()));
    folder
}

fn main_rs(build: &str, body: &str) -> String {
    format!("// build {build}\nfn main() {{ {body} }}\n")
}

/// A device that runs an image of the same project.
fn device_of_project(place: &Place) -> Device {
    let source = place.write("first.elf", guarded("0.9.0"));
    place.done(&["build", &source, "-o", &place.arg("first.bin")]);
    place.done(&["images", "forget", "0.9.0"]);
    device(place.read("first.bin"))
}

#[test]
fn each_save_is_built_and_validated_and_an_error_in_between_ends_nothing() {
    let place = Place::new();
    let folder = project_of_builds(&place);
    let device = device_of_project(&place);
    let running = watch(&place, &folder, &device, &[]);
    is_validated(&round(&running, 1));
    runs(&place, &device, "1.0.0");

    place.write("blinky/src/main.rs", main_rs("2", "nonsense"));
    let failed = round(&running, 2);
    expect_words(failed["build_error"].as_str().unwrap(), &["cargo could not compile it"]);
    runs(&place, &device, "1.0.0");

    // Many files are one save.
    for n in 0..40 {
        place.write(&format!("blinky/src/bin_data/{n}.txt"), format!("{n}"));
    }
    place.write("blinky/src/main.rs", main_rs("2", ""));
    is_validated(&round(&running, 3));
    runs(&place, &device, "2.0.0");

    // Another source, and the same image.
    place.write("blinky/src/main.rs", main_rs("2", "let _: u8 = 1;"));
    let same = round(&running, 4);
    assert_eq!((&same["summary"]["already"], &same["sent_bytes"]), (&1.into(), &0.into()), "{same}");
    // Of all these builds the library keeps the one that runs, with its ELF.
    let images = place.images();
    assert_eq!((images.len(), &images[0]["version"]), (1, &"2.0.0".into()), "{images:?}");
    assert!(images[0]["elf"].is_string());
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn what_the_compiler_reads_outside_of_the_project_is_watched_too() {
    let place = Place::new();
    let folder = project_of_builds(&place);
    place.write("shared/part.rs", "pub const PART: u8 = 1;");
    let with_part = |number: &str| {
        format!(
            "// build {number}\n#[path = \"{}\"] mod part;\nfn main() {{ let _ = part::PART; }}\n",
            place.arg("shared/part.rs")
        )
    };
    place.write("blinky/src/main.rs", with_part("1"));
    let device = device_of_project(&place);
    let running = watch(&place, &folder, &device, &[]);
    is_validated(&round(&running, 1));
    place.write("shared/part.rs", "pub const PART: u8 = ;");
    assert!(round(&running, 2)["build_error"].is_string());
    place.write("shared/part.rs", "pub const PART: u8 = 2;");
    assert_eq!(round(&running, 3)["summary"]["already"], 1);
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn an_image_that_a_build_writes_anew_is_sent() {
    let place = Place::new();
    let image = place.write("out/ota.bin", demo("2.0.0"));
    let device = device(demo("1.0.0"));
    let running = watch(&place, &image, &device, &[]);
    is_validated(&round(&running, 1));
    // Half an image is told, and mended by the next save.
    place.write("out/ota.bin", &demo("2.1.0")[..5000]);
    expect_words(round(&running, 2)["build_error"].as_str().unwrap(), &["ota.bin"]);
    // As most build systems do it: another file takes its place, in a folder that is made anew.
    std::fs::remove_dir_all(place.path("out")).unwrap();
    expect_words(round(&running, 3)["build_error"].as_str().unwrap(), &["cannot be read"]);
    let written = place.write("out/ota.bin.new", demo("2.1.0"));
    std::fs::rename(written, &image).unwrap();
    is_validated(&round(&running, 4));
    runs(&place, &device, "2.1.0");
    // The same bytes again are no save: the next round is that of other bytes.
    place.write("out/ota.bin", demo("2.1.0"));
    place.write("out/other.bin", demo("9.0.0"));
    place.write("out/ota.bin", demo("2.2.0"));
    is_validated(&round(&running, 5));
    runs(&place, &device, "2.2.0");
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn an_elf_is_made_into_an_image_after_every_save() {
    let place = Place::new();
    let source = place.write("firmware.elf", guarded("1.0.0"));
    let device = device_of_project(&place);
    let running = watch(&place, &source, &device, &[]);
    is_validated(&round(&running, 1));
    place.write("firmware.elf", guarded("2.0.0"));
    is_validated(&round(&running, 2));
    runs(&place, &device, "2.0.0");
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn build_folders_are_watched_for_what_a_build_leaves_in_them() {
    let place = Place::new();
    place.write("pio/platformio.ini", "[env:c3]");
    place.write("pio/.pio/build/c3/firmware.bin", demo("2.0.0"));
    place.write("idf/CMakeLists.txt", "");
    place.write("idf/build/project_description.json", r#"{"app_elf":"a.elf","app_bin":"a.bin"}"#);
    place.write("idf/build/a.bin", demo("2.0.0"));
    for (source, image) in [("pio", "pio/.pio/build/c3/firmware.bin"), ("idf", "idf/build/a.bin")] {
        let device = device(demo("1.0.0"));
        let running = watch(&place, &place.arg(source), &device, &[]);
        is_validated(&round(&running, 1));
        place.write(image, demo("3.0.0"));
        is_validated(&round(&running, 2));
        runs(&place, &device, "3.0.0");
        assert_eq!(running.interrupt(), Some(0));
    }
}

#[test]
fn a_build_that_writes_into_its_own_sources_comes_to_an_end() {
    let place = Place::new();
    let folder = project_of_builds(&place);
    place.write(
        "blinky/build.rs",
        "fn main() { let now = std::time::SystemTime::now(); std::fs::write(\"src/built.txt\", format!(\"{now:?}\")).unwrap(); \
         while std::fs::metadata(\"../slow\").is_ok() && now.elapsed().unwrap().as_millis() < 600 {} }",
    );
    // Each build lasts longer than a save takes to settle: it would be begun anew for ever.
    place.write("slow", "");
    let device = device_of_project(&place);
    let running = watch(&place, &folder, &device, &[]);
    is_validated(&round(&running, 1));
    assert_eq!(running.interrupt(), Some(0));
}

#[test]
fn what_cannot_be_watched_is_told_at_once() {
    let place = Place::new();
    place.write("pio/platformio.ini", "[env:c3]");
    place.write("idf/CMakeLists.txt", "");
    let image = place.write("ota.bin", demo("1.0.0"));
    for (arguments, words) in [
        (&["missing.bin"] as &[&str], ["cannot be read", "check the path"]),
        (&["pio"], ["it is not there yet", "build it once"]),
        (&["idf"], ["it is not there yet", "build it once"]),
    ] {
        let source = place.arg(arguments[0]);
        expect_words(&place.failed(&["update", &source, "127.0.0.1:1", "--watch"]), &words);
    }
    let with_cargo = ["update", &image, "127.0.0.1:1", "--watch", "--", "--features", "x"];
    expect_words(&place.failed(&with_cargo), &["this is no Cargo project"]);
    for wrong in [&["--watch", "--when-back"] as &[&str], &["--chip", "esp32c3"], &["--", "--bin", "x"]] {
        let arguments = [&["update", &image, "127.0.0.1:1"], wrong].concat();
        assert_eq!(place.run(&arguments).status.code(), Some(2), "{wrong:?}");
    }
}
