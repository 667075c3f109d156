//! The processor's exceptions in words.
//!
//! Numbers: "The RISC-V Instruction Set Manual", volume II, `mcause`; 14 is given by esp-hal's trap handler.

/// What the cause of an exception means (`mcause`, without its highest bit).
#[must_use]
pub const fn name(cause: u32) -> &'static str {
    match cause {
        0 => "misaligned instruction",
        1 => "no access to instruction",
        2 => "illegal instruction",
        // The HAL has the processor watch the end of the stack.
        3 => "breakpoint, or the stack ran full",
        4 => "misaligned load",
        5 => "no access for load",
        6 => "misaligned store",
        7 => "no access for store",
        8 | 11 => "call of the environment",
        14 => "the stack ran over",
        _ => "unknown exception",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cause_has_words_that_fit_a_record() {
        // "(mcause 0x0000000f, mepc 0x42001234, mtval 0x00000000)" has to fit behind it.
        for cause in 0..=u32::from(u8::MAX) {
            assert!((5..=100).contains(&name(cause).len()), "{cause}");
        }
        assert_eq!(name(5), "no access for load");
        assert_eq!(name(7), "no access for store");
    }
}
