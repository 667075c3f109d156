"""Builds the pairs of images that `.ci/delta-figures` compares: this repository's own firmware for an ESP32-C3 and, one
after the other, changes to it as a user makes them. All are built in one folder, as a user's are: cargo hashes the paths
of packages into the names of symbols, and the linker sorts by names.
"""
import io
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN = "device-firmware/esp/src/main.rs"
MANIFEST = "device-firmware/esp/Cargo.toml"
CHIP = "esp32c3"
# From one image to the next, in seconds: each tells another time of its build.
BETWEEN_BUILDS = 3600


@dataclass(frozen=True)
class Step:
    """A change of the source before it; images are built after each."""
    name: str
    what: str
    edits: list = field(default_factory=list)
    opt_level: str = '"s"'


def page(crate, used):
    """Edits that give the firmware a page of its own, which needs a crate."""
    return [
        (MANIFEST, "static_cell = ", f"{crate}\nstatic_cell = "),
        (MAIN, "use skylift_esp::{Nothing, Options};", IMPORTS),
        (MAIN, PROJECT, f"{PROJECT}\n{used}"),
        (MAIN, "&Nothing", "&Pages"),
    ]


PROJECT = 'skylift_esp::firmware!(project = "skylift-device");'
IMPORTS = "use core::fmt::{self, Write};\n\nuse skylift_esp::{Firmware, Media, Options, Page, Readers};"
# What a request says decides, so that nothing of it is computed while compiling.
QR_PAGE = """
struct Pages;

impl Firmware for Pages {
    fn page(&self, path: &str) -> Option<Page> {
        (path == "/code").then_some(Page { media: Media::JSON, readers: Readers::Everybody })
    }

    fn write_page(&self, _path: &str, query: Option<&str>, body: &mut dyn Write) -> fmt::Result {
        use qrcodegen_no_heap::{QrCode, QrCodeEcc, Version};
        let (mut scratch, mut code) = ([0; Version::new(6).buffer_len()], [0; Version::new(6).buffer_len()]);
        let text = query.unwrap_or("http://skylift.local");
        let (least, most) = (Version::new(1), Version::new(6));
        let code = QrCode::encode_text(text, &mut scratch, &mut code, QrCodeEcc::Low, least, most, None, true);
        let code = code.map_err(|_| fmt::Error)?;
        for y in 0..code.size() {
            for x in 0..code.size() {
                body.write_char(if code.get_module(x, y) { '#' } else { ' ' })?;
            }
            body.write_char('\\n')?;
        }
        Ok(())
    }
}
"""
SIGNED = [
    (MANIFEST, "static_cell = ", 'ed25519-compact = { version = "=2.6.1", default-features = false }\nstatic_cell = '),
    (MAIN, "        for y in 0..code.size() {", """        let seed: [u8; 32] = text.as_bytes().get(..32).and_then(|seed| seed.try_into().ok()).unwrap_or([7; 32]);
        let keys = ed25519_compact::KeyPair::from_seed(ed25519_compact::Seed::new(seed));
        let signature = keys.sk.sign(text, None);
        keys.pk.verify(text, &signature).map_err(|_| fmt::Error)?;
        write!(body, "{:x?}", signature.as_ref())?;
        for y in 0..code.size() {"""),
]
STEPS = [
    Step("base", "the firmware as it is"),
    Step("string", "a longer string", [(
        "device-firmware/node/src/page.rs",
        "the page of the firmware's own could not be written",
        "the page of the firmware's own could not be written: it is longer than a page may be",
    )]),
    Step("logic", "changed logic", [(
        "device-firmware/node/src/station.rs",
        "pause = (pause * 2).min(self.config.wifi.longest_pause);",
        """let others = self.wifi.networks.borrow().iter().nth(1).is_some();
                    let longest = self.config.wifi.longest_pause;
                    pause = if others { (pause + self.config.wifi.first_pause).min(longest / 2) } else { (pause * 2).min(longest) };""",
    )]),
    Step("dependency", "an added dependency", page('qrcodegen-no-heap = "=1.8.1"', QR_PAGE)),
    Step("bigger", "a large dependency", SIGNED),
    Step("speed", "another `opt-level`", opt_level="3"),
]


def pairs(images):
    """Each image and the one after it, as (name, old, new)."""
    named = [(step.what, image) for step, image in images]
    return [(what, old, new) for (_, old), (what, new) in zip(named, named[1:])]


def whole(images):
    """Those that are compressed as they are, as (name, image)."""
    return [(step.what, image) for step, image in images if step.name in ("base", "bigger")]


def check():
    """How many changes fit the source as it is here now; ends if one does not."""
    texts = {}
    edits = [edit for step in STEPS for edit in step.edits]
    for path, old, new in edits:
        texts[path] = replaced(path, texts.get(path) or (ROOT / path).read_text(), old, new)
    return len(edits)


def build(folder, commit, skylift):
    """Images after each step, as (step, path). Takes some minutes for each."""
    source, images = folder / "source", folder / "images"
    images.mkdir(exist_ok=True)
    unpack(source, commit)
    # Whoever compiles the app meanwhile replaces it.
    shutil.copy(skylift, folder / "skylift")
    time = int(git("log", "-1", "--format=%ct", commit))
    built = []
    for step in STEPS:
        for path, old, new in step.edits:
            file = source / path
            file.write_text(replaced(path, file.read_text(), old, new))
        image = images / f"{step.name}.bin"
        time += BETWEEN_BUILDS
        build_image(folder, source, step, image, time)
        built.append((step, image))
        print(f"built {image.name}: {image.stat().st_size:,} bytes ({step.what})", file=sys.stderr, flush=True)
    return built


def unpack(source, commit):
    names = ["Cargo.toml", "rust-toolchain.toml", "device-firmware"]
    archive = subprocess.run(["git", "-C", ROOT, "archive", commit, *names], check=True, capture_output=True).stdout
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        tar.extractall(source, filter="data")


def git(*arguments):
    return subprocess.run(["git", "-C", ROOT, *arguments], check=True, capture_output=True, text=True).stdout.strip()


def replaced(path, text, old, new):
    if text.count(old) != 1:
        sys.exit(f"{path}: a change was made for this text, which is there {text.count(old)} times: {old}")
    return text.replace(old, new)


def build_image(folder, source, step, image, time):
    command = [folder / "skylift", "--data-dir", folder / "data", "build", source / "device-firmware/esp"]
    # Not `--locked`: cargo adds what is new, and leaves the rest as it is.
    command += ["--chip", CHIP, "-o", image, "--", "--config", f"profile.release.opt-level={step.opt_level}"]
    environment = os.environ | {"CARGO_TARGET_DIR": str(folder / "target"), "SOURCE_DATE_EPOCH": str(time)}
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL).returncode:
        sys.exit(f"the firmware with {step.what} does not compile")
