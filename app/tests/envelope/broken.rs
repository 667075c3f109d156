//! Envelopes, snapshots, images, assets and properties that are broken, hostile or wrong: each is a sentence that leads
//! on. Nothing panics, nothing is written, and the input stays as it was.

use crate::bench::*;
use crate::damage::*;
use crate::toit::archive::gzip;
use crate::toit::body::{Body, Chip};
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::relocatable::{Word, ready};
use crate::toit::snapshot::{Bundle, snapshot};

/// Refused with this word in the sentence; all files are as before, and no other was written.
#[track_caller]
fn refuses(what: &str, files: &[(&str, &[u8])], arguments: &str, word: &str) {
    let bench = Bench::new();
    files.iter().for_each(|(name, bytes)| bench.write(name, bytes));
    let said = bench.refused(arguments);
    assert!(said.contains(word), "{what}: {said}");
    assert!(!said.contains("panicked") && said.lines().count() <= 4, "{what}: {said}");
    for (name, bytes) in files {
        assert!(bench.read(name) == *bytes, "{what}: {name} was changed");
    }
    let mut left: Vec<_> = bench.path("").read_dir().unwrap().map(|file| file.unwrap().file_name()).collect();
    left.retain(|name| files.iter().all(|(known, _)| *name != **known));
    assert!(left.is_empty(), "{what}: {left:?} was written");
}

#[test]
fn envelopes() {
    let whole = Envelope::new(Chip::Esp32).to_bytes();
    let packed = gzip(&whole);
    let many = (0..1100).map(|at| entry(&format!("x{at}"), "")).collect();
    let size = format!("{:<12}{:<6}{:<6}{:<8}", 0, 0, 0, 644);
    let sized = |text: &str| {
        changed(|bytes| overwrite(bytes, format!("$metadata       {size}").as_bytes(), text.as_bytes()))
    };
    let cases: [(&str, Vec<u8>, &str); 25] = [
        ("nothing", Vec::new(), "no Toit firmware envelope"),
        ("a text", b"buy milk".to_vec(), "no Toit firmware envelope"),
        ("another archive", b"!<arch>\n".to_vec(), "no Toit firmware envelope"),
        ("a snapshot", bundle(&snapshot(&Program::sample())), "no Toit firmware envelope"),
        ("cut in a header", whole[..100].to_vec(), "too early"),
        ("cut in the last part", whole[..whole.len() - 9].to_vec(), "too early"),
        ("cut while packed", packed[..packed.len() / 2].to_vec(), "cannot be unpacked"),
        ("packed and damaged", [&packed[..40], &[0xff; 40], &packed[80..]].concat(), "cannot be unpacked"),
        ("a gzip bomb", bomb(b"", 300 << 20), "too large"),
        ("a gzip bomb that begins as it must", bomb(&envelope(Vec::new()), 300 << 20), "too large"),
        ("an older version", archive_of(vec![info(7), metadata("esp32", 4)]), "version 7"),
        ("a later version", archive_of(vec![info(u32::MAX), metadata("esp32", 4)]), "version 4294967295"),
        (
            "another mark",
            archive_of(vec![entry("$envelope", [7; 8]), metadata("esp32", 4)]),
            "begin as it must",
        ),
        ("a short mark", archive_of(vec![entry("$envelope", [0x70]), metadata("esp32", 4)]), "too early"),
        ("no metadata", archive_of(vec![info(8)]), "no part \"$metadata\""),
        (
            "metadata that is no JSON",
            archive_of(vec![info(8), entry("$metadata", "sdk = 1")]),
            "\"$metadata\"",
        ),
        ("metadata that is a list", archive_of(vec![info(8), entry("$metadata", "[1]")]), "\"$metadata\""),
        ("for a toaster", archive_of(vec![info(8), metadata("toaster", 4)]), "no kind"),
        ("words of 3 bytes", archive_of(vec![info(8), metadata("esp32", 3)]), "word size"),
        ("a part twice", envelope(vec![entry("a", "1"), entry("a", "2")]), "twice"),
        ("more parts than anybody has", envelope(many), "too large"),
        ("a part larger than can be said", sized("9999999999"), "too early"),
        ("a part of negative size", sized("-1        "), "no number"),
        ("properties nested deeply", envelope(vec![entry("$properties", nested(100_000))]), "nested"),
        ("properties that are a list", envelope(vec![entry("$properties", "[]")]), "\"$properties\""),
    ];
    for (what, bytes, word) in &cases {
        for arguments in [
            "-e f show",
            "-e f extract -o ota.bin",
            "-e f property set a 1",
            "-e f container uninstall x -o g",
        ] {
            refuses(what, &[("f", bytes)], arguments, word);
        }
    }
}

fn archive_of(entries: Entries) -> Vec<u8> {
    crate::toit::archive::archive(&entries)
}

#[test]
fn a_path_that_leads_to_no_file() {
    refuses("nothing there", &[], "-e missing show", "missing: it cannot be read");
    refuses("a folder", &[], "-e . show", "it is not a file");
}

