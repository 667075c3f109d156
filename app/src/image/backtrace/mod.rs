//! Where firmware crashed, in its source: return addresses, read with the debug info of the ELF that it was made from.
//!
//! An ELF is as hostile as any file: its sections are bounded, what is read of them is metered, and trees of debug info
//! that nest too deeply are not walked.

mod frame;
mod metered;
mod names;
mod text;

use addr2line::Context;
use addr2line::gimli::{Dwarf, RunTimeEndian, SectionId, UnitRef};
use object::{Object, ObjectSection};

use metered::{Meter, Metered};
use names::Names;

pub use frame::{Frame, Place};
pub use text::{Backtrace, Unread};

/// Larger sections are not read; those of firmware are a tenth of that.
const MAX_SECTION: usize = 64 << 20;
/// A line of the table of lines takes many times its bytes in memory.
const MAX_LINES: usize = 16 << 20;
/// Deeper trees are not walked: who walks them calls itself. Those of compilers have some 50 levels.
const MAX_DEPTH: isize = 400;
/// The most functions that are told of one address, each inlined into the next.
const MAX_INLINED: usize = 16;

/// Why an ELF does not help.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ElfFlaw {
    /// It is none.
    #[error("it is damaged: {0}")]
    Damaged(String),
    /// Reading it would take too long.
    #[error("its debug info takes longer to read than any compiler's")]
    Endless,
}

/// What the return addresses of a crash are in an ELF, innermost first: for each at least one frame, and one more for
/// every function that was inlined there. A frame of which the ELF knows nothing has its address alone.
///
/// # Errors
/// The ELF is damaged, or made to keep a reader busy.
pub fn decode(elf: &[u8], addresses: &[u32]) -> Result<Vec<Frame>, ElfFlaw> {
    decode_metered(elf, addresses, &Meter::new())
}

fn decode_metered(elf: &[u8], addresses: &[u32], meter: &Meter) -> Result<Vec<Frame>, ElfFlaw> {
    let file = object::File::parse(elf).map_err(|error| ElfFlaw::Damaged(error.to_string()))?;
    // Without debug info, or where it is damaged, the symbols still have names.
    let lines = Lines::of(&file, meter).ok();
    let names = Names::of(&file);
    let mut frames = Vec::new();
    for &address in addresses {
        let found = lines.as_ref().and_then(|lines| lines.frames(address).ok()).unwrap_or_default();
        if meter.is_used_up() {
            return Err(ElfFlaw::Endless);
        }
        frames.extend(named(found, address, &names));
    }
    Ok(frames)
}

/// The frames of an address. The outermost function is the one that has a symbol, whose name is whole.
fn named(mut frames: Vec<Frame>, address: u32, names: &Names<'_>) -> Vec<Frame> {
    if frames.is_empty() {
        frames.push(Frame { address, function: None, place: None });
    }
    if let Some(outermost) = frames.last_mut()
        && let Some(name) = names.at(before(address))
    {
        outermost.function = Some(name);
    }
    frames
}

/// A return address is that of the instruction behind the call: the call itself ends just before.
const fn before(address: u32) -> u64 {
    address.saturating_sub(1) as u64
}

/// The debug info.
struct Lines<'a>(Context<Metered<'a>>);

impl<'a> Lines<'a> {
    fn of<'d>(file: &object::File<'d>, meter: &'a Meter) -> Result<Self, addr2line::gimli::Error>
    where
        'd: 'a,
    {
        let endian = if file.is_little_endian() { RunTimeEndian::Little } else { RunTimeEndian::Big };
        let section = |id| Ok::<_, addr2line::gimli::Error>(Metered::new(bytes_of(file, id), endian, meter));
        let dwarf = Dwarf::load(section)?;
        check_depth(&dwarf)?;
        Context::from_dwarf(dwarf).map(Self)
    }

    fn frames(&self, address: u32) -> Result<Vec<Frame>, addr2line::gimli::Error> {
        let mut found = self.0.find_frames(before(address)).skip_all_loads()?;
        let mut frames = Vec::new();
        while frames.len() < MAX_INLINED
            && let Some(frame) = found.next()?
        {
            let name = frame.function.as_ref().and_then(|function| function.raw_name().ok());
            let place =
                frame.location.and_then(|at| Some(Place::new(at.file?, at.line.filter(|line| *line > 0)?)));
            let function = name.as_deref().map(names::readable);
            if function.is_some() || place.is_some() {
                frames.push(Frame { address, function, place });
            }
        }
        Ok(frames)
    }
}

/// The bytes of a section; none if it is too large, compressed, or not there.
fn bytes_of<'d>(file: &object::File<'d>, id: SectionId) -> &'d [u8] {
    let most = if id == SectionId::DebugLine { MAX_LINES } else { MAX_SECTION };
    let section = file.section_by_name(id.name());
    let bytes = section.and_then(|section| match section.compressed_data() {
        Ok(data) if data.format == object::CompressionFormat::None => Some(data.data),
        _ => None,
    });
    bytes.filter(|bytes| bytes.len() <= most).unwrap_or_default()
}

/// Fails if a tree nests more deeply than any compiler's.
fn check_depth(dwarf: &Dwarf<Metered<'_>>) -> Result<(), addr2line::gimli::Error> {
    let mut headers = dwarf.units();
    while let Some(header) = headers.next()? {
        // The context passes over units that cannot be read as well.
        let Ok(unit) = dwarf.unit(header) else { continue };
        let unit = UnitRef::new(dwarf, &unit);
        let mut entries = unit.entries_raw(None)?;
        while !entries.is_empty() {
            if entries.next_depth() > MAX_DEPTH {
                return Err(addr2line::gimli::Error::UnsupportedOffset);
            }
            if let Some(kind) = entries.read_abbreviation()? {
                entries.skip_attributes(kind.attributes())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
