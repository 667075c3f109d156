//! The assets of a container: files by name, in one blob that the container reads on the device.

use super::Undecodable;
use super::reader::Reader;

const MAGIC: u32 = 0x6395_f9f1;
const MAX_ASSETS: usize = 4096;

/// Assets by name, in their order.
pub type Assets = Vec<(String, Vec<u8>)>;

/// The assets as one blob; that of none has 8 bytes.
///
/// # Errors
/// There are more than 4096, or one has 4 GiB.
pub fn encode(assets: &[(String, Vec<u8>)]) -> Result<Vec<u8>, Undecodable> {
    if assets.len() > MAX_ASSETS {
        return Err(Undecodable::TooLarge);
    }
    let mut blob = MAGIC.to_le_bytes().to_vec();
    put_length(&mut blob, assets.len())?;
    for (name, content) in assets {
        put_padded(&mut blob, name.as_bytes())?;
        put_padded(&mut blob, content)?;
    }
    Ok(blob)
}

fn put_padded(blob: &mut Vec<u8>, bytes: &[u8]) -> Result<(), Undecodable> {
    put_length(blob, bytes.len())?;
    blob.extend_from_slice(bytes);
    blob.resize(blob.len().next_multiple_of(4), 0);
    Ok(())
}

fn put_length(blob: &mut Vec<u8>, length: usize) -> Result<(), Undecodable> {
    let length = u32::try_from(length).map_err(|_| Undecodable::TooLarge)?;
    blob.extend_from_slice(&length.to_le_bytes());
    Ok(())
}

/// The assets that a blob holds.
///
/// # Errors
/// It is no such blob, ends too early, or has a name twice.
pub fn decode(blob: &[u8]) -> Result<Assets, Undecodable> {
    let mut reader = Reader::new(blob);
    if reader.u32()? != MAGIC {
        return Err(Undecodable::Malformed("it does not begin as assets do"));
    }
    let count = reader.u32()? as usize;
    if count > MAX_ASSETS {
        return Err(Undecodable::TooLarge);
    }
    let mut assets = Assets::new();
    for _ in 0..count {
        let name = std::str::from_utf8(padded(&mut reader)?).map_err(|_| Undecodable::NotText)?;
        let content = padded(&mut reader)?.to_vec();
        if assets.iter().any(|(known, _)| known == name) {
            return Err(Undecodable::Twice);
        }
        assets.push((name.to_owned(), content));
    }
    if reader.rest().is_empty() { Ok(assets) } else { Err(Undecodable::Trailing) }
}

fn padded<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Undecodable> {
    let length = reader.u32()? as usize;
    let padded = length.checked_next_multiple_of(4).ok_or(Undecodable::Truncated)?;
    reader.bytes(padded)?.get(..length).ok_or(Undecodable::Truncated)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn assets_are_padded_to_words() {
        let assets = vec![("wifi".to_owned(), b"abcde".to_vec()), ("x".to_owned(), Vec::new())];
        let blob = b"\xf1\xf9\x95\x63\x02\0\0\0\x04\0\0\0wifi\x05\0\0\0abcde\0\0\0\x01\0\0\0x\0\0\0\0\0\0\0";
        assert_eq!(encode(&assets).unwrap(), blob);
        assert_eq!(decode(blob).unwrap(), assets);
        assert_eq!(encode(&[]).unwrap(), b"\xf1\xf9\x95\x63\0\0\0\0");
        for end in 0..blob.len() {
            assert_eq!(decode(&blob[..end]), Err(Undecodable::Truncated), "{end}");
        }
        assert_eq!(decode(&[blob.as_slice(), b"\0"].concat()), Err(Undecodable::Trailing));
        assert!(decode(b"\xf1\xf9\x95\x63\x01\0\0\0\xff\xff\xff\xff").is_err());
        assert!(decode(b"\0\0\0\0\0\0\0\0").is_err());
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_do_no_harm(bytes in prop::collection::vec(0_u8..9, 0..60)) {
            let _ = decode(&[MAGIC.to_le_bytes().as_slice(), &bytes].concat());
        }
    }
}
