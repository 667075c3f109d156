//! Snapshots with a source map that says which functions are in them.

use skylift_tests::toit::archive::archive;
use skylift_tests::toit::encoded::cardinal;
use skylift_tests::toit::envelope::{Container, SDK};
use skylift_tests::toit::program::Program;
use skylift_tests::toit::snapshot::{Bundle, snapshot};

/// The function that validates a firmware, and where it stands.
pub const VALIDATE: (&str, &str) = ("validate", "<sdk>/system/firmware.toit");

/// The container of a program.
pub fn container(name: &str) -> Container {
    Container::snapshot(name, Bundle::new(SDK, Program::saying(name)))
}

/// The snapshot of the same program, with these functions in it.
pub fn with_functions(name: &str, functions: &[(&str, &str)]) -> Vec<u8> {
    let bundle = Bundle::new(SDK, Program::saying(name));
    archive(&[
        ("toit".to_owned(), b"like a tiger".to_vec()),
        ("sdk-version".to_owned(), SDK.into()),
        ("snapshot".to_owned(), snapshot(&bundle.program)),
        ("uuid".to_owned(), bundle.uuid().to_vec()),
        ("source-map".to_owned(), source_map(functions)),
    ])
}

/// Strings, then functions that name them by their numbers.
fn source_map(functions: &[(&str, &str)]) -> Vec<u8> {
    let mut strings = cardinal(functions.len() as u64 * 2 + 1);
    let mut methods = cardinal(functions.len() as u64);
    strings.extend(cardinal(0));
    for (number, (name, path)) in (0..).zip(functions) {
        for text in [name, path] {
            strings.extend(cardinal(text.len() as u64));
            strings.extend(text.as_bytes());
        }
        methods.extend(cardinal(1000 * (number + 1)));
        // Size, kind (a function of its own), no outer one; name, no holder, both paths, line and column.
        methods.extend([40, 4, 0]);
        for value in [2 * number + 1, 0, 2 * number + 2, 2 * number + 2, 300, 7] {
            methods.extend(cardinal(value));
        }
        // One bytecode with its place; none that checks for a class.
        methods.extend([1, 12, 9, 5, 0]);
    }
    [segment(70_177_018, &strings), segment(70_177_019, &methods), segment(70_177_020, &[0])].concat()
}

fn segment(tag: u32, content: &[u8]) -> Vec<u8> {
    [&tag.to_le_bytes(), &(content.len() as u32 + 8).to_le_bytes(), content].concat()
}
