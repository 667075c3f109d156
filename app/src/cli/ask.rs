//! Asking before something happens that somebody might not want.

use std::io::{IsTerminal as _, Write as _};

use super::failure::Failure;

/// Asks the user whether to begin. Where nobody can be asked `whether` what is to happen may, nothing happens.
pub(super) fn may_begin(whether: &str) -> Result<bool, Failure> {
    begins(whether, "--yes begins without asking")
}

/// The same, after `what` may happen has been said; `without` says how nobody is asked.
pub(super) fn confirmed(what: &str, without: &str) -> Result<bool, Failure> {
    if std::io::stdin().is_terminal() {
        // If nobody reads it, nobody answers either.
        let _ = writeln!(std::io::stderr(), "With this, {what}.");
    }
    begins(what, without)
}

fn begins(whether: &str, without: &str) -> Result<bool, Failure> {
    if !std::io::stdin().is_terminal() {
        return Err(Failure::new(format!("nobody can be asked here whether {whether}")).try_this(without));
    }
    let mut answer = String::new();
    let asked =
        std::io::stderr().write_all(b"Begin? [y/N] ").and_then(|()| std::io::stdin().read_line(&mut answer));
    asked.map_err(|error| Failure::new(format!("the answer cannot be read: {error}")))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}
