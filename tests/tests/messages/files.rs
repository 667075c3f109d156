//! Files that are no image, sources of which none can be made, and the library.

use std::path::{Path, PathBuf};

use skylift::image::build::{BuildError, BuildRequest, build};
use skylift::image::library::{Elf, Library, LibraryError, open_image};
use skylift::image::watch::Rebuilds;
use skylift::image::{Flaw, Image, InspectError, MAX_FILE_BYTES};
use skylift::store::DataDir;
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{self, DEFAULT_CAPACITY, DEFAULT_TABLE};
use skylift_simulator::nor::Nor;
use skylift_tests::devices::{demo, image};
use skylift_tests::toit::envelope::{Envelope, SDK};
use skylift_tests::toit::snapshot::Bundle;
use skylift_tests::toit::{body, program};
use tempfile::TempDir;

use crate::elf::Program;
use crate::table::Line;

/// A folder of which the messages do not speak.
pub struct Place(TempDir);

impl Place {
    pub fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, bytes).unwrap();
        path
    }

    pub fn data(&self) -> DataDir {
        DataDir::new(Some(self.path("data")))
    }

    /// The folder's name is another each time.
    pub fn settle(&self, lines: Vec<Line>) -> Vec<Line> {
        let name = format!("{}/", self.0.path().display());
        lines.into_iter().map(|line| line.calling(&name, "")).collect()
    }
}

fn of(symptom: &'static str, error: &InspectError) -> Line {
    match &error.flaw {
        Flaw::WrongFile(kind) => Line::within(symptom, error, kind),
        Flaw::NotAnImage(flaw) => Line::within(symptom, error, flaw),
        flaw => Line::within(symptom, error, flaw),
    }
}

pub fn images() -> Vec<Line> {
    let place = Place::new();
    let good = image("1.1.0", Behaviour::Healthy);
    let with = |change: &dyn Fn(&mut Vec<u8>)| {
        let mut bytes = good.clone();
        change(&mut bytes);
        bytes
    };
    let merged = [vec![0xFF; 0x8000], layout::partition_table(&DEFAULT_TABLE).unwrap().to_vec()].concat();
    let mut lines = vec![
        of("The path is wrong", &Image::open(&place.path("ota.bin")).unwrap_err()),
        of("The path is a folder's", &Image::open(place.0.path()).unwrap_err())
            .calling(place.0.path().to_str().unwrap(), "build"),
    ];
    std::fs::File::create(place.path("dump.bin")).unwrap().set_len(MAX_FILE_BYTES as u64 + 1).unwrap();
    lines.push(of(
        "The file is a dump of the whole flash",
        &Image::open(&place.path("dump.bin")).unwrap_err(),
    ));
    let files: [(&str, &str, Vec<u8>); 23] = [
        ("The file is empty", "empty.bin", Vec::new()),
        ("The file was cut short", "short.bin", good[..good.len() / 2].to_vec()),
        ("A byte of the file is damaged", "damaged.bin", with(&|bytes| bytes[5000] ^= 1)),
        ("Its SHA-256 is damaged", "damaged.bin", with(&|bytes| *bytes.last_mut().unwrap() ^= 1)),
        ("Something was appended", "longer.bin", [&good[..], b"oops"].concat()),
        ("It was made without SHA-256", "plain.bin", with(&|bytes| bytes[23] = 0)),
        ("It is a bootloader, or no app of ESP-IDF", "boot.bin", with(&|bytes| bytes[32] ^= 1)),
        ("Its header is damaged", "odd.bin", with(&|bytes| bytes[1] = 0)),
        ("A segment is damaged", "odd.bin", with(&|bytes| bytes[28] = 3)),
        ("A segment lies where the chip cannot use it", "odd.bin", with(&|bytes| bytes[24] += 4)),
        ("It is an ELF", "firmware.elf", b"\x7fELF\x01\x01\x01 and so on".to_vec()),
        ("It is a merged image", "merged.bin", merged),
        ("It is a partition table", "table.bin", layout::partition_table(&DEFAULT_TABLE).unwrap().to_vec()),
        ("It is a zip archive", "firmware.zip", b"PK\x03\x04 and so on".to_vec()),
        ("It is compressed with gzip", "ota.bin.gz", vec![0x1F, 0x8B, 8, 0]),
        ("It is compressed with xz", "ota.bin.xz", b"\xFD7zXZ\0 and so on".to_vec()),
        ("It is compressed with zstd", "ota.bin.zst", vec![0x28, 0xB5, 0x2F, 0xFD]),
        ("It is made for a USB drive", "firmware.uf2", b"UF2\n and so on".to_vec()),
        ("It is a library", "lib.a", b"!<arch>\n and so on".to_vec()),
        ("It is an envelope of Toit", "firmware.envelope", Envelope::new(body::Chip::Esp32C3).to_bytes()),
        (
            "It is a compiled Toit program",
            "lamp.snapshot",
            Bundle::new(SDK, program::Program::sample()).to_bytes(),
        ),
        ("It is Intel HEX", "firmware.hex", b":10010000".to_vec()),
        ("A download has saved an error page", "ota.bin", b"<!doctype html>".to_vec()),
    ];
    for (symptom, name, bytes) in files.into_iter().chain([
        ("It is erased flash", "blank.bin", vec![0xFF; 64]),
        ("It is something else", "notes.txt", b"buy milk".to_vec()),
    ]) {
        lines.push(of(symptom, &Image::open(&place.write(name, bytes)).unwrap_err()));
    }
    place.settle(lines)
}

