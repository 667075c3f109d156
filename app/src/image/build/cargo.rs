//! `cargo build`, with the compiler's lines live and the program that came of it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use skylift_protocol::Chip;
use tokio::process::Command;

use super::plan::Plan;
use super::{BuildError, BuildNews, CargoError, process};

/// How much of the compiler's words is searched for a remedy.
const TAIL: usize = 64 * 1024;

/// Of cargo's messages (`--message-format=json`), what is needed.
#[derive(Deserialize)]
struct Message {
    reason: String,
    target: Option<Target>,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}

/// Compiles a project and gives its program.
pub(super) async fn compile(
    project: &Path,
    arguments: &[String],
    chip: Option<Chip>,
    colour: bool,
    tell: &impl Fn(BuildNews<'_>),
) -> Result<PathBuf, BuildError> {
    let fail = |error| BuildError::Cargo { project: project.to_owned(), error };
    let pass_on = |line: &[u8]| tell(BuildNews::Line(&String::from_utf8_lossy(line)));
    let plan = Plan::make(project, arguments, chip, pass_on).await.map_err(fail)?;
    if let Some(chosen) = plan.chosen() {
        tell(BuildNews::Line(&chosen));
    }
    let mut programs = BTreeMap::new();
    let mut words = String::new();
    let status = process::run(
        command(project, &plan, arguments, colour),
        |line| programs.extend(program(line)),
        |line| {
            let line = String::from_utf8_lossy(line);
            tell(BuildNews::Line(&line));
            remember(&mut words, &line);
        },
    );
    let status = status.await.map_err(|error| fail(CargoError::NotStarted(error)))?;
    if !status.success() {
        return Err(fail(CargoError::Failed { status, mend: mend(&words) }));
    }
    let names: Vec<String> = programs.keys().cloned().collect();
    match (programs.into_values().next(), names.len()) {
        (Some(program), 1) => Ok(program),
        (None, _) => Err(fail(CargoError::NoProgram)),
        _ => Err(fail(CargoError::Programs(names))),
    }
}

fn command(project: &Path, plan: &Plan, arguments: &[String], colour: bool) -> Command {
    let mut command = plan.cargo();
    // There, so that its .cargo/config.toml and rust-toolchain.toml count.
    command.current_dir(project).args(["build", "--message-format=json-render-diagnostics"]);
    command.args(plan.arguments());
    let profile = |argument: &String| {
        ["--release", "-r", "--profile"].contains(&argument.as_str()) || argument.starts_with("--profile=")
    };
    if !arguments.iter().any(profile) {
        command.arg("--release");
    }
    command.args(arguments).env("CARGO_TERM_COLOR", if colour { "always" } else { "never" });
    process::as_from_a_shell(&mut command);
    command
}

/// Name and path, if the message is about a finished program.
fn program(line: &[u8]) -> Option<(String, PathBuf)> {
    let message: Message = serde_json::from_slice(line).ok()?;
    let target = message.target.filter(|_| message.reason == "compiler-artifact")?;
    let runs = target.kind.iter().any(|kind| kind == "bin" || kind == "example");
    Some((target.name, message.executable.filter(|_| runs)?))
}

fn remember(words: &mut String, line: &str) {
    words.push_str(line);
    words.push('\n');
    if words.len() > 2 * TAIL {
        let cut = words.len() - TAIL;
        let cut = (cut..words.len()).find(|&at| words.is_char_boundary(at)).unwrap_or(cut);
        words.drain(..cut);
    }
}

/// The command that mends it, from the compiler's own words where they have one.
fn mend(words: &str) -> Option<String> {
    if words.contains("toolchain 'esp' is not installed") || words.contains("toolchain 'esp' specified") {
        return Some("cargo install espup --locked && espup install".to_owned());
    }
    for tool in ["ldproxy", "flip-link"] {
        if words.contains(&format!("linker `{tool}` not found")) {
            return Some(format!("cargo install {tool}"));
        }
    }
    let commands = ["rustup target add ", "rustup component add ", "rustup toolchain install "];
    commands.iter().find_map(|command| {
        let at = words.find(command)?;
        let said = words.get(at..)?;
        let end = said.find(['`', '\'', '"', '\n', '\u{1b}']).unwrap_or(said.len());
        Some(said.get(..end)?.trim_end().to_owned()).filter(|said| said.len() > command.len())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remedy_is_taken_from_the_compilers_words() {
        let cases = [
            (
                "  = note: the `riscv32imc-unknown-none-elf` target may not be installed\n  = help: consider downloading the target with `rustup target add riscv32imc-unknown-none-elf`\n",
                Some("rustup target add riscv32imc-unknown-none-elf"),
            ),
            (
                "error: \"/x/library/Cargo.lock\" does not exist, unable to build with the standard library, try:\n        rustup component add rust-src --toolchain nightly-x86_64-unknown-linux-gnu\n",
                Some("rustup component add rust-src --toolchain nightly-x86_64-unknown-linux-gnu"),
            ),
            (
                "error: custom toolchain 'esp' specified in override file '/p/rust-toolchain.toml' is not installed\n",
                Some("cargo install espup --locked && espup install"),
            ),
            ("error: linker `ldproxy` not found\n", Some("cargo install ldproxy")),
            ("\u{1b}[1mrustup target add a-b-c\u{1b}[0m", Some("rustup target add a-b-c")),
            ("error[E0425]: cannot find value `x` in this scope\n", None),
            ("rustup target add `", None),
        ];
        for (words, expected) in cases {
            assert_eq!(mend(words).as_deref(), expected, "{words}");
        }
    }

    #[test]
    fn only_the_end_of_long_output_is_kept() {
        let mut words = String::new();
        for n in 0..20_000 {
            remember(&mut words, &format!("line {n} ü"));
        }
        assert!(words.len() <= 2 * TAIL && words.ends_with("line 19999 ü\n"));
    }

    #[test]
    fn programs_are_told_from_libraries() {
        let line = |kind: &str, executable: &str| {
            format!(
                r#"{{"reason":"compiler-artifact","target":{{"name":"x","kind":["{kind}"]}},"executable":{executable}}}"#
            )
        };
        assert_eq!(
            program(line("bin", r#""/t/x""#).as_bytes()),
            Some(("x".to_owned(), PathBuf::from("/t/x")))
        );
        assert_eq!(program(line("lib", "null").as_bytes()), None);
        assert_eq!(program(line("custom-build", r#""/t/x""#).as_bytes()), None);
        assert_eq!(program(br#"{"reason":"build-finished","success":true}"#), None);
        assert_eq!(program(b"not JSON"), None);
    }
}