#[test]
fn firmware() {
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut body = Body::new(Chip::Esp32).to_bytes();
        change(&mut body);
        with_body(&body)
    };
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("none", envelope(Vec::new()), "no part \"$firmware.bin\""),
        ("a text", with_body(b"buy milk, a lot of it, and bread"), "0xE9"),
        ("cut short", with(&|body| body.truncate(body.len() / 2)), "truncated"),
        ("a segment beyond the end", with(&|body| body[28..32].copy_from_slice(&[0xff; 4])), "truncated"),
        ("of an unknown chip", with(&|body| body[12] = 77), "unknown chip 77"),
        ("of a chip without Toit", with(&|body| body[12] = 10), "esp32h2"),
        ("without constants", with(&|body| body[1] = 0), "no segment for constants"),
        ("without a place for the table", with(&|body| body[32 + 256] ^= 1), "not made by Toit"),
        ("larger than any slot", with_body(&vec![0xe9; 17 << 20]), "no slot is larger"),
    ];
    for (what, bytes, word) in &cases {
        refuses(what, &[("f", bytes)], "-e f extract -o ota.bin", word);
    }
}

#[test]
fn programs_to_be_installed() {
    let good = Bundle::new(SDK, Program::sample()).to_bytes();
    let system = Envelope::new(Chip::Esp32).system_uuid();
    let image = |word, system| ready(word, &[0x1d; 16], system);
    let mut other_mark = image(Word::W32, &system);
    other_mark[4] ^= 1;
    let cases: [(&str, Vec<u8>, &str); 9] = [
        ("nothing", Vec::new(), "neither a snapshot nor an image"),
        ("a source", b"main: print \"hello\"".to_vec(), "neither a snapshot nor an image"),
        ("of another SDK", Bundle::new("v2.0.0-alpha.150", Program::sample()).to_bytes(), "v2.0.0-alpha.150"),
        ("cut short", good[..good.len() / 2].to_vec(), "blink"),
        ("without its program", archive_of(vec![entry("toit", "like a tiger")]), "no part"),
        ("an image with another mark", other_mark, "neither a snapshot nor an image"),
        ("an image cut short", image(Word::W32, &system)[..100].to_vec(), "neither a snapshot nor an image"),
        ("an image for computers", image(Word::W64, &system), "neither a snapshot nor an image"),
        ("an image of another system", image(Word::W32, &[9; 16]), "09090909-0909-0909-0909-090909090909"),
    ];
    let envelope = Envelope::new(Chip::Esp32).to_bytes();
    for (what, bytes, word) in &cases {
        refuses(what, &[("f", &envelope), ("p", bytes)], "-e f container install blink p", word);
    }
}

#[test]
fn names_assets_and_properties() {
    let program = Bundle::new(SDK, Program::sample()).to_bytes();
    let envelope = Envelope::new(Chip::Esp32).to_bytes();
    let files: [(&str, &[u8]); 5] = [
        ("f", &envelope),
        ("p", &program),
        ("text", b"pin = 5"),
        ("countless", &countless_assets()),
        ("cut", &countless_assets()[..10]),
    ];
    for (arguments, word) in [
        ("container install fifteen-letters p", "1 to 14 bytes"),
        ("container install $firmware.bin p", "no name for a container"),
        ("container install +blink p", "no name for a container"),
        ("container uninstall $properties", "no name for a container"),
        ("container extract --part image $envelope -o x", "no name for a container"),
        ("container install blink missing", "missing: it cannot be read"),
        ("container install blink p --assets text", "assets of \"blink\""),
        ("container install blink p --assets countless", "assets of \"blink\""),
        ("container install blink p --assets cut", "assets of \"blink\""),
        ("property set sdk-version v3", "reserved"),
        ("property set $container-flags {}", "reserved"),
        ("property remove sdk-version", "reserved"),
        ("property set uuid lamp", "no UUID"),
        ("property set uuid 5", "no UUID"),
        ("property set a 1 -o missing/g", "cannot be written"),
    ] {
        refuses(arguments, &files, &format!("-e f {arguments}"), word);
    }
}

#[test]
fn programs_that_are_in_it() {
    let stranger = Bundle::new("v2.0.0-alpha.100", Program::sample()).to_bytes();
    let whole = snapshot(&Program::sample());
    let cases: [(&str, Vec<u8>, &str); 6] = [
        ("neither of both", b"main: print 1".to_vec(), "\"blink\""),
        ("of an SDK that lays programs out in its own way", stranger, "v2.0.0-alpha.100"),
        ("cut in its program", bundle(&whole[..whole.len() - 5]), "\"blink\""),
        ("with a table as large as can be said", huge_program(), "\"blink\""),
        ("with more memory than any device has", roomy_program(), "\"blink\""),
        ("with another first word", bundle(&[&[0; 4], &whole[4..]].concat()), "\"blink\""),
    ];
    for (what, bytes, word) in &cases {
        refuses(what, &[("f", &with_container("blink", bytes))], "-e f extract -o ota.bin", word);
    }
    let bench = Bench::with("f", &with_container("blink", &cases[1].1));
    let said = bench.refused("-e f extract -o ota.bin");
    assert!(
        said.contains("  try: install the SDK v2.0.0-alpha.100, which Skylift then converts it with"),
        "{said}"
    );
    let garbage = with_container("blink", b"main: print 1");
    refuses("it is shown", &[("f", &garbage)], "-e f show", "\"blink\"");
    refuses("it is listed", &[("f", &garbage)], "-e f container list", "\"blink\"");
}

#[test]
fn a_good_envelope_is_none_of_these() {
    let mut good = Envelope::new(Chip::Esp32);
    good.containers.push(Container::snapshot("blink", Bundle::new(SDK, Program::sample())));
    let bench = Bench::with("f", &good.to_bytes());
    bench.done("-e f extract -o ota.bin");
    bench.write("g", with_container("blink", &Bundle::new(SDK, Program::sample()).to_bytes()));
    bench.done("-e g extract -o ota.bin");
}