fn built(request: BuildRequest) -> BuildError {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(build(request, |_| ())).unwrap_err()
}

fn of_build(symptom: &'static str, source: &Path) -> Line {
    of_request(symptom, BuildRequest { source: source.to_owned(), ..BuildRequest::default() })
}

fn of_request(symptom: &'static str, request: BuildRequest) -> Line {
    let error = built(request);
    match &error {
        BuildError::Cargo { error: cargo, .. } => Line::within(symptom, &error, cargo),
        error => Line::of(symptom, error),
    }
}

pub fn builds() -> Vec<Line> {
    let place = Place::new();
    let merged = |images: &[(u32, &[u8])], table: &[layout::Partition]| {
        let mut nor = Nor::blank(DEFAULT_CAPACITY).unwrap();
        nor.overwrite(layout::TABLE_OFFSET, &layout::partition_table(table).unwrap()).unwrap();
        for (offset, image) in images {
            nor.overwrite(*offset, image).unwrap();
        }
        nor.bytes().to_vec()
    };
    let sound = Program::C3.build();
    let app = image("1.0.0", Behaviour::Healthy);
    let mut bad_table = merged(&[(DEFAULT_TABLE[3].offset, &app)], &DEFAULT_TABLE);
    bad_table[0x8024] ^= 1;
    place.write("empty/readme.txt", "");
    place.write("idf/CMakeLists.txt", "");
    place.write("odd/build/project_description.json", "{");
    place.write("pio/platformio.ini", "[env:c3]");
    for name in ["c3", "s3"] {
        place.write(&format!("pio/.pio/build/{name}/firmware.bin"), &app);
    }
    let sources = [
        ("The path of a source is wrong", place.path("missing")),
        ("There is no project in the folder", place.path("empty")),
        ("The project was never built", place.path("idf")),
        ("The build's description is damaged", place.path("odd/build")),
        ("The PlatformIO project has several environments", place.path("pio")),
        (
            "The program is for another kind of computer",
            place.write("host.elf", Program { machine: 40, ..Program::C3 }.build()),
        ),
        (
            "The ELF does not say its chip",
            place.write("some.elf", Program { chip_note: None, ..Program::C3 }.build()),
        ),
        ("The ELF is damaged", place.write("cut.elf", &sound[..40])),
        (
            "The ELF has no app descriptor",
            place.write("bare.elf", Program { descriptor: None, ..Program::C3 }.build()),
        ),
        ("The table of a merged image is damaged", place.write("merged.bin", bad_table)),
        ("A merged image has no app in it", place.write("boot.bin", merged(&[], &DEFAULT_TABLE))),
    ];
    let mut lines: Vec<Line> = sources.iter().map(|(symptom, path)| of_build(symptom, path)).collect();
    let elf = place.write("firmware.elf", sound);
    let other = BuildRequest { source: elf, chip: Some(Chip::Esp32S3), ..BuildRequest::default() };
    lines.push(Line::of("--chip names another chip than the program's", &built(other)));
    let source = place.write("app.bin", app);
    let arguments = vec!["--release".to_owned()];
    let no_cargo = BuildRequest { source, cargo_arguments: arguments, ..BuildRequest::default() };
    lines.push(Line::of("Arguments for cargo, and no Cargo project", &built(no_cargo)));
    lines.extend(projects(&place));
    let idf = BuildRequest { source: place.path("idf"), ..BuildRequest::default() };
    let watched = Rebuilds::start(idf, Rebuilds::PAUSE).err().unwrap();
    lines.push(Line::of("What is to be watched is not there", &watched));
    place.settle(lines)
}

