//! The settings by name: how each is read, checked, shown and explained.

use std::fmt;
use std::num::NonZeroUsize;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use super::{Settings, Theme};

/// The word for what Skylift is to find out.
const AUTO: &str = "auto";

/// One setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// See [`Settings::host_address`].
    HostAddress,
    /// See [`Settings::port`].
    Port,
    /// See [`Settings::parallel`].
    Parallel,
    /// See [`Settings::silence`].
    Silence,
    /// See [`Settings::comeback`].
    Comeback,
    /// See [`Settings::probation`].
    Probation,
    /// See [`Settings::default_signer`].
    DefaultSigner,
    /// See [`Settings::backup_before_flash`].
    BackupBeforeFlash,
    /// See [`Settings::log_lines`].
    LogLines,
    /// See [`Settings::toit_sdk`].
    ToitSdk,
    /// See [`WindowSettings::theme`](super::WindowSettings::theme).
    Theme,
    /// See [`WindowSettings::scale`](super::WindowSettings::scale).
    Scale,
    /// See [`WindowSettings::notifications`](super::WindowSettings::notifications).
    Notifications,
}

/// A text that names no setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no setting; `skylift settings` lists them")]
pub struct KeyError(String);

/// A value that a setting cannot have.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{value}` is no value for {}: it takes {}", key.name(), key.takes())]
pub struct ValueError {
    /// The setting.
    pub key: Key,
    /// The value.
    pub value: String,
}

impl crate::advice::Advice for ValueError {
    // Its sentence says what the setting takes.
}

impl Key {
    /// All settings, in the order in which they are listed.
    pub const ALL: [Self; 13] = [
        Self::HostAddress,
        Self::Port,
        Self::Parallel,
        Self::Silence,
        Self::Comeback,
        Self::Probation,
        Self::DefaultSigner,
        Self::BackupBeforeFlash,
        Self::LogLines,
        Self::ToitSdk,
        Self::Theme,
        Self::Scale,
        Self::Notifications,
    ];

    /// Its section in the file, and its name there.
    #[must_use]
    pub const fn place(self) -> (&'static str, &'static str) {
        match self {
            Self::HostAddress => ("network", "host-address"),
            Self::Port => ("network", "port"),
            Self::Parallel => ("updates", "parallel"),
            Self::Silence => ("updates", "silence"),
            Self::Comeback => ("updates", "comeback"),
            Self::Probation => ("updates", "probation"),
            Self::DefaultSigner => ("signing", "default-signer"),
            Self::BackupBeforeFlash => ("usb", "backup-before-flash"),
            Self::LogLines => ("usb", "log-lines"),
            Self::ToitSdk => ("toit", "sdk"),
            Self::Theme => ("window", "theme"),
            Self::Scale => ("window", "scale"),
            Self::Notifications => ("window", "notifications"),
        }
    }

    /// Its whole name, such as `network.port`.
    #[must_use]
    pub fn name(self) -> String {
        let (section, name) = self.place();
        format!("{section}.{name}")
    }

