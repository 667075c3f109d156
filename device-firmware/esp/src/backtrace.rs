//! Return addresses along the chain of frame pointers, however broken the stack is.

use core::ops::Range;

use heapless::Vec;

/// What lies where.
pub struct Memory<'a> {
    /// Where stacks may be.
    pub stacks: Range<usize>,
    /// Where code may be.
    pub code: &'a [Range<usize>],
}

/// Frames that are looked at; a chain that goes on is a damaged one.
const MOST: usize = 32;
const WORD: usize = 4;

impl Memory<'_> {
    /// Whether an instruction may be there.
    pub fn is_code(&self, address: u32) -> bool {
        self.code.iter().any(|code| code.contains(&(address as usize)))
    }

    /// Adds the return addresses of the frames above `after`, innermost first, until `addresses` is full.
    ///
    /// RISC-V with frame pointers: `s0` points behind the frame, whose last word is the return address and whose last
    /// but one is the caller's `s0`. Stacks grow downwards, so each caller's frame is above.
    ///
    /// `word` reads memory; it is asked for aligned addresses inside [`stacks`](Self::stacks) only.
    pub fn walk<const N: usize>(
        &self,
        frame: usize,
        after: usize,
        word: impl Fn(usize) -> u32,
        addresses: &mut Vec<u32, N>,
    ) {
        let mut frame = frame;
        for _ in 0..MOST {
            let Some(low) = frame.checked_sub(2 * WORD) else { return };
            if !frame.is_multiple_of(WORD) || low < self.stacks.start || frame > self.stacks.end {
                return;
            }
            let back = word(low + WORD);
            if frame > after && self.is_code(back) && addresses.push(back).is_err() {
                return;
            }
            let caller = word(low) as usize;
            if caller <= frame {
                return;
            }
            frame = caller;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STACK: usize = 0x3FC8_1000;
    const CODE: [Range<usize>; 2] = [0x4000_0000..0x4006_0000, 0x4200_0000..0x4280_0000];

    /// Walks a stack of eight words, from the frame that ends behind word `from`.
    fn walked(words: [u32; 8], from: usize, after: usize) -> Vec<u32, 3> {
        let memory = Memory { stacks: STACK..STACK + 32, code: &CODE };
        let mut addresses = Vec::new();
        let word = |at: usize| words[(at - STACK) / WORD];
        memory.walk(STACK + from * WORD, after, word, &mut addresses);
        addresses
    }

    fn at(word: u32) -> u32 {
        STACK as u32 + 4 * word
    }

    #[test]
    fn a_chain_is_followed_to_its_end() {
        // Frames end behind words 1, 5 and 7.
        let words = [at(6), 0x4200_0010, 7, 7, at(8), 0x4200_0020, 0, 0x4000_0030];
        assert_eq!(walked(words, 2, 0), [0x4200_0010, 0x4200_0020, 0x4000_0030]);
        // What lies below a trap's frame is the handler's.
        assert_eq!(walked(words, 2, STACK + 2 * WORD), [0x4200_0020, 0x4000_0030]);
    }

    #[test]
    fn a_damaged_chain_ends_where_it_breaks() {
        let good = [at(4), 0x4200_0010, at(2), 0x4200_0020, 0, 0, 0, 0];
        // Back to where it came from.
        assert_eq!(walked(good, 2, 0), [0x4200_0010, 0x4200_0020]);
        for wild in [0, 4, at(3) + 1, at(9), u32::MAX, 0x4200_0000] {
            let words = [wild, 0x4200_0010, 0, 0, 0, 0, 0, 0];
            assert_eq!(walked(words, 2, 0), [0x4200_0010], "{wild:#x}");
        }
        // Not even the first frame is on a stack.
        assert_eq!(walked(good, 0, 0), []);
        assert_eq!(walked(good, 1, 0), []);
        assert_eq!(walked(good, 9, 0), []);
    }

    #[test]
    fn what_is_no_code_is_left_out_and_no_more_is_kept_than_there_is_room() {
        let words = [at(4), 0xDEAD_BEEF, at(6), 0x4200_0020, at(8), 0x4200_0030, 0, 0x4200_0040];
        assert_eq!(walked(words, 2, 0), [0x4200_0020, 0x4200_0030, 0x4200_0040]);
        let words = [at(4), 0x4200_0010, at(6), 0x4200_0020, at(8), 0x4200_0030, 0, 0x4200_0040];
        assert_eq!(walked(words, 2, 0), [0x4200_0010, 0x4200_0020, 0x4200_0030]);
    }
}
