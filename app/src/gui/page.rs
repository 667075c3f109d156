//! The pages, in the order of the navigation.

/// A page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Page {
    /// All devices, and one in detail.
    Devices,
    /// Updates: planned, running, ended.
    Updates,
    /// Images.
    Firmware,
    /// Boards on a cable: flashed, set up, backed up.
    Usb,
    /// What a board on a cable logs.
    Monitor,
    /// Plain serving.
    Serve,
    /// What was, over restarts.
    History,
    /// What went wrong in this session.
    Messages,
    /// Settings.
    Settings,
}

impl Page {
    /// All of them.
    pub const ALL: [Self; 9] = [
        Self::Devices,
        Self::Updates,
        Self::Firmware,
        Self::Usb,
        Self::Monitor,
        Self::Serve,
        Self::History,
        Self::Messages,
        Self::Settings,
    ];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Devices => "Devices",
            Self::Updates => "Updates",
            Self::Firmware => "Firmware",
            Self::Usb => "USB",
            Self::Monitor => "Monitor",
            Self::Serve => "Serve",
            Self::History => "History",
            Self::Messages => "Messages",
            Self::Settings => "Settings",
        }
    }
}

impl std::str::FromStr for Page {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        Self::ALL.into_iter().find(|page| page.name().eq_ignore_ascii_case(name)).ok_or_else(|| {
            let names = Self::ALL.map(|page| page.name().to_lowercase()).join(", ");
            format!("there is no page {name:?}; there are {names}")
        })
    }
}
