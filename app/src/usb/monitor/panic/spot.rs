//! Finds panics in the lines of a log: from their first line to the reset, to the next log line, or to silence.

use std::time::SystemTime;

use super::words::{Part, alarm, elf, part};
use super::{Address, ElfDigits, Panic};
use crate::usb::monitor::said::Voice;

/// A longer block is no panic any more.
const MAX_LINES: u64 = 300;
/// The most of a message.
const MAX_MESSAGE: usize = 600;
/// The most letters of a place.
const MAX_PLACE: usize = 300;
/// The most addresses that a firmware is sure of; ESP-IDF tells 100 at most.
const MAX_ADDRESSES: usize = 100;
/// The most words of the stack that are looked at.
const MAX_GUESSES: usize = 64;

/// Looks at every line.
#[derive(Debug, Default)]
pub(in crate::usb::monitor) struct Spotter {
    block: Option<Block>,
    /// What the firmware has said at its start.
    elf: Option<ElfDigits>,
}

/// A panic that is not over.
#[derive(Debug)]
struct Block {
    panic: Panic,
    /// Addresses alone are where calls come back to, as Skylift's firmware tells them.
    is_own: bool,
    /// The lines that follow are the message.
    in_message: bool,
    /// Addresses alone belong to a backtrace.
    in_backtrace: bool,
    guesses: Vec<u32>,
}

impl Spotter {
    /// Takes a line; the panic that has ended before it, or with it.
    pub fn line(&mut self, number: u64, at: SystemTime, text: &str, voice: Voice) -> Option<Panic> {
        let ended = match voice {
            Voice::Reset | Voice::Logger => self.end(),
            Voice::Panic | Voice::Anyone => None,
        };
        if voice == Voice::Reset {
            self.elf = None;
        }
        if let Some(block) = &mut self.block {
            let goes_on = block.add(number, text);
            return if goes_on { ended } else { self.end() };
        }
        if let Some(digits) = elf(text) {
            self.elf = ElfDigits::new(digits);
        } else if let Some(beginning) = alarm(text).filter(|_| voice == Voice::Panic) {
            let mut block = Block::new(number, at, matches!(beginning, Part::Own(_)));
            block.take(beginning);
            self.block = Some(block);
        }
        ended
    }

    /// Nothing came for a while, or nothing will come: the panic that was not over is.
    pub fn end(&mut self) -> Option<Panic> {
        let Block { mut panic, guesses, .. } = self.block.take()?;
        panic.addresses.extend(guesses.into_iter().map(Address::Guess));
        panic.elf = panic.elf.or_else(|| self.elf.clone());
        Some(panic)
    }

    /// Whether a panic is not over.
    pub const fn is_in_panic(&self) -> bool {
        self.block.is_some()
    }

    /// Another firmware may run from here on.
    pub fn forget(&mut self) {
        self.elf = None;
    }
}

impl Block {
    fn new(number: u64, at: SystemTime, is_own: bool) -> Self {
        let lines = number..number + 1;
        let panic =
            Panic { lines, at, message: String::new(), place: None, addresses: Vec::new(), elf: None };
        Self { panic, is_own, in_message: false, in_backtrace: false, guesses: Vec::new() }
    }

    /// Adds a line; whether the block goes on.
    fn add(&mut self, number: u64, text: &str) -> bool {
        let part = part(text);
        let is_last = part == Part::Last;
        if part != Part::Blank {
            self.panic.lines.end = number + 1;
        }
        self.take(part);
        !is_last && number + 1 - self.panic.lines.start < MAX_LINES
    }

    fn take(&mut self, part: Part<'_>) {
        let goes_on = std::mem::take(&mut self.in_message);
        match part {
            Part::Own(message) => {
                self.say(message);
                self.in_message = true;
            }
            Part::Panicked { place, message } if self.panic.place.is_none() => {
                self.panic.place = Some(bounded(place));
                self.say(message);
                self.in_message = message.is_empty();
            }
            Part::Alarm(message) if self.panic.message.is_empty() => self.say(message),
            // Advice of Rust's `std`.
            Part::Text(text) if goes_on && !text.starts_with("note: ") => {
                self.say(text);
                self.in_message = true;
            }
            Part::Place(place) if self.is_own => self.panic.place = Some(bounded(place)),
            Part::Address(address) if self.is_own => self.address(Address::Return(address)),
            Part::Address(address) if self.in_backtrace => self.address(Address::Exact(address)),
            Part::Backtrace(addresses) => {
                self.in_backtrace = true;
                self.panic.addresses.clear();
                addresses.into_iter().for_each(|address| self.address(Address::Exact(address)));
            }
            Part::Registers { pc, ra } if !self.in_backtrace => {
                self.panic.addresses = vec![Address::Exact(pc), Address::Return(ra)];
            }
            Part::Stack(words) if !self.in_backtrace => {
                let room = MAX_GUESSES.saturating_sub(self.guesses.len());
                self.guesses.extend(words.into_iter().take(room));
            }
            Part::Elf(digits) => self.panic.elf = ElfDigits::new(digits),
            _ => {}
        }
        if self.in_backtrace {
            self.guesses.clear();
        }
    }

    fn address(&mut self, address: Address) {
        if self.panic.addresses.len() < MAX_ADDRESSES {
            self.panic.addresses.push(address);
        }
    }

    /// Adds to the message, one space between words.
    fn say(&mut self, text: &str) {
        for word in text.split_whitespace() {
            let message = &mut self.panic.message;
            if message.len() + word.len() >= MAX_MESSAGE {
                return;
            }
            if !message.is_empty() {
                message.push(' ');
            }
            message.push_str(word);
        }
    }
}

