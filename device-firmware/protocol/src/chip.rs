//! Chips by ESP-IDF's numbers (`esp_chip_id_t` in `esp_app_format.h`).

use crate::word::wire_words;

wire_words! {
    /// A chip an image is made for.
    Chip {
        /// ESP32.
        Esp32 = "esp32",
        /// ESP32-S2.
        Esp32S2 = "esp32s2",
        /// ESP32-C3.
        Esp32C3 = "esp32c3",
        /// ESP32-S3.
        Esp32S3 = "esp32s3",
        /// ESP32-C2.
        Esp32C2 = "esp32c2",
        /// ESP32-C6.
        Esp32C6 = "esp32c6",
        /// ESP32-H2.
        Esp32H2 = "esp32h2",
        /// ESP32-P4.
        Esp32P4 = "esp32p4",
        /// ESP32-C61.
        Esp32C61 = "esp32c61",
        /// ESP32-C5.
        Esp32C5 = "esp32c5",
    }
}

impl Chip {
    /// The chip of an image header's `chip_id`; `Unknown` for numbers not in ESP-IDF's list.
    #[must_use]
    pub const fn from_image_id(id: u16) -> Self {
        match id {
            0x0000 => Self::Esp32,
            0x0002 => Self::Esp32S2,
            0x0005 => Self::Esp32C3,
            0x0009 => Self::Esp32S3,
            0x000C => Self::Esp32C2,
            0x000D => Self::Esp32C6,
            0x0010 => Self::Esp32H2,
            0x0012 => Self::Esp32P4,
            0x0014 => Self::Esp32C61,
            0x0017 => Self::Esp32C5,
            _ => Self::Unknown,
        }
    }

    /// The number of the chip in an image header; `None` for `Unknown`.
    #[must_use]
    pub const fn image_id(self) -> Option<u16> {
        Some(match self {
            Self::Esp32 => 0x0000,
            Self::Esp32S2 => 0x0002,
            Self::Esp32C3 => 0x0005,
            Self::Esp32S3 => 0x0009,
            Self::Esp32C2 => 0x000C,
            Self::Esp32C6 => 0x000D,
            Self::Esp32H2 => 0x0010,
            Self::Esp32P4 => 0x0012,
            Self::Esp32C61 => 0x0014,
            Self::Esp32C5 => 0x0017,
            Self::Unknown => return None,
        })
    }
}
