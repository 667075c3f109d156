//! A pattern for the name of a release's asset: `*` for any characters, `?` for one.

use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A pattern for the name of an asset.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern(String);

impl Pattern {
    /// What is taken where the user names no pattern.
    #[must_use]
    pub fn any_image() -> Self {
        Self("*.bin".to_owned())
    }

    /// This name alone, as far as it has no `*` and no `?`.
    #[must_use]
    pub fn exactly(name: &str) -> Self {
        Self(name.to_owned())
    }

    /// Whether a whole name fits.
    #[must_use]
    pub fn matches(&self, name: &str) -> bool {
        let (pattern, name): (Vec<char>, Vec<char>) = (self.0.chars().collect(), name.chars().collect());
        let (mut p, mut n) = (0, 0);
        // Where the last star is, and how much of the name it has taken.
        let mut star = None;
        while let Some(&c) = name.get(n) {
            match pattern.get(p) {
                Some('*') => {
                    star = Some((p, n));
                    p += 1;
                }
                Some(&wanted) if wanted == '?' || wanted == c => (p, n) = (p + 1, n + 1),
                _ => match star {
                    Some((at, taken)) => {
                        star = Some((at, taken + 1));
                        (p, n) = (at + 1, taken + 1);
                    }
                    None => return false,
                },
            }
        }
        pattern.iter().skip(p).all(|&rest| rest == '*')
    }
}

impl FromStr for Pattern {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_fit_or_do_not() {
        for (pattern, name, fits) in [
            ("*.bin", "lamp.bin", true),
            ("*.bin", "lamp.bin.sig", false),
            ("lamp-*-c3.bin", "lamp-1.2.0-c3.bin", true),
            ("lamp-*-c3.bin", "lamp-1.2.0-c6.bin", false),
            ("*c3*", "lamp-c3.bin", true),
            ("*a*b*", "xxaxxaxxbxx", true),
            ("*ab", "aab", true),
            ("l?mp", "lämp", true),
            ("?", "", false),
            ("", "", true),
            ("*", "", true),
            ("", "x", false),
        ] {
            assert_eq!(Pattern(pattern.to_owned()).matches(name), fits, "{pattern} {name}");
        }
    }

    #[test]
    fn many_stars_take_no_time() {
        assert!(!Pattern("*a".repeat(200)).matches(&"a".repeat(199)));
        assert!(!Pattern(format!("{}b", "*a".repeat(200))).matches(&"a".repeat(4000)));
    }
}
