//! Cargo features that are named like chips: a project that knows several chips is told by one of them which is meant.

use std::path::Path;

use skylift_protocol::Chip;
use toml_edit::DocumentMut;

use super::CargoError;
use super::cargo_config::read;
use super::chip_target::values_of;

const EVERYTHING: &str = "--all-features";
const NO_DEFAULT: &str = "--no-default-features";

/// What cargo has to be told so that a project is built for a chip.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Features {
    /// Arguments for cargo; none where the project's defaults will do, or the user says it.
    pub(super) arguments: Vec<String>,
}

impl Features {
    /// Chooses for the package in a folder. One without features of chips is left as it is.
    pub(super) fn choose(project: &Path, arguments: &[String], chip: Chip) -> Result<Self, CargoError> {
        // What is wrong with a manifest, cargo says.
        Self::of_manifest(&read(&project.join("Cargo.toml")).unwrap_or_default(), arguments, chip)
    }

    fn of_manifest(manifest: &str, arguments: &[String], chip: Chip) -> Result<Self, CargoError> {
        let Ok(manifest) = manifest.parse::<DocumentMut>() else { return Ok(Self::default()) };
        let Some(features) = manifest.get("features").and_then(|features| features.as_table_like()) else {
            return Ok(Self::default());
        };
        let known: Vec<Chip> = features.iter().filter_map(|(name, _)| named(name)).collect();
        if known.is_empty()
            || arguments.iter().any(|argument| argument == EVERYTHING)
            || says_a_chip(arguments)
        {
            return Ok(Self::default());
        }
        if !known.contains(&chip) {
            return Err(CargoError::NoFeature { wanted: chip, known });
        }
        let defaults = features.get("default").and_then(|default| default.as_array());
        let defaults: Vec<&str> =
            defaults.into_iter().flatten().filter_map(|feature| feature.as_str()).collect();
        let without_defaults = arguments.iter().any(|argument| argument == NO_DEFAULT);
        Ok(Self { arguments: chosen(chip, &defaults, without_defaults) })
    }
}

/// Defaults that are chips make room for the one that is wanted; the others stay.
fn chosen(chip: Chip, defaults: &[&str], without_defaults: bool) -> Vec<String> {
    let chips: Vec<Chip> = defaults.iter().filter_map(|feature| named(feature)).collect();
    let features = |names: &[&str]| vec!["--features".to_owned(), names.join(",")];
    match &*chips {
        _ if without_defaults => features(&[chip.as_str()]),
        [only] if *only == chip => Vec::new(),
        [] => features(&[chip.as_str()]),
        _ => {
            let others = defaults.iter().copied().filter(|feature| named(feature).is_none());
            let all: Vec<&str> = std::iter::once(chip.as_str()).chain(others).collect();
            [vec![NO_DEFAULT.to_owned()], features(&all)].concat()
        }
    }
}

fn named(feature: &str) -> Option<Chip> {
    Some(Chip::from_word(feature)).filter(|chip| *chip != Chip::Unknown)
}

/// Whether the user names a chip's feature among cargo's arguments, in any of the ways there are.
fn says_a_chip(arguments: &[String]) -> bool {
    let values = ["--features", "-F"].into_iter().flat_map(|option| values_of(option, arguments));
    let joined = arguments.iter().filter_map(|argument| argument.strip_prefix("-F"));
    values.chain(joined).flat_map(|value| value.split([',', ' '])).any(|feature| named(feature).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(features: &str, arguments: &[&str], chip: Chip) -> Result<Vec<String>, String> {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        let chosen = Features::of_manifest(&format!("[package]\nname = \"x\"\n{features}"), &arguments, chip);
        chosen.map(|chosen| chosen.arguments).map_err(|error| error.to_string())
    }

    #[test]
    fn the_chip_takes_the_place_of_the_default_one_and_the_rest_stays() {
        let (c3, c6) = (Chip::Esp32C3, Chip::Esp32C6);
        let several =
            "[features]\ndefault = [\"log\", \"esp32c3\", \"dep:x\"]\nlog = []\nesp32c3 = []\nesp32c6 = []";
        let bare = "[features]\nesp32c3 = []\nesp32c6 = []";
        let cases: [(&str, &[&str], Chip, &[&str]); 11] = [
            (several, &[], c3, &[]),
            (several, &[], c6, &["--no-default-features", "--features", "esp32c6,log,dep:x"]),
            (
                several,
                &["--features", "log"],
                c6,
                &["--no-default-features", "--features", "esp32c6,log,dep:x"],
            ),
            (several, &["--no-default-features"], c6, &["--features", "esp32c6"]),
            // Whoever names one has said it.
            (several, &["--no-default-features", "--features=esp32c6"], c6, &[]),
            (several, &["--no-default-features", "-Flog,esp32c6"], c6, &[]),
            (several, &["--features", "log", "-F", "esp32c6"], c6, &[]),
            (several, &["--all-features"], c6, &[]),
            (bare, &[], c6, &["--features", "esp32c6"]),
            ("[features]\nlog = []", &[], c6, &[]),
            ("", &[], c6, &[]),
        ];
        for (features, arguments, chip, expected) in cases {
            assert_eq!(of(features, arguments, chip).unwrap(), expected, "{features} {arguments:?}");
        }
        let told = of(several, &[], Chip::Esp32S3).unwrap_err();
        assert_eq!(told, "the project is not made for the esp32s3: its features know esp32c3, esp32c6");
    }
}
