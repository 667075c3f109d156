//! The tables of a snapshot, in the order they stand in it.

use super::objects::{Objects, Value};
use crate::image::envelope::Undecodable;
use crate::image::envelope::reader::Reader;

/// Begins the segment with the program.
const TAG: u32 = 70_177_017;
/// The most that is read. Real ones have some hundred KiB.
const MAX_BYTES: usize = 8 << 20;

/// How much memory the program takes, counted by the compiler.
pub(super) struct Sizes {
    /// Heap pages with words of 32 bits, and of 64.
    pub pages32: u32,
    pub pages64: u32,
    /// Outside of the heap, beside the record of the program: words, numbers of 4 bytes, and bytes.
    pub words: u32,
    pub int32s: u32,
    pub bytes: u32,
}

/// A program, read and not yet laid out.
pub(super) struct Program<'a> {
    pub sizes: Sizes,
    /// The class of whole numbers that do not fit a word.
    pub large_integer: u32,
    pub objects: Objects<'a>,
    /// Numbers of 2 bytes.
    pub class_bits: Vec<u16>,
    pub globals: Vec<Value>,
    pub literals: Vec<Value>,
    pub roots: Vec<Value>,
    pub builtin_classes: Vec<Value>,
    /// The low 32 bits, as an image keeps them; so are the entry points.
    pub invoke_offsets: Vec<u32>,
    pub entry_points: Vec<u32>,
    /// These are kept as they stand: numbers of 2, 2 and 4 bytes.
    pub class_checks: &'a [u8],
    pub interface_checks: &'a [u8],
    pub dispatch: &'a [u8],
    pub bytecodes: &'a [u8],
    pub max_stack_height: u64,
}

impl<'a> Program<'a> {
    /// Reads a snapshot.
    pub fn read(snapshot: &'a [u8]) -> Result<Self, Undecodable> {
        if snapshot.len() > MAX_BYTES {
            return Err(Undecodable::TooLarge);
        }
        let reader = &mut Reader::new(snapshot);
        if reader.u32()? != TAG {
            return Err(Undecodable::Malformed("it does not begin as a program does"));
        }
        if usize::try_from(reader.u32()?) != Ok(snapshot.len()) {
            return Err(Undecodable::Malformed("it does not have the length it says"));
        }
        let sizes = sizes(reader)?;
        let named = reader.u32()?;
        let large_integer = reader.u32()?;
        let mut objects = Objects::default();
        let program = Self {
            sizes,
            large_integer,
            class_bits: class_bits(reader)?,
            globals: objects.list(reader)?,
            literals: objects.list(reader)?,
            roots: objects.list(reader)?,
            builtin_classes: objects.list(reader)?,
            // Counted from one, so that none is zero.
            invoke_offsets: cardinals(reader)?
                .into_iter()
                .map(|offset| low(offset.wrapping_sub(1)))
                .collect(),
            entry_points: cardinals(reader)?.into_iter().map(low).collect(),
            class_checks: reader.list(2)?,
            interface_checks: reader.list(2)?,
            dispatch: reader.list(4)?,
            bytecodes: reader.list(1)?,
            max_stack_height: reader.cardinal()?,
            objects,
        };
        if usize::try_from(named) != Ok(program.objects.named.len()) {
            return Err(Undecodable::Malformed("it does not have the objects it says"));
        }
        Ok(program)
    }

    /// What the header of a large whole number is: its class, and the tag of that class.
    pub fn large_integer_header(&self) -> Option<i64> {
        let bits = self.class_bits.get(usize::try_from(self.large_integer).ok()?)?;
        Some((i64::from(self.large_integer) << 5) | i64::from(bits & 0xf))
    }
}

fn sizes(reader: &mut Reader) -> Result<Sizes, Undecodable> {
    let pages = reader.u32()?;
    Ok(Sizes {
        pages32: pages >> 16,
        pages64: pages & 0xffff,
        words: reader.u32()?,
        int32s: reader.u32()?,
        bytes: reader.u32()?,
    })
}

/// Without the bit between tag and size, which belongs to objects and not to their class.
fn class_bits(reader: &mut Reader) -> Result<Vec<u16>, Undecodable> {
    let numbers = reader.list(2)?.chunks_exact(2);
    Ok(numbers.filter_map(<[u8]>::first_chunk).map(|bits| u16::from_le_bytes(*bits) & !0x10).collect())
}

fn cardinals(reader: &mut Reader) -> Result<Vec<u64>, Undecodable> {
    let count = reader.count()?;
    (0..count).map(|_| reader.cardinal()).collect()
}

fn low(number: u64) -> u32 {
    (number & u64::from(u32::MAX)) as u32
}
