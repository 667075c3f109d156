//! Which target a chip has, and which one cargo is told for a project.

use skylift_protocol::Chip;

use super::cargo_config::CargoConfig;

/// The target of programs without an operating system (rustc book, "Platform Support"); `None` for an unknown chip.
pub(super) fn of(chip: Chip) -> Option<&'static str> {
    Some(match chip {
        Chip::Esp32 => "xtensa-esp32-none-elf",
        Chip::Esp32S2 => "xtensa-esp32s2-none-elf",
        Chip::Esp32S3 => "xtensa-esp32s3-none-elf",
        Chip::Esp32C2 | Chip::Esp32C3 => "riscv32imc-unknown-none-elf",
        Chip::Esp32C5 | Chip::Esp32C6 | Chip::Esp32C61 | Chip::Esp32H2 => "riscv32imac-unknown-none-elf",
        Chip::Esp32P4 => "riscv32imafc-unknown-none-elf",
        Chip::Unknown => return None,
    })
}

/// The target of a build, and whether cargo has to be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// What the project or the user says already, if they say anything.
    Said(Option<String>),
    /// The one of the chip that the user names.
    Chips(&'static str),
}

impl Target {
    /// What the user's arguments say counts most, then the chip, then the project's configuration.
    pub(super) fn choose(arguments: &[String], chip: Option<Chip>, config: &CargoConfig) -> Self {
        if let Some(said) = values_of("--target", arguments).first() {
            return Self::Said(Some((*said).to_owned()));
        }
        let configured = config.target();
        // A program on ESP-IDF gets its chip from that build system.
        let on_esp_idf = configured.as_ref().is_some_and(|target| target.ends_with("-espidf"));
        match chip.and_then(of) {
            Some(chips) if !on_esp_idf && configured.as_deref() != Some(chips) => Self::Chips(chips),
            _ => Self::Said(configured),
        }
    }

    pub(super) fn triple(&self) -> Option<&str> {
        match self {
            Self::Said(said) => said.as_deref(),
            Self::Chips(chips) => Some(chips),
        }
    }

    /// Whether it is a RISC-V chip's, which any Rust can compile for.
    pub(super) fn is_riscv_chip(&self) -> bool {
        let triple = self.triple().unwrap_or_default();
        triple.starts_with("riscv32") && triple.ends_with("-unknown-none-elf")
    }
}

/// The values of an option among arguments: `--option value` or `--option=value`.
pub(super) fn values_of<'a>(option: &str, arguments: &'a [String]) -> Vec<&'a str> {
    let given = |(at, argument): (usize, &'a String)| match argument.strip_prefix(option)? {
        "" => arguments.get(at + 1).map(String::as_str),
        rest => rest.strip_prefix('='),
    };
    arguments.iter().enumerate().filter_map(given).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const IMC: &str = "riscv32imc-unknown-none-elf";

    fn choose(arguments: &[&str], chip: Option<Chip>, config: &str) -> Target {
        let arguments: Vec<String> = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Target::choose(&arguments, chip, &CargoConfig::from_texts([config.to_owned()]))
    }

    #[test]
    fn the_user_counts_most_then_the_chip_then_the_project() {
        let said = |target: &str| Target::Said(Some(target.to_owned()));
        let imc = "build.target = \"riscv32imc-unknown-none-elf\"";
        let idf = "[build]\ntarget = [\"riscv32imc-esp-espidf\"]";
        let c6 = Some(Chip::Esp32C6);
        assert_eq!(choose(&[], None, ""), Target::Said(None));
        assert_eq!(choose(&[], None, imc), said(IMC));
        assert_eq!(choose(&[], Some(Chip::Esp32C3), imc), said(IMC));
        assert_eq!(choose(&[], Some(Chip::Esp32C3), ""), Target::Chips(IMC));
        assert_eq!(choose(&[], c6, imc), Target::Chips("riscv32imac-unknown-none-elf"));
        assert_eq!(choose(&[], c6, idf), said("riscv32imc-esp-espidf"));
        assert_eq!(choose(&["--target", "x"], c6, imc), said("x"));
        assert_eq!(choose(&["-q", "--target=x"], c6, imc), said("x"));
    }

    #[test]
    fn only_chips_that_any_rust_can_compile_for_are_looked_after() {
        for chip in Chip::ALL.iter().copied() {
            let target = choose(&[], Some(chip), "");
            let xtensa = matches!(chip, Chip::Esp32 | Chip::Esp32S2 | Chip::Esp32S3);
            assert_eq!(target.is_riscv_chip(), !xtensa, "{chip}");
        }
        for other in ["thumbv6m-none-eabi", "riscv32imc-esp-espidf", "riscv64gc-unknown-linux-gnu"] {
            assert!(!Target::Said(Some(other.to_owned())).is_riscv_chip(), "{other}");
        }
    }
}