fn projects(place: &Place) -> [Line; 4] {
    let manifest = "[package]\nname = \"lamp\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    for name in ["broken", "library", "several"] {
        place.write(&format!("{name}/Cargo.toml"), manifest);
    }
    place.write("broken/src/main.rs", "fn main() { nonsense }");
    place.write("library/src/lib.rs", "");
    place.write("several/src/main.rs", "fn main() {}");
    place.write("several/src/bin/second.rs", "fn main() {}");
    let features = "[features]\ndefault = [\"esp32c3\"]\nesp32c3 = []\nesp32c6 = []\n";
    place.write("chips/Cargo.toml", format!("{manifest}{features}"));
    let for_other =
        BuildRequest { source: place.path("chips"), chip: Some(Chip::Esp32S3), ..BuildRequest::default() };
    [
        of_build("The project does not compile", &place.path("broken")),
        of_build("The project is a library", &place.path("library")),
        of_build("The project has several programs", &place.path("several")),
        of_request("--chip names a chip that the project is not made for", for_other),
    ]
}

pub fn library() -> Vec<Line> {
    let place = Place::new();
    let library = Library::new(&place.data());
    let add = |seed: u64| {
        let bytes = DemoImage { seed, ..demo("1.0.0", Behaviour::Healthy) }.build().unwrap();
        library.add(&Image::from_bytes(Path::new("ota.bin"), bytes).unwrap(), None, "a test").unwrap()
    };
    let (first, second) = (add(1), add(2));
    let mut lines = vec![
        Line::of("The library has no such image", &library.find("9.9.9").unwrap_err()),
        Line::of("A version is in the library twice", &library.find("1.0.0").unwrap_err()),
        Line::of(
            "No firmware for the chip comes with Skylift",
            &open_image(&library, Path::new("bundled:esp32s3")).unwrap_err(),
        ),
        Line::of("The file is no ELF", &Elf::open(&place.write("notes.elf", "buy milk")).unwrap_err()),
    ];
    let elf = Elf::open(&place.write("firmware.elf", Program::C3.build())).unwrap();
    let other = elf.check_belongs_to(&library.open(&first).unwrap()).unwrap_err();
    lines.push(Line::of("The ELF is of another build", &other));
    let damaged = |symptom, change: &dyn Fn(&Path)| {
        let bin = library.path(&first);
        let json = bin.with_extension("json");
        let before = (std::fs::read(&bin).unwrap(), std::fs::read(&json).unwrap());
        change(&bin);
        let error = match library.list().unwrap().damaged.pop() {
            Some(damaged) => LibraryError::Damaged(damaged),
            None => library.open(&first).unwrap_err(),
        };
        if json.is_dir() {
            std::fs::remove_dir(&json).unwrap();
        }
        std::fs::write(&bin, before.0).unwrap();
        std::fs::write(&json, before.1).unwrap();
        let LibraryError::Damaged(damaged) = &error else { panic!("{error}") };
        Line::within(symptom, &error, &damaged.flaw)
    };
    let json_of = |bin: &Path| bin.with_extension("json");
    lines.extend([
        damaged("An entry of the library cannot be read", &|bin| {
            std::fs::remove_file(json_of(bin)).unwrap();
            std::fs::create_dir(json_of(bin)).unwrap();
        }),
        damaged("An entry of the library is damaged", &|bin| std::fs::write(json_of(bin), "{").unwrap()),
        damaged("An entry of the library was mixed up", &|bin| {
            std::fs::copy(json_of(&library.path(&second)), json_of(bin)).unwrap();
        }),
        damaged("An image of the library was deleted", &|bin| std::fs::remove_file(bin).unwrap()),
        damaged("An image of the library was replaced", &|bin| {
            std::fs::copy(library.path(&second), bin).unwrap();
        }),
        damaged("An image of the library was changed", &|bin| {
            let mut bytes = std::fs::read(bin).unwrap();
            bytes[5000] ^= 1;
            std::fs::write(bin, bytes).unwrap();
        }),
    ]);
    let full = Place::new();
    full.write("data", "a file where the folder should be");
    let image = library.open(&second).unwrap();
    let error = Library::new(&full.data()).add(&image, None, "a test").unwrap_err();
    lines.extend(full.settle(vec![Line::of("The library's folder cannot be used", &error)]));
    place.settle(lines)
}
