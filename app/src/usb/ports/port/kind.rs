//! What kind of port a port is.

/// What kind of port it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The USB-Serial/JTAG of an Espressif chip.
    SerialJtag,
    /// The USB-OTG of an Espressif chip, driven by its ROM or its program.
    Otg,
    /// A USB bridge that is on many boards.
    Bridge,
    /// Another USB device.
    OtherUsb,
    /// A serial port of this computer.
    BuiltIn,
    /// Bluetooth.
    Bluetooth,
    /// Not known.
    Unknown,
}

impl Kind {
    /// The chip itself is the USB device: its port goes away, and comes back, when another program runs on it.
    #[must_use]
    pub const fn is_native(self) -> bool {
        matches!(self, Self::SerialJtag | Self::Otg)
    }

    /// One word, for programs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SerialJtag => "usb_serial_jtag",
            Self::Otg => "usb_otg",
            Self::Bridge => "usb_bridge",
            Self::OtherUsb => "usb",
            Self::BuiltIn => "built_in",
            Self::Bluetooth => "bluetooth",
            Self::Unknown => "unknown",
        }
    }
}
