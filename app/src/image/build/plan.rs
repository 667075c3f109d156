//! How a project is compiled: its target, its features and its toolchain, chosen so that a program for the chip comes
//! of it.

use std::path::Path;

use skylift_protocol::Chip;
use tokio::process::Command;

use super::CargoError;
use super::cargo_config::CargoConfig;
use super::chip_target::Target;
use super::features::Features;
use super::toolchain::Toolchain;

/// What was chosen for a project.
pub(super) struct Plan {
    target: Target,
    features: Features,
    /// `None` where the project is left to its own.
    toolchain: Option<Toolchain>,
}

impl Plan {
    /// Chooses. Lines of the programs that are asked on the way go to `on_line`.
    pub(super) async fn make(
        project: &Path,
        arguments: &[String],
        chip: Option<Chip>,
        on_line: impl Fn(&[u8]),
    ) -> Result<Self, CargoError> {
        let config = CargoConfig::of(project);
        let target = Target::choose(arguments, chip, &config);
        let features =
            chip.map(|chip| Features::choose(project, arguments, chip)).transpose()?.unwrap_or_default();
        // Whoever compiles the core library already has chosen a toolchain too.
        let chosen = config.builds_std() || arguments.iter().any(|argument| argument.contains("build-std"));
        let toolchain = match target.triple() {
            Some(triple) if target.is_riscv_chip() && !chosen => {
                Some(Toolchain::look(project, triple, &config, on_line).await?)
            }
            _ => None,
        };
        Ok(Self { target, features, toolchain })
    }

    /// The choice in one line, if there was one.
    pub(super) fn chosen(&self) -> Option<String> {
        let features = (!self.features.arguments.is_empty()).then(|| self.features.arguments.join(" "));
        let target = match &self.target {
            Target::Chips(_) => true,
            Target::Said(_) => self.toolchain.is_some(),
        };
        let target = self.target.triple().filter(|_| target).map(|target| format!("for {target}"));
        let toolchain = self.toolchain.as_ref().map(|toolchain| format!("by {toolchain}"));
        let parts: Vec<String> = [target, features, toolchain].into_iter().flatten().collect();
        (!parts.is_empty()).then(|| format!("  {}", parts.join(", ")))
    }

    /// The cargo of the toolchain.
    pub(super) fn cargo(&self) -> Command {
        let triple = self.target.triple().unwrap_or_default();
        self.toolchain.as_ref().map_or_else(|| Command::new("cargo"), |toolchain| toolchain.cargo(triple))
    }

    /// What it is told besides the user's own arguments.
    pub(super) fn arguments(&self) -> Vec<&str> {
        let target: &[&str] = match &self.target {
            Target::Chips(triple) => &["--target", triple],
            Target::Said(_) => &[],
        };
        let toolchain = self.toolchain.as_ref().map(Toolchain::arguments).unwrap_or_default();
        let features = self.features.arguments.iter().map(String::as_str);
        toolchain.iter().chain(target).copied().chain(features).collect()
    }
}