fn bounded(place: &str) -> String {
    place.chars().take(MAX_PLACE).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::usb::monitor::said;

    fn spot(spotter: &mut Spotter, log: &str) -> Vec<Panic> {
        let mut panics = Vec::new();
        for (text, number) in log.lines().zip(0..) {
            panics.extend(spotter.line(number, SystemTime::UNIX_EPOCH, text, said::read(text).voice));
        }
        panics
    }

    fn only(log: &str) -> Panic {
        let mut spotter = Spotter::default();
        let mut panics = spot(&mut spotter, log);
        panics.extend(spotter.end());
        assert_eq!(panics.len(), 1, "{panics:?}");
        panics.remove(0)
    }

    #[test]
    fn what_skylifts_firmware_leaves() {
        let digest = "5e".repeat(32);
        let log = format!(
            "[     1.204] WiFi: joined attic\n\npanic: index out of bounds:\nthe len is 4\nat src/main.rs:118\n0x42012a3e\n0x4201187c\n\
             ELF file SHA256: {digest}\nrestarting\nESP-ROM:esp32c3-api1-20210207\n"
        );
        let panic = only(&log);
        assert_eq!(panic.message, "index out of bounds: the len is 4");
        assert_eq!(panic.place.as_deref(), Some("src/main.rs:118"));
        assert_eq!(panic.addresses, [Address::Return(0x4201_2A3E), Address::Return(0x4201_187C)]);
        assert_eq!(panic.elf.unwrap().to_string(), digest);
        assert_eq!(panic.lines, 2..9);
    }

    #[test]
    fn what_esp_backtrace_prints() {
        let log = "INFO - hello\n\n====================== PANIC ======================\npanicked at src/main.rs:10:5:\nno sensor\n\n\
                   Backtrace:\n\n0x42001234\n0x42005678\n\n\n";
        let panic = only(log);
        assert_eq!((panic.message.as_str(), panic.place.as_deref()), ("no sensor", Some("src/main.rs:10:5")));
        assert_eq!(panic.addresses, [Address::Exact(0x4200_1234), Address::Exact(0x4200_5678)]);
        assert_eq!((panic.lines, panic.elf), (2..10, None));
    }

    #[test]
    fn what_esp_idf_prints_on_riscv() {
        let log = "I (444) app_init: ELF file SHA256:  e160c722f...\nGuru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.\n\n\
                   Core  0 register dump:\nMEPC    : 0x42007ee8  RA      : 0x42007ee6  SP      : 0x3fc9a350  GP      : 0x3fc92200\n\
                   Stack memory:\n3fc9a350: 0x00000000 0x42001234 0x3fc9a350 0x40386b02\n\n\n\nELF file SHA256: e160c722f\n\nRebooting...\n";
        let panic = only(log);
        assert_eq!(panic.message, "Core 0 panic'ed (Load access fault). Exception was unhandled.");
        assert_eq!(
            panic.addresses,
            [
                Address::Exact(0x4200_7EE8),
                Address::Return(0x4200_7EE6),
                Address::Guess(0x4200_1234),
                Address::Guess(0x4038_6B02)
            ]
        );
        assert_eq!(panic.elf.unwrap().to_string(), "e160c722f");
        assert_eq!(panic.lines, 1..13);
    }

    #[test]
    fn what_esp_idf_prints_on_xtensa_after_rust_has_panicked() {
        let log = "thread 'main' panicked at src/main.rs:5:5:\nno sensor\nnote: run with `RUST_BACKTRACE=1`\n\nabort() was called at PC 0x400d1234 on core 0\n\n\
                   Backtrace: 0x400833dd:0x3ffb21b0 0x40087f2d:0x3ffb21d0\n\nELF file SHA256: cc58cc88d58e4143\n\nE (1) x: y\n";
        let panic = only(log);
        assert_eq!(panic.message, "no sensor");
        assert_eq!(panic.addresses, [Address::Exact(0x4008_33DD), Address::Exact(0x4008_7F2D)]);
    }

    #[test]
    fn the_build_that_was_named_at_the_start_counts_until_the_next_reset() {
        let panics = "panic: a\nrestarting\nrst:0x3 (RTC_SW_SYS_RST)\npanic: b\nrestarting\n";
        let mut spotter = Spotter::default();
        let found =
            spot(&mut spotter, &format!("[     0.010] ELF file SHA256: {}\n{panics}", "5e".repeat(32)));
        assert!(found[0].elf.is_some() && found[1].elf.is_none(), "{found:?}");
        spot(&mut spotter, "ELF file SHA256: e160c722f");
        spotter.forget();
        assert_eq!(spot(&mut spotter, panics)[0].elf, None);
    }

    #[test]
    fn a_block_without_end_is_bounded() {
        let panic =
            &spot(&mut Spotter::default(), &format!("panic: a\n{}", "b 0x42000000 c\n".repeat(5000)))[0];
        assert_eq!(panic.lines, 0..MAX_LINES);
        assert!(panic.message.len() <= MAX_MESSAGE);
        let panic = only(&format!("panic: a\n{}", "0x42000000\n".repeat(200)));
        assert_eq!(panic.addresses.len(), MAX_ADDRESSES);
    }

    #[test]
    fn digits_that_name_no_build_are_none() {
        for digits in ["", "0000000000", "e160c7", "e160c72x", &"5e".repeat(33)] {
            assert_eq!(ElfDigits::new(digits), None, "{digits}");
        }
    }
}
