//! Files that an image is made from: ELFs, merged images, app images, and the descriptions in an ESP-IDF build folder.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Once};

use libfuzzer_sys::fuzz_target;
use skylift::image::Image;
use skylift::image::build::{BuildError, BuildRequest, Built, build};
use skylift_fuzz::folder::folder;
use skylift_fuzz::{Input, images};
use skylift_protocol::Chip;
use tokio::runtime::{Builder, Runtime};

static RUNTIME: LazyLock<Runtime> =
    LazyLock::new(|| Builder::new_current_thread().build().expect("a runtime"));

/// espflash's panics are caught where it is called; all others still end the process, at the end of the run.
fn let_panics_be_caught() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| std::panic::set_hook(Box::new(|panic| eprintln!("{panic}"))));
}

fn made(source: &Path, chip: Option<Chip>) -> Option<Built> {
    let request = BuildRequest { source: source.to_owned(), chip, ..BuildRequest::default() };
    match RUNTIME.block_on(build(request, |_| {})) {
        Ok(built) => Some(built),
        Err(BuildError::Stopped) => panic!("a panic that nobody caught"),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            None
        }
    }
}

/// An app image, beside which the descriptions of its build lie.
fn project(description: &[u8], flashing: &[u8]) -> PathBuf {
    let folder = folder().join("build");
    std::fs::create_dir_all(&folder).expect("a folder");
    for (name, bytes) in [
        ("app.bin", images::good()),
        ("project_description.json", description),
        ("flasher_args.json", flashing),
    ] {
        std::fs::write(folder.join(name), bytes).expect("a file");
    }
    folder
}

fuzz_target!(|data: &[u8]| {
    let_panics_be_caught();
    let mut input = Input::new(data);
    let kind = input.byte();
    let chip = Chip::ALL.get(usize::from(input.byte())).copied();
    let bytes = input.rest();
    let source = match kind % 3 {
        0 => {
            let file = folder().join("source");
            std::fs::write(&file, bytes).expect("a file");
            file
        }
        1 => project(bytes, b"{}"),
        _ => project(b"{}", bytes),
    };
    let Some(built) = made(&source, chip) else { return };
    let image = built.image;
    assert!(chip.is_none_or(|chip| chip == image.chip), "for another chip than was wanted");
    let again = Image::from_bytes(&image.path, image.bytes.to_vec()).expect("a device boots it");
    assert_eq!(again.info, image.info);
});
