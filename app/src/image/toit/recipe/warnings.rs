//! What the user should know of an envelope before devices get what is made of it.

use std::fmt;

use super::SYSTEM;
use crate::image::envelope::extract::{self, Config};
use crate::image::envelope::snapshot::{Bundle, has_function, is_tested};
use crate::image::envelope::{Envelope, is_container_name, ubjson};

const JAGUAR: &str = "jaguar";
/// Every program that validates its firmware calls this function of the SDK.
const VALIDATE: (&str, &str) = ("validate", "system/firmware.toit");

/// What the user should know. Its `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Warning {
    /// No program calls `firmware.validate`.
    NothingValidates,
    /// No program is known to call it, and these do not tell.
    CannotTell {
        /// Containers that are images, or snapshots without their source map.
        containers: Vec<String>,
    },
    /// Neither a property nor the configuration names a network.
    NoWifi,
    /// There is no container `jaguar`.
    NoJaguar,
    /// Snapshots of this SDK are converted by the SDK itself.
    SdkConverts {
        /// The version of the SDK.
        sdk_version: String,
    },
    /// What came up when the image was made.
    Extract(extract::Warning),
}

/// All that can be said of an envelope, with the configuration that its image gets.
#[must_use]
pub fn warnings(envelope: &Envelope, config: &Config) -> Vec<Warning> {
    let mut warnings = Vec::new();
    warnings.extend(validation(envelope));
    let configured = ubjson::decode(config.as_bytes()).is_ok_and(|config| config.get("wifi").is_some());
    if envelope.property("wifi").is_none() && !configured {
        warnings.push(Warning::NoWifi);
    }
    if envelope.entry(JAGUAR).is_none() {
        warnings.push(Warning::NoJaguar);
    }
    if !is_tested(envelope.sdk_version()) {
        warnings.push(Warning::SdkConverts { sdk_version: envelope.sdk_version().to_owned() });
    }
    warnings
}

fn validation(envelope: &Envelope) -> Option<Warning> {
    let mut containers = Vec::new();
    // The system has the function only to serve the others.
    for (name, content) in envelope.entries().filter(|(name, _)| is_container_name(name) && *name != SYSTEM) {
        let (function, file) = VALIDATE;
        let validates = Bundle::is_snapshot(content).then(|| has_function(content, function, file)).flatten();
        match validates {
            Some(true) => return None,
            Some(false) => {}
            None => containers.push(name.to_owned()),
        }
    }
    let none = containers.is_empty();
    Some(if none { Warning::NothingValidates } else { Warning::CannotTell { containers } })
}

impl Warning {
    /// Its word, for programs.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NothingValidates => "nothing_validates",
            Self::CannotTell { .. } => "cannot_tell_who_validates",
            Self::NoWifi => "no_wifi",
            Self::NoJaguar => "no_jaguar",
            Self::SdkConverts { .. } => "sdk_converts",
            Self::Extract(_) => "image",
        }
    }

    /// Whether it is about who validates the firmware.
    #[must_use]
    pub const fn is_about_validation(&self) -> bool {
        matches!(self, Self::NothingValidates | Self::CannotTell { .. })
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NothingValidates => f.write_str(
                "no program in it validates the firmware: a device will roll back at its next reboot. \
                 Add a program that calls firmware.validate",
            ),
            Self::CannotTell { containers } => write!(
                f,
                "whether a program in it validates the firmware cannot be told: there is no source map of {}. \
                 If none does, a device will roll back at its next reboot",
                containers.join(", ")
            ),
            Self::NoWifi => f.write_str(
                "no WiFi is set: a device joins the network that it remembers, if it remembers one",
            ),
            Self::NoJaguar => {
                f.write_str("Jaguar is not in it: on a device that runs Jaguar, Jaguar will be gone")
            }
            Self::SdkConverts { sdk_version } => {
                write!(
                    f,
                    "Skylift does not know the programs of the SDK {sdk_version}: that SDK itself converts them"
                )
            }
            Self::Extract(warning) => warning.fmt(f),
        }
    }
}
