//! One function on the stack of a crash.

use std::fmt;

/// Longer paths are cut at their beginning.
const MAX_FILE: usize = 300;

/// A function that was running, or one that was inlined into it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The return address; functions that were inlined have that of the one they are in.
    pub address: u32,
    /// Its name, as people write it.
    pub function: Option<String>,
    /// Where it called the one before.
    pub place: Option<Place>,
}

/// A line of source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file: as the compiler saw it, or beginning with the name of the crate for what others wrote.
    pub file: String,
    /// The line, from 1.
    pub line: u32,
    /// Whether it is the user's own source, not that of a dependency or of Rust itself.
    pub own: bool,
}

impl Place {
    pub(super) fn new(path: &str, line: u32) -> Self {
        let path = path.replace('\\', "/");
        let foreign = foreign(&path);
        let file = foreign.unwrap_or(&path);
        let letters = file.chars().count();
        let file = file.chars().skip(letters.saturating_sub(MAX_FILE)).collect();
        Self { file, line, own: foreign.is_none() }
    }
}

/// The part of a path that tells something, if it is in Cargo's folders or in Rust's own.
fn foreign(path: &str) -> Option<&str> {
    // `registry/src/<index>/<crate>-<version>/src/lib.rs`, `git/checkouts/<name>/<commit>/src/lib.rs`
    for (mark, folders) in [("/registry/src/", 1), ("/git/checkouts/", 0)] {
        if let Some((_, rest)) = path.split_once(mark) {
            return rest.splitn(folders + 1, '/').nth(folders);
        }
    }
    // `/rustc/<commit>/library/core/src/option.rs`, or the same where its source is installed.
    let in_rust = path.starts_with("/rustc/") || path.contains("/rustlib/src/rust/");
    in_rust.then(|| path.split_once("/library/").map_or(path, |(_, rest)| rest))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

impl fmt::Display for Frame {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let function = self.function.as_deref().unwrap_or("an unknown function");
        write!(f, "{:#010x}  {function}", self.address)?;
        self.place.as_ref().map_or(Ok(()), |place| write!(f, " ({place})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_wrote_begins_with_their_name() {
        let place = |path: &str| {
            let place = Place::new(path, 7);
            (place.to_string(), place.own)
        };
        assert_eq!(
            place("/home/me/climate/src/main.rs"),
            ("/home/me/climate/src/main.rs:7".to_owned(), true)
        );
        assert_eq!(
            place("/home/me/.cargo/registry/src/index.crates.io-1949cf8c6b5b557f/esp-hal-1.2.0/src/gpio.rs"),
            ("esp-hal-1.2.0/src/gpio.rs:7".to_owned(), false)
        );
        assert_eq!(
            place(r"C:\Users\me\.cargo\git\checkouts\embassy-1f2a\9b8c\src\lib.rs"),
            ("embassy-1f2a/9b8c/src/lib.rs:7".to_owned(), false)
        );
        for path in [
            "/rustc/59807616e1fa2540724bfbac14d7976d7e4a3860/library/core/src/option.rs",
            "/home/me/.rustup/toolchains/stable/lib/rustlib/src/rust/library/core/src/option.rs",
        ] {
            assert_eq!(place(path), ("core/src/option.rs:7".to_owned(), false));
        }
        assert_eq!(Place::new(&"x/".repeat(9999), 1).file.len(), MAX_FILE);
    }
}
