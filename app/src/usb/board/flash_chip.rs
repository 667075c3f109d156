//! The flash beside a chip, as it names itself (JEDEC JEP106: maker, family, size).

/// A flash chip.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FlashChip {
    /// The number of its maker.
    pub maker: u8,
    /// The number of its family.
    pub family: u8,
}

impl FlashChip {
    pub(super) const fn from_id(id: u32) -> Self {
        let [maker, family, ..] = id.to_le_bytes();
        Self { maker, family }
    }

    /// Who made it, if that is known.
    #[must_use]
    pub const fn maker_name(self) -> Option<&'static str> {
        Some(match self.maker {
            0x01 => "Infineon",
            0x0B => "XTX",
            0x1C => "EON",
            0x20 => "XMC",
            0x5E => "Zbit",
            0x68 => "Boya",
            0x85 => "Puya",
            0x8C => "ESMT",
            0x9D => "ISSI",
            0xA1 => "Fudan",
            0xC2 => "Macronix",
            0xC8 => "GigaDevice",
            0xEF => "Winbond",
            _ => return None,
        })
    }
}

impl std::fmt::Display for FlashChip {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.maker_name() {
            Some(name) => f.write_str(name),
            None => write!(f, "maker {:#04x}", self.maker),
        }
    }
}
