//! Where an image crashed: addresses from a device, read with an ELF in the library, and shown by the program.

use proptest::prelude::*;
use skylift::image::backtrace::{ElfFlaw, Frame, decode};
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use crate::debug_info::{ENTRY, FOLDER, elf, with_depth};
use crate::program::{Place, demo, expect_words, json_lines, text};
use crate::simulated::{device, status};
use sha2::{Digest as _, Sha256};

/// The return addresses that a simulated device leaves.
const CALLS: [u32; 3] = [ENTRY + 0x1C, ENTRY + 0x48, ENTRY + 0x80];

fn told(frames: &[Frame]) -> Vec<String> {
    frames.iter().map(ToString::to_string).collect()
}

/// What [`CALLS`] are in [`elf`].
fn expected() -> [String; 4] {
    [
        format!("0x4038005c  climate::bus::ask ({FOLDER}/src/bus.rs:7)"),
        format!("0x4038005c  climate::sensor::read ({FOLDER}/src/sensor.rs:42)"),
        format!("0x40380088  climate::run ({FOLDER}/src/main.rs:21)"),
        "0x403800c0  main".to_owned(),
    ]
}

#[test]
fn addresses_become_functions_and_lines_inlined_ones_too() {
    assert_eq!(told(&decode(&elf(), &CALLS).unwrap()), expected());
    // A return address is behind the call: the last one of a function is the next one's first.
    let last = decode(&elf(), &[ENTRY + 0x20]).unwrap();
    assert_eq!(told(&last)[1], format!("0x40380060  climate::sensor::read ({FOLDER}/src/sensor.rs:42)"));
    for nowhere in [0, 1, ENTRY, ENTRY + 0x400, u32::MAX] {
        let frames = decode(&elf(), &[nowhere]).unwrap();
        assert_eq!(frames, [Frame { address: nowhere, function: None, place: None }], "{nowhere:#x}");
    }
}

#[test]
fn trees_that_nest_too_deeply_are_not_walked() {
    assert_eq!(told(&decode(&with_depth(300), &CALLS).unwrap()), expected());
    // Who walked this one would call itself until the stack ends; the symbols still tell the functions.
    let names = ["climate::sensor::read", "climate::run", "main"];
    // As does who writes it, here.
    let deep = std::thread::Builder::new().stack_size(1 << 29).spawn(|| with_depth(100_000)).unwrap();
    let frames = decode(&deep.join().unwrap(), &CALLS).unwrap();
    assert_eq!(frames.iter().map(|frame| frame.function.as_deref().unwrap()).collect::<Vec<_>>(), names);
    assert!(frames.iter().all(|frame| frame.place.is_none()));
}

#[test]
fn what_is_no_elf_is_told() {
    for bad in [&b""[..], b"\x7fELF", b"\x7fELF of something else, and long enough for a header of one"] {
        assert!(matches!(decode(bad, &CALLS), Err(ElfFlaw::Damaged(_))), "{bad:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn damaged_elves_do_no_harm(
        cut in any::<prop::sample::Index>(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..20),
    ) {
        let mut bytes = elf();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        let cut = cut.index(bytes.len() * 4);
        bytes.truncate(cut.max(1));
        if let Ok(frames) = decode(&bytes, &CALLS) {
            prop_assert!(frames.len() <= CALLS.len() * 16);
            prop_assert!(frames.iter().all(|frame| CALLS.contains(&frame.address)));
        }
    }
}

/// What the compiler of this test writes, linked for this computer.
#[cfg(target_os = "linux")]
#[test]
fn the_debug_info_of_a_real_compiler_is_read() {
    use std::process::Command;

    let place = Place::new();
    let source = "#[inline(never)]\n#[unsafe(no_mangle)]\nfn innermost(x: &[u8]) -> u8 {\n    core::hint::black_box(x)[1]\n}\nfn main() {\n    std::process::exit(innermost(&[0, 0]).into())\n}\n";
    let main = place.write("main.rs", source);
    let program = place.arg("program");
    let rustc = std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into());
    let options = ["-g", "-Copt-level=1", "-Crelocation-model=static", "-Clink-arg=-no-pie", "-o"];
    let built = Command::new(rustc).args(options).args([&program, &main]).output().unwrap();
    assert!(built.status.success(), "{built:?}");
    let bytes = place.read("program");
    let start = address_of(&bytes, "innermost");
    let frames = decode(&bytes, &[start + 1]).unwrap();
    let shown = told(&frames).join("\n");
    expect_words(&shown, &["innermost", &format!("{main}:")]);
    assert!(frames[0].place.as_ref().is_some_and(|place| (3..=4).contains(&place.line)), "{shown}");
}

