//! What an image says of itself: ESP-IDF's app descriptor, and behind it the mark of the boot guard.
#![allow(unsafe_code, reason = "both have their places in the image")]

use esp_bootloader_esp_idf::EspAppDesc;
use skylift_updater::image::GuardMarker;

/// Right behind the descriptor: esp-hal's linker script puts `.flash.appdesc` first, then whatever begins like it.
// SAFETY: bytes that nothing but the updater of a device reads, before they are run.
#[unsafe(link_section = ".flash.appdesc.skyguard")]
#[used]
static MARKER: [u8; GuardMarker::REAL.len()] = GuardMarker::REAL;

/// Puts the app descriptor of a firmware into its image. Once, in the crate of the binary, whose version it names.
///
/// `project` is the crate's name unless said otherwise: an image of another project is refused if the order does not
/// allow it. `secure_version` is 0 unless said otherwise: a device takes no image below the highest one that it has
/// validated. Project and version have 1 to 31 bytes; others do not compile.
///
/// ```ignore
/// skylift_esp::firmware!();
/// skylift_esp::firmware!(project = "greenhouse", secure_version = 3);
/// ```
#[macro_export]
macro_rules! firmware {
    () => {
        $crate::firmware!(project = env!("CARGO_PKG_NAME"), secure_version = 0);
    };
    (project = $project:expr) => {
        $crate::firmware!(project = $project, secure_version = 0);
    };
    (secure_version = $secure_version:expr) => {
        $crate::firmware!(project = env!("CARGO_PKG_NAME"), secure_version = $secure_version);
    };
    (project = $project:expr, secure_version = $secure_version:expr) => {
        const _: () = $crate::descriptor::check($project, env!("CARGO_PKG_VERSION"));
        $crate::esp_bootloader_esp_idf::esp_app_desc!(
            env!("CARGO_PKG_VERSION"),
            $project,
            $crate::esp_bootloader_esp_idf::BUILD_TIME,
            $crate::esp_bootloader_esp_idf::BUILD_DATE,
            $crate::esp_bootloader_esp_idf::ESP_IDF_COMPATIBLE_VERSION,
            // The only size of page that every chip has.
            64 * 1024,
            0,
            u16::MAX,
            $secure_version
        );
    };
}

/// Fails to compile what the descriptor has no room for.
///
/// # Panics
/// A text is empty, or longer than 31 bytes.
#[doc(hidden)]
pub const fn check(project: &str, version: &str) {
    assert!(!project.is_empty() && project.len() < 32, "the project's name has to have 1 to 31 bytes");
    assert!(!version.is_empty() && version.len() < 32, "the version has to have 1 to 31 bytes");
}

/// Digest of the ELF that the running image was made from. In the ELF itself it is zero: it is filled in when the image
/// is made.
pub(crate) fn elf_sha256() -> [u8; 32] {
    const OFFSET: usize = 144;
    unsafe extern "C" {
        /// Of `firmware!`.
        #[link_name = "esp_app_desc"]
        static DESCRIPTOR: EspAppDesc;
    }
    // SAFETY: inside the descriptor's 256 bytes; volatile, because the compiler knows only the zeros.
    unsafe { (&raw const DESCRIPTOR).cast::<u8>().add(OFFSET).cast::<[u8; 32]>().read_volatile() }
}
