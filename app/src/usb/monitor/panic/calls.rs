//! Whether a word on the stack may be where a call comes back to: only if there is a call before it.
//!
//! Encodings: "The RISC-V Instruction Set Manual", volume I, `JAL`, `JALR`, `C.JAL` and `C.JALR`.

use object::{Object, ObjectSection, SectionKind};

/// More sections than a linker makes for a chip.
const MAX_SECTIONS: usize = 200;

/// The code of an ELF.
pub(super) struct Code<'d>(Vec<(u64, &'d [u8])>);

impl<'d> Code<'d> {
    /// Takes what is code; nothing of an ELF for another processor than RISC-V, whose stack tells nothing.
    pub fn of(elf: &'d [u8]) -> Self {
        let Ok(file) = object::File::parse(elf) else { return Self(Vec::new()) };
        if file.architecture() != object::Architecture::Riscv32 {
            return Self(Vec::new());
        }
        let sections =
            file.sections().take(MAX_SECTIONS).filter(|section| section.kind() == SectionKind::Text);
        Self(sections.filter_map(|section| Some((section.address(), section.data().ok()?))).collect())
    }

    /// Whether a call ends right before the address.
    pub fn has_call_before(&self, address: u32) -> bool {
        self.0.iter().any(|(start, code)| {
            let at = u64::from(address).checked_sub(*start).and_then(|at| usize::try_from(at).ok());
            at.and_then(|at| code.get(..at)).is_some_and(ends_with_call)
        })
    }
}

fn ends_with_call(code: &[u8]) -> bool {
    let compressed = code.last_chunk::<2>().map(|bytes| u16::from_le_bytes(*bytes));
    let whole = code.last_chunk::<4>().map(|bytes| u32::from_le_bytes(*bytes));
    // c.jal, and c.jalr by any register but x0.
    compressed.is_some_and(|code| code & 0xE003 == 0x2001 || (code & 0xF07F == 0x9002 && code & 0x0F80 != 0))
        // jal and jalr that leave the return address in ra.
        || whole.is_some_and(|code| code & 0xFFF == 0x0EF || code & 0x7FFF == 0x0E7)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_are_known_by_their_instructions() {
        // jal ra, 16; jalr ra, 0(a5); c.jalr a5; c.jal 4
        for call in [
            &0x0100_00EF_u32.to_le_bytes()[..],
            &0x0007_80E7_u32.to_le_bytes(),
            &0x9782_u16.to_le_bytes(),
            &0x2011_u16.to_le_bytes(),
        ] {
            let mut code = vec![0x13, 0, 0, 0];
            code.extend(call);
            assert!(ends_with_call(&code), "{call:x?}");
        }
        // nop; c.nop; ret (jalr zero, ra); c.jr ra; c.ebreak; nothing
        for other in [
            &0x0000_0013_u32.to_le_bytes()[..],
            &0x0001_u16.to_le_bytes(),
            &0x0000_8067_u32.to_le_bytes(),
            &0x8082_u16.to_le_bytes(),
            &0x9002_u16.to_le_bytes(),
            &[],
        ] {
            assert!(!ends_with_call(other), "{other:x?}");
        }
    }
}