#[cfg(target_os = "linux")]
fn address_of(elf: &[u8], name: &str) -> u32 {
    use object::{Object as _, ObjectSymbol as _};

    let file = object::File::parse(elf).unwrap();
    file.symbols().find(|symbol| symbol.name() == Ok(name)).unwrap().address().try_into().unwrap()
}

/// An image that panics, and whose descriptor names [`elf`].
fn crashing() -> Vec<u8> {
    let elf_sha256 = Some(Sha256::digest(elf()).into());
    let behaviour = Behaviour::Crash;
    let image = DemoImage {
        version: "6.6.6".to_owned(),
        behaviour,
        size: 64 << 10,
        elf_sha256,
        ..DemoImage::default()
    };
    image.build().unwrap()
}

#[test]
fn a_crash_on_a_device_is_shown_in_the_source() {
    let (place, device) = (Place::new(), device(demo("1.0.0")));
    let address = device.address().to_string();
    let image = place.write("climate.bin", crashing());
    let update = |json: bool| {
        let arguments: &[&str] =
            if json { &["update", &image, &address, "--json"] } else { &["update", &image, &address] };
        let output = place.run(&[arguments, &["--port", "0", "--host-address", "127.0.0.1"]].concat());
        assert_eq!(output.status.code(), Some(3), "{output:?}");
        output
    };

    // Without the ELF: the addresses, and the command that helps.
    let output = update(false);
    let addresses = "0x4038005c 0x40380088 0x403800c0";
    expect_words(
        text(&output.stdout),
        &["rolled back (panic): sensor bus does not answer", &format!("at {addresses}")],
    );
    let digest = Sha256::digest(elf()).iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let help = ["skylift images add IMAGE --elf ELF", &digest[..12]];
    expect_words(text(&output.stderr), &help);
    let shown = place.done(&["status", &address]);
    expect_words(&shown, &["crashed at", addresses, help[0], help[1]]);
    let crash = &status(&place, &device)["last_end"]["crash"];
    assert_eq!((&crash["elf_sha256"], &crash["frames"]), (&digest.clone().into(), &serde_json::Value::Null));

    // With it: functions and lines, also of what is history already.
    let file = place.write("climate.elf", elf());
    place.done(&["images", "add", &image, "--elf", &file]);
    let lines = expected();
    for shown in [place.done(&["status", &address]), place.done(&["history", "show", "1"])] {
        expect_words(&shown, &lines.each_ref().map(String::as_str));
        assert!(!shown.contains("--elf"), "{shown}");
    }
    let crash = status(&place, &device)["last_end"]["crash"].clone();
    let history = json_lines(&place.done(&["history", "show", "1", "--json"])).remove(0);
    assert_eq!(history["crash"], crash);
    let frame = serde_json::json!({
        "address": CALLS[0], "function": "climate::sensor::read",
        "file": format!("{FOLDER}/src/sensor.rs"), "line": 42,
    });
    assert_eq!((crash["frames"].as_array().unwrap().len(), &crash["frames"][1]), (4, &frame));
    let output = update(false);
    expect_words(text(&output.stdout), &lines.each_ref().map(String::as_str));
    assert!(!text(&output.stderr).contains("--elf"), "{output:?}");
    let last =
        json_lines(text(&update(true).stdout)).into_iter().find(|line| !line["crash"].is_null()).unwrap();
    assert_eq!((&last["verdict"], &last["crash"]["addresses"][2]), (&"rolled_back".into(), &CALLS[2].into()));

    // An ELF that was changed since tells nothing.
    let kept = place.path(&format!("data/images/elf/{digest}.elf"));
    std::fs::write(kept, b"\x7fELF and nothing behind it").unwrap();
    expect_words(&place.done(&["status", &address]), &[addresses, "other bytes", help[0]]);
}