    /// What it is, in half a sentence.
    #[must_use]
    pub const fn about(self) -> &'static str {
        match self {
            Self::HostAddress => "where devices reach this computer, if Skylift finds the wrong address",
            Self::Port => "the TCP port that images are served on",
            Self::Parallel => "how many devices are updated at the same time",
            Self::Silence => "seconds until a device that gives no sign is given up",
            Self::Comeback => "the same while it restarts",
            Self::Probation => "seconds a new image gets to validate, if the device names no deadline",
            Self::DefaultSigner => "who signs an image where nobody is named",
            Self::BackupBeforeFlash => {
                "whether a board that holds something is backed up before it is flashed"
            }
            Self::LogLines => "how many lines of a board's log the window keeps",
            Self::ToitSdk => "the folder of the Toit SDK that compiles programs",
            Self::Theme => "how the window looks",
            Self::Scale => "how large the window draws everything",
            Self::Notifications => "whether the desktop tells how an update ended",
        }
    }

    /// What can be set, to be read behind "it takes".
    const fn takes(self) -> &'static str {
        match self {
            Self::HostAddress => {
                "an IPv4 address of this computer, one with a port like 192.168.1.5:8000, or auto"
            }
            Self::Port => "a port from 1 to 65535",
            Self::Parallel => "a number from 1 to 1000",
            Self::Silence | Self::Comeback => "seconds from 5 to 3600",
            Self::Probation => "seconds from 10 to 86400",
            Self::DefaultSigner => "the name of a signer: letters, digits, `-` and `_`",
            Self::LogLines => "a number from 1000 to 1000000",
            Self::ToitSdk => "the absolute path of a folder, or auto: TOIT_SDK, PATH, what Jaguar has",
            Self::Theme => "system, dark or light",
            Self::Scale => "a number from 0.5 to 3",
            Self::BackupBeforeFlash | Self::Notifications => "true or false",
        }
    }

    /// Whether its value is a word, also where it looks like a number.
    pub(super) const fn is_word(self) -> bool {
        matches!(self, Self::HostAddress | Self::DefaultSigner | Self::ToitSdk | Self::Theme)
    }

    /// Its value, as it is typed.
    #[must_use]
    pub fn value(self, of: &Settings) -> String {
        match self {
            Self::HostAddress => of.host_address.map_or(AUTO.to_owned(), |address| address.to_string()),
            Self::Port => of.port.to_string(),
            Self::Parallel => of.parallel.to_string(),
            Self::Silence => of.silence.as_secs().to_string(),
            Self::Comeback => of.comeback.as_secs().to_string(),
            Self::Probation => of.probation.as_secs().to_string(),
            Self::DefaultSigner => of.default_signer.to_string(),
            Self::BackupBeforeFlash => of.backup_before_flash.to_string(),
            Self::LogLines => of.log_lines.to_string(),
            Self::ToitSdk => of.toit_sdk.as_ref().map_or(AUTO.to_owned(), |path| path.display().to_string()),
            Self::Theme => of.window.theme.as_str().to_owned(),
            Self::Scale => of.window.scale.to_string(),
            Self::Notifications => of.window.notifications.to_string(),
        }
    }

    /// Sets it.
    ///
    /// # Errors
    /// It cannot have this value.
    pub fn set(self, text: &str, of: &mut Settings) -> Result<(), ValueError> {
        self.take(text.trim(), of).ok_or_else(|| ValueError { key: self, value: text.to_owned() })
    }

    fn take(self, text: &str, of: &mut Settings) -> Option<()> {
        match self {
            Self::HostAddress if text == AUTO => of.host_address = None,
            Self::HostAddress => of.host_address = Some(text.parse().ok()?),
            Self::Port => of.port = text.parse().ok().filter(|port| *port != 0)?,
            Self::Parallel => {
                of.parallel = text.parse().ok().filter(|many: &NonZeroUsize| many.get() <= 1000)?;
            }
            Self::Silence => of.silence = seconds(text, 5..=3600)?,
            Self::Comeback => of.comeback = seconds(text, 5..=3600)?,
            Self::Probation => of.probation = seconds(text, 10..=86_400)?,
            Self::DefaultSigner => of.default_signer = text.parse().ok()?,
            Self::BackupBeforeFlash => of.backup_before_flash = text.parse().ok()?,
            Self::LogLines => {
                of.log_lines = text.parse().ok().filter(|lines| (1000..=1_000_000).contains(lines))?;
            }
            Self::ToitSdk if text == AUTO => of.toit_sdk = None,
            Self::ToitSdk => of.toit_sdk = Some(absolute(text)?),
            Self::Theme => {
                of.window.theme = Theme::ALL.into_iter().find(|theme| theme.as_str() == text)?;
            }
            Self::Scale => {
                of.window.scale = text.parse().ok().filter(|scale| (0.5..=3.0).contains(scale))?;
            }
            Self::Notifications => of.window.notifications = text.parse().ok()?,
        }
        Some(())
    }
}

fn absolute(text: &str) -> Option<PathBuf> {
    Some(PathBuf::from(text)).filter(|path| path.is_absolute())
}

fn seconds(text: &str, range: RangeInclusive<u64>) -> Option<Duration> {
    text.parse().ok().filter(|seconds| range.contains(seconds)).map(Duration::from_secs)
}

impl FromStr for Key {
    type Err = KeyError;

    /// The section may be left out: no two settings share the rest of their names.
    fn from_str(text: &str) -> Result<Self, KeyError> {
        let called = |key: &Self| key.name() == text || key.place().1 == text;
        Self::ALL.into_iter().find(called).ok_or_else(|| KeyError(text.to_owned()))
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.name())
    }
}
