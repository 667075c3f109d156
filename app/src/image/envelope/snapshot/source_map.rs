//! The source map of a snapshot, as far as it tells which functions are in the program: those that it never calls were
//! left out by the compiler.
//!
//! It is a sequence of segments: u32 tag, u32 length with these eight bytes, content. The strings come first; the other
//! segments have numbers of strings in their place.

use super::super::reader::Reader;
use super::super::{Undecodable, ar};
use super::bundle::SOURCE_MAP;

const STRINGS: u32 = 70_177_018;
const METHODS: u32 = 70_177_019;
/// Tag and length.
const HEADER: usize = 8;
/// Real programs have some thousands.
const MAX_STRINGS: usize = 1 << 20;

/// Whether a function of the SDK is in the program of a snapshot; `None` where the snapshot does not tell.
///
/// `file` is where the function stands below the SDK's `lib`, such as `system/firmware.toit`.
#[must_use]
pub fn has_function(snapshot: &[u8], name: &str, file: &str) -> Option<bool> {
    let entries = ar::parse(snapshot).ok()?;
    let map = &entries.iter().find(|entry| entry.name == SOURCE_MAP)?.data;
    look(map, name, file).ok()
}

fn look(map: &[u8], name: &str, file: &str) -> Result<bool, Undecodable> {
    let strings = strings(segment(map, STRINGS)?)?;
    let mut methods = Reader::new(segment(map, METHODS)?);
    let mut found = false;
    for _ in 0..methods.count()? {
        let method = Method::read(&mut methods, &strings)?;
        found |= method.name == name.as_bytes() && method.paths.iter().any(|path| is_below_lib(path, file));
    }
    Ok(found)
}

/// What is in the first segment of this tag.
fn segment(map: &[u8], wanted: u32) -> Result<&[u8], Undecodable> {
    let mut rest = Reader::new(map);
    while !rest.rest().is_empty() {
        let (tag, length) = (rest.u32()?, rest.u32()? as usize);
        let content = length.checked_sub(HEADER).ok_or(Undecodable::Malformed("a segment is too short"))?;
        let content = rest.bytes(content)?;
        if tag == wanted {
            return Ok(content);
        }
    }
    Err(Undecodable::Malformed("a segment is not there"))
}

fn strings(segment: &[u8]) -> Result<Vec<&[u8]>, Undecodable> {
    let mut rest = Reader::new(segment);
    let count = rest.count()?;
    if count > MAX_STRINGS {
        return Err(Undecodable::TooLarge);
    }
    let mut strings = Vec::new();
    for _ in 0..count {
        let length = rest.count()?;
        strings.push(rest.bytes(length)?);
    }
    Ok(strings)
}

/// A function, as far as it matters.
struct Method<'a> {
    name: &'a [u8],
    /// The path on the compiler's computer, and the one that errors show.
    paths: [&'a [u8]; 2],
}

impl<'a> Method<'a> {
    fn read(from: &mut Reader<'a>, strings: &[&'a [u8]]) -> Result<Self, Undecodable> {
        let string = |from: &mut Reader<'a>| {
            let number = usize::try_from(from.cardinal()?).ok();
            let string = number.and_then(|number| strings.get(number));
            string.copied().ok_or(Undecodable::Malformed("a string is not there"))
        };
        let (_id, _bytecodes, _kind) = (from.cardinal()?, from.cardinal()?, from.byte()?);
        if from.byte()? == 1 {
            let _outer = from.cardinal()?;
        }
        let (name, _holder) = (string(from)?, string(from)?);
        let paths = [string(from)?, string(from)?];
        let (_line, _column) = (from.cardinal()?, from.cardinal()?);
        // Line and column of each bytecode, then the classes that bytecodes check for.
        for width in [3, 2] {
            for _ in 0..from.count()? {
                for _ in 0..width {
                    from.cardinal()?;
                }
            }
        }
        Ok(Self { name, paths })
    }
}

fn is_below_lib(path: &[u8], file: &str) -> bool {
    // Only the end is looked at: a path may be as long as the file, and in every method.
    let end = path.len().checked_sub(file.len() + 1).and_then(|start| path.get(start..));
    let slash = |byte: u8| if byte == b'\\' { b'/' } else { byte };
    end.is_some_and(|end| end.iter().map(|byte| slash(*byte)).eq([b'/'].into_iter().chain(file.bytes())))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn segment(tag: u32, content: &[u8]) -> Vec<u8> {
        [&tag.to_le_bytes(), &(content.len() as u32 + 8).to_le_bytes(), content].concat()
    }

    /// A map with the function `validate` of the file at this path.
    fn map(path: &str) -> Vec<u8> {
        let path_length = u8::try_from(path.len()).unwrap();
        let strings = [b"\x03\x08validate\x00".as_slice(), &[path_length], path.as_bytes()].concat();
        let methods: &[u8] = &[
            1, // one function
            9, 20, 4, 1, 7, // id, size, kind, has an outer one, which
            0, 1, 2, 2, // name, holder, paths
            200, 1, 3, // line 200, column 3
            1, 5, 201, 1, 4, // bytecode 5 is at 201:4
            1, 6, 0, // bytecode 6 checks for a class
        ];
        [segment(STRINGS, &strings), segment(METHODS, methods), segment(70_177_020, b"?")].concat()
    }

    #[test]
    fn a_function_is_known_by_its_name_and_its_file() {
        let is_there = |path: &str| look(&map(path), "validate", "system/firmware.toit");
        for path in ["<sdk>/system/firmware.toit", r"C:\toit\lib\toit\lib\system\firmware.toit"] {
            assert_eq!(is_there(path), Ok(true), "{path}");
        }
        for path in ["<sdk>/system/api/firmware.toit", "ecosystem/firmware.toit", "main.toit"] {
            assert_eq!(is_there(path), Ok(false), "{path}");
        }
        let path = "<sdk>/system/firmware.toit";
        assert_eq!(look(&map(path), "rollback", "system/firmware.toit"), Ok(false));
    }

    #[test]
    fn a_map_that_is_cut_off_tells_nothing() {
        let whole = map("<sdk>/system/firmware.toit");
        let last = whole.len() - 9;
        for end in 0..last {
            assert!(look(&whole[..end], "validate", "system/firmware.toit").is_err(), "{end}");
        }
        assert_eq!(has_function(b"no archive", "validate", "system/firmware.toit"), None);
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = look(&[segment(STRINGS, &bytes), segment(METHODS, &bytes)].concat(), "a", "b");
            let _ = look(&bytes, "a", "b");
        }
    }
}
