//! How a board is approached: which port, how it gets into its loader and out of it, how fast.

use skylift_protocol::Chip;

/// The rate at which every loader listens first.
pub(super) const FIRST_BAUD: u32 = 115_200;

/// The highest rate that is usually tried, in baud.
pub const USUAL_RATE: u32 = 921_600;

/// How the chip gets into download mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Before {
    /// The port's lines reset it; where the port has none, somebody has done so by hand.
    #[default]
    Reset,
    /// Somebody has done so by hand.
    NoReset,
}

/// How it is left.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum After {
    /// It runs its program.
    #[default]
    Reset,
    /// It stays in download mode.
    NoReset,
}

/// Who answers on the chip.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Loader {
    /// A small program that is loaded into its memory first; it is faster, and knows more.
    #[default]
    Stub,
    /// The loader in its ROM alone.
    Rom,
}

/// How a board is approached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Approach {
    /// The port, as the system names it.
    pub port: String,
    /// How the chip gets into download mode.
    pub before: Before,
    /// How it is left.
    pub after: After,
    /// Who answers.
    pub loader: Loader,
    /// The highest baud rate to try; it is lowered where bytes arrive damaged.
    pub baud: u32,
    /// The chip that must be there; `None` takes any.
    pub chip: Option<Chip>,
}

impl Approach {
    /// The usual one: reset by the port's lines, stub, 921,600 baud, any chip.
    #[must_use]
    pub fn new(port: impl Into<String>) -> Self {
        Self {
            port: port.into(),
            before: Before::default(),
            after: After::default(),
            loader: Loader::default(),
            baud: USUAL_RATE,
            chip: None,
        }
    }
}

/// The rates to try, the highest first.
pub(super) fn rates(highest: u32) -> Vec<u32> {
    let mut rates = vec![highest.max(FIRST_BAUD)];
    rates.extend([921_600, 460_800, 230_400, FIRST_BAUD].into_iter().filter(|&rate| rate < highest));
    rates
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_go_down_to_the_first() {
        assert_eq!(rates(2_000_000), [2_000_000, 921_600, 460_800, 230_400, 115_200]);
        assert_eq!(rates(460_800), [460_800, 230_400, 115_200]);
        assert_eq!(rates(115_200), [115_200]);
        assert_eq!(rates(9_600), [115_200]);
    }
}
