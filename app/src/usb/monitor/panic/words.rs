//! The lines of a panic, one by one: those of Skylift's firmware, of esp-backtrace, of ESP-IDF, and of Rust's `std`.
//!
//! ESP-IDF's: ESP-IDF Programming Guide, "Fatal Errors".

/// Where code is on Espressif's chips, RAM and flash; the ROM's own is left out, no ELF has it.
const CODE: [std::ops::Range<u32>; 2] = [0x4007_0000..0x4200_0000, 0x4200_0000..0x4480_0000];

/// What a line of a panic is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// What Skylift's firmware begins with; the message may go on.
    Own(&'a str),
    /// `panicked at PLACE:`; the message follows, or stands in it, as old compilers have it.
    Panicked { place: &'a str, message: &'a str },
    /// Another beginning, which is its own message; empty if it says nothing.
    Alarm(&'a str),
    /// `at src/main.rs:42`
    Place(&'a str),
    /// An address alone.
    Address(u32),
    /// `Backtrace:`, and what stands behind it.
    Backtrace(Vec<u32>),
    /// Program counter and return address.
    Registers { pc: u32, ra: u32 },
    /// A line of the stack's memory: what may be code.
    Stack(Vec<u32>),
    /// `ELF file SHA256: ...`
    Elf(&'a str),
    /// The last line.
    Last,
    /// Nothing.
    Blank,
    /// Anything else.
    Text(&'a str),
}

/// The beginning of a panic, if a line is one.
pub(super) fn alarm(text: &str) -> Option<Part<'_>> {
    if let Some(message) = text.strip_prefix("panic: ") {
        return Some(Part::Own(message));
    }
    let is_thread = |head: &str| head.is_empty() || head.starts_with("thread '");
    if let Some((_, rest)) = text.split_once("panicked at ").filter(|(head, _)| is_thread(head)) {
        return Some(panicked(rest));
    }
    if text.starts_with("=====") && text.contains(" PANIC ") {
        return Some(Part::Alarm(""));
    }
    let text = text.strip_prefix("Guru Meditation Error: ").or_else(|| {
        let beginnings =
            ["abort() was called", "assert failed: ", "***ERROR*** ", "assertion \"", "CORRUPT HEAP: "];
        let begins = beginnings.iter().any(|beginning| text.starts_with(beginning));
        (begins || text == "Brownout detector was triggered").then_some(text)
    })?;
    Some(Part::Alarm(text.strip_prefix("***ERROR*** ").unwrap_or(text)))
}

/// `src/main.rs:42:9:`, or `'message', src/main.rs:42:9`.
fn panicked(rest: &str) -> Part<'_> {
    match rest.strip_prefix('\'').and_then(|rest| rest.rsplit_once("', ")) {
        Some((message, place)) => Part::Panicked { place, message },
        None => Part::Panicked { place: rest.trim_end().trim_end_matches(':'), message: "" },
    }
}

/// A line of a block that has begun.
pub(super) fn part(text: &str) -> Part<'_> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Part::Blank;
    }
    if let Some(digits) = elf(trimmed) {
        return Part::Elf(digits);
    }
    if matches!(trimmed, "restarting" | "Rebooting..." | "CPU halted." | "Entering gdb stub now.") {
        return Part::Last;
    }
    if let Some(list) = trimmed.strip_prefix("Backtrace:") {
        return Part::Backtrace(
            list.split_ascii_whitespace().map_while(|pair| hex(pair.split(':').next()?)).collect(),
        );
    }
    if let Some(address) = hex(trimmed) {
        return Part::Address(address);
    }
    registers(trimmed)
        .or_else(|| stack(trimmed))
        .or_else(|| place(trimmed))
        .or_else(|| alarm(text))
        .unwrap_or(Part::Text(trimmed))
}

/// The digits of `ELF file SHA256:  a5e0090b4...`, which ESP-IDF's logger says at the start too.
pub(super) fn elf(text: &str) -> Option<&str> {
    let (_, digits) = text.split_once("ELF file SHA256:")?;
    Some(digits.trim().trim_end_matches("..."))
}

