//! SLIP framing, as in "Low Level Protocol" of Espressif's serial protocol.
//!
//! Written from that document on purpose: what the app sends is packed by espflash, and must not be judged by the
//! code that packed it.

const END: u8 = 0xC0;
const ESCAPE: u8 = 0xDB;
const ESCAPED_END: u8 = 0xDC;
const ESCAPED_ESCAPE: u8 = 0xDD;

/// Bytes of the longest frame: a packet with the largest block, and its headers. What is longer is noise.
const MAX_FRAME: usize = 0x4000 + 64;

/// Where in a frame the next byte is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Place {
    #[default]
    Outside,
    Inside,
    Escaped,
}

/// Takes frames out of a stream of bytes.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    frame: Vec<u8>,
    place: Place,
}

impl Decoder {
    /// Takes a byte; the frame that it ends.
    pub fn push(&mut self, byte: u8) -> Option<Vec<u8>> {
        match (self.place, byte) {
            (Place::Outside, END) => self.place = Place::Inside,
            (Place::Outside, _) => {}
            (_, END) if self.frame.is_empty() => self.place = Place::Inside,
            (_, END) => {
                self.place = Place::Outside;
                return Some(std::mem::take(&mut self.frame));
            }
            (Place::Inside, ESCAPE) => self.place = Place::Escaped,
            (Place::Inside, byte) => self.keep(byte),
            (Place::Escaped, ESCAPED_END) => self.unescape(END),
            (Place::Escaped, ESCAPED_ESCAPE) => self.unescape(ESCAPE),
            (Place::Escaped, _) => self.give_up(),
        }
        None
    }

    fn unescape(&mut self, byte: u8) {
        self.place = Place::Inside;
        self.keep(byte);
    }

    fn keep(&mut self, byte: u8) {
        if self.frame.len() == MAX_FRAME {
            self.give_up();
        } else {
            self.frame.push(byte);
        }
    }

    fn give_up(&mut self) {
        self.frame.clear();
        self.place = Place::Outside;
    }
}

/// Packs a frame.
pub(super) fn encode(frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(frame.len() + frame.len() / 16 + 2);
    bytes.push(END);
    for &byte in frame {
        match byte {
            END => bytes.extend([ESCAPE, ESCAPED_END]),
            ESCAPE => bytes.extend([ESCAPE, ESCAPED_ESCAPE]),
            byte => bytes.push(byte),
        }
    }
    bytes.push(END);
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    fn decode(bytes: &[u8]) -> Vec<Vec<u8>> {
        let mut decoder = Decoder::default();
        bytes.iter().filter_map(|&byte| decoder.push(byte)).collect()
    }

    #[test]
    fn every_byte_comes_back() {
        let frame: Vec<u8> = (0..=255).chain([END, ESCAPE, END]).collect();
        assert_eq!(decode(&[encode(&frame), encode(b"OHAI")].concat()), [frame, b"OHAI".to_vec()]);
    }

    #[test]
    fn noise_before_a_frame_is_dropped() {
        assert_eq!(decode(b"noise\xC0\xC0OHAI\xC0more"), [b"OHAI"]);
    }

    #[test]
    fn a_wrong_escape_and_an_endless_frame_are_dropped() {
        assert_eq!(decode(b"\xC0a\xDBx\xC0b\xC0"), [b"b"]);
        let endless = [vec![END], vec![7; MAX_FRAME + 1], encode(b"b")].concat();
        assert_eq!(decode(&endless), [b"b"]);
    }
}
