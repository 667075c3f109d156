//! The classic `ar` archive that envelopes and snapshots are, as Toit's own package writes it.

use super::Undecodable;

/// Begins every archive.
pub(super) const MAGIC: &[u8] = b"!<arch>\n";
/// What an archive may have at most, unpacked. Real envelopes have up to 20 MiB.
pub(super) const MAX_BYTES: usize = 64 << 20;
/// How many entries an archive may have. Real ones have some twenty.
pub(super) const MAX_ENTRIES: usize = 1024;

/// name\[16\] mtime\[12\] uid\[6\] gid\[6\] mode\[8\] size\[10\] and two bytes that end it.
const HEADER: usize = 60;
const NAME: usize = 16;
const SIZE_AT: usize = 48;
const HEADER_END: &[u8] = b"`\n";
const PAD: u8 = b'\n';

/// A file in an archive.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Entry {
    /// At most 16 bytes.
    pub name: String,
    /// Its content.
    pub data: Vec<u8>,
}

impl Entry {
    /// An entry.
    pub fn new(name: impl Into<String>, data: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), data: data.into() }
    }
}

/// The entries of an archive in their order. Times and owners are not looked at.
///
/// # Errors
/// It is none, broken, too large, or has a name twice.
pub(super) fn parse(archive: &[u8]) -> Result<Vec<Entry>, Undecodable> {
    if archive.len() > MAX_BYTES {
        return Err(Undecodable::TooLarge);
    }
    let mut rest = archive.strip_prefix(MAGIC).ok_or(Undecodable::Malformed("it is no archive"))?;
    let mut entries: Vec<Entry> = Vec::new();
    while !rest.is_empty() {
        let (entry, after) = take_entry(rest)?;
        if entries.iter().any(|known| known.name == entry.name) {
            return Err(Undecodable::Twice);
        }
        if entries.len() == MAX_ENTRIES {
            return Err(Undecodable::TooLarge);
        }
        entries.push(entry);
        rest = after;
    }
    Ok(entries)
}

fn take_entry(bytes: &[u8]) -> Result<(Entry, &[u8]), Undecodable> {
    let (header, rest) = bytes.split_first_chunk::<HEADER>().ok_or(Undecodable::Truncated)?;
    let (fields, end) = header.split_at(HEADER - HEADER_END.len());
    if end != HEADER_END {
        return Err(Undecodable::Malformed("the header of an entry is broken"));
    }
    let (name, size) = (text(&fields[..NAME])?, text(&fields[SIZE_AT..])?);
    let size = size.parse().map_err(|_| Undecodable::Malformed("the size of an entry is no number"))?;
    let (data, rest) = rest.split_at_checked(size).ok_or(Undecodable::Truncated)?;
    let padded = size % 2 == 1;
    // The last pad byte may be missing, as with other tools.
    let rest = if padded { rest.get(1..).unwrap_or_default() } else { rest };
    Ok((Entry::new(name.strip_suffix('/').unwrap_or(name), data), rest))
}

fn text(field: &[u8]) -> Result<&str, Undecodable> {
    Ok(std::str::from_utf8(field).map_err(|_| Undecodable::NotText)?.trim_end())
}

/// The archive that has these entries.
///
/// # Errors
/// A name has more than 16 bytes, or it would be larger than [`parse`] reads.
pub(super) fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Result<Vec<u8>, Undecodable> {
    let mut archive = MAGIC.to_vec();
    for (index, Entry { name, data }) in entries.into_iter().enumerate() {
        if name.len() > NAME {
            return Err(Undecodable::Malformed("a name has more than 16 bytes"));
        }
        if index == MAX_ENTRIES || data.len() > MAX_BYTES {
            return Err(Undecodable::TooLarge);
        }
        // Formatting counts characters, and the field has bytes.
        archive.extend_from_slice(name.as_bytes());
        archive.extend(std::iter::repeat_n(b' ', NAME - name.len()));
        let (zero, mode, size) = (0, 644, data.len());
        archive.extend_from_slice(format!("{zero:<12}{zero:<6}{zero:<6}{mode:<8}{size:<10}").as_bytes());
        archive.extend_from_slice(HEADER_END);
        archive.extend_from_slice(data);
        if data.len() % 2 == 1 {
            archive.push(PAD);
        }
    }
    if archive.len() > MAX_BYTES {
        return Err(Undecodable::TooLarge);
    }
    Ok(archive)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TWO: &[u8] = b"!<arch>\n\
        toit            0           0     0     644     16        `\nlike a tiger????\
        odd             0           0     0     644     3         `\nabc\n";

    #[test]
    fn an_archive_is_written_as_toits_package_does() {
        let entries = [Entry::new("toit", *b"like a tiger????"), Entry::new("odd", *b"abc")];
        assert!(parse(TWO).unwrap() == entries);
        assert_eq!(write(&entries).unwrap(), TWO);
        assert!(parse(&TWO[..TWO.len() - 1]).unwrap() == entries);
    }

    #[test]
    fn a_broken_archive_is_refused_whole() {
        for end in MAGIC.len() + 1..TWO.len() - 1 {
            // Where one entry ends, the archive may end.
            if end != MAGIC.len() + HEADER + 16 {
                assert!(parse(&TWO[..end]).is_err(), "{end}");
            }
        }
        let twice = [TWO, &TWO[MAGIC.len()..]].concat();
        assert!(matches!(parse(&twice), Err(Undecodable::Twice)));
        let huge = String::from_utf8_lossy(TWO).replace("3         `", "9999999999`");
        assert!(matches!(parse(huge.as_bytes()), Err(Undecodable::Truncated)));
        assert!(matches!(parse(b"PK\x03\x04"), Err(Undecodable::Malformed(_))));
        assert!(write(&[Entry::new("a".repeat(17), *b"")]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(data in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..50), 0..8)) {
            let entries: Vec<Entry> =
                data.into_iter().enumerate().map(|(n, data)| Entry::new(format!("e{n}"), data)).collect();
            prop_assert!(parse(&write(&entries).unwrap()).unwrap() == entries);
        }

        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
            let _ = parse(&[MAGIC, &bytes].concat());
        }
    }
}