/// `MEPC    : 0x40386488  RA      : 0x40386b02  SP ...`, and `PC : 0x400d1234  PS : ...` of Xtensa, which has a backtrace.
fn registers(text: &str) -> Option<Part<'_>> {
    let mut words = text.strip_prefix("MEPC")?.split_ascii_whitespace().filter(|word| *word != ":");
    let pc = hex(words.next()?)?;
    let ra = words.next().filter(|name| *name == "RA").and(words.next())?;
    Some(Part::Registers { pc, ra: hex(ra)? })
}

/// `3fc9a350: 0x00000000 0x42001234 ...`
fn stack(text: &str) -> Option<Part<'_>> {
    let (address, words) = text.split_once(": 0x")?;
    u32::from_str_radix(address, 16).ok().filter(|_| address.len() == 8)?;
    let words = words
        .split_ascii_whitespace()
        .filter_map(|word| u32::from_str_radix(word.strip_prefix("0x").unwrap_or(word), 16).ok());
    Some(Part::Stack(words.filter(|word| is_code(*word)).collect()))
}

fn place(text: &str) -> Option<Part<'_>> {
    let place = text.strip_prefix("at ")?;
    let (file, line) = place.rsplit_once(':')?;
    (!file.is_empty() && line.parse::<u32>().is_ok()).then_some(Part::Place(place))
}

fn is_code(address: u32) -> bool {
    CODE.iter().any(|code| code.contains(&address))
}

/// `0x42001234`, with nothing around it.
fn hex(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("0x")?;
    let sound = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    u32::from_str_radix(digits, 16).ok().filter(|_| sound)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn panics_begin_in_many_ways() {
        for (text, begins) in [
            ("panic: index out of bounds", Part::Own("index out of bounds")),
            ("panicked at src/main.rs:42:9:", Part::Panicked { place: "src/main.rs:42:9", message: "" }),
            (
                "thread 'main' panicked at 'it''s over', src/main.rs:4:5",
                Part::Panicked { place: "src/main.rs:4:5", message: "it''s over" },
            ),
            ("====================== PANIC ======================", Part::Alarm("")),
            (
                "Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.",
                Part::Alarm("Core  0 panic'ed (Load access fault). Exception was unhandled."),
            ),
            (
                "abort() was called at PC 0x42067cd5 on core 0",
                Part::Alarm("abort() was called at PC 0x42067cd5 on core 0"),
            ),
            (
                "***ERROR*** A stack overflow in task main has been detected.",
                Part::Alarm("A stack overflow in task main has been detected."),
            ),
        ] {
            assert_eq!(alarm(text), Some(begins));
        }
        for text in ["", "he panicked at noon", "PANIC ", "panic", "assert", "no panic: all is well"] {
            assert_eq!(alarm(text), None, "{text}");
        }
    }

    #[test]
    fn the_parts_of_a_panic_are_told_apart() {
        for (text, expected) in [
            ("  ", Part::Blank),
            ("at src/main.rs:12", Part::Place("src/main.rs:12")),
            ("at night", Part::Text("at night")),
            ("0x42012a3e", Part::Address(0x4201_2A3E)),
            ("0x42012a3e5", Part::Text("0x42012a3e5")),
            (
                "Backtrace: 0x400833dd:0x3ffb21b0 0x40087f2d:0x3ffb21d0 |<-CORRUPTED",
                Part::Backtrace(vec![0x4008_33DD, 0x4008_7F2D]),
            ),
            ("Backtrace:0x400833dd:0x3ffb21b0", Part::Backtrace(vec![0x4008_33DD])),
            ("Backtrace:", Part::Backtrace(vec![])),
            (
                "MEPC    : 0x40386488  RA      : 0x40386b02  SP      : 0x3fc9a350  GP      : 0x3fc923c0",
                Part::Registers { pc: 0x4038_6488, ra: 0x4038_6B02 },
            ),
            (
                "3fc9a350: 0x00000000 0x42001234 0x3fc9a350 0x40386b02",
                Part::Stack(vec![0x4200_1234, 0x4038_6B02]),
            ),
            ("ELF file SHA256: 6e83b5b77", Part::Elf("6e83b5b77")),
            ("I (248) cpu_start: ELF file SHA256:  6fd6da770ef72528...", Part::Elf("6fd6da770ef72528")),
            ("Rebooting...", Part::Last),
            ("restarting", Part::Last),
            ("Core  0 register dump:", Part::Text("Core  0 register dump:")),
        ] {
            assert_eq!(part(text), expected);
        }
    }
}
