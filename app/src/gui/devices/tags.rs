//! What the user groups devices by: adding and taking tags.

use skylift_protocol::Id;

use crate::gui::effect::Effect;

/// No tag has more letters.
const MOST: usize = 64;

/// A tag as it was typed, if it can be one: letters, digits, `-`, `_` and `.`, as on the command line.
///
/// # Errors
/// What is wrong with it; nothing is said of an empty one.
pub fn read(typed: &str) -> Result<String, &'static str> {
    let typed = typed.trim();
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
    match typed {
        "" => Err(""),
        typed if typed.chars().count() > MOST => Err("64 letters at most"),
        typed if !typed.chars().all(fits) => Err("one word of letters, digits, -, _ or ."),
        typed => Ok(typed.to_owned()),
    }
}

/// Gives a device a tag.
pub(super) fn give(device: Id, typed: &str) -> Vec<Effect> {
    read(typed).map(|tag| Effect::Tag { device, tag, on: true }).into_iter().collect()
}

/// Takes a tag from a device.
pub(super) fn take(device: Id, tag: String) -> Vec<Effect> {
    vec![Effect::Tag { device, tag, on: false }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words() {
        for good in ["greenhouse", "floor-2", " Küche_1.b "] {
            assert_eq!(read(good).as_deref(), Ok(good.trim()));
        }
        for bad in ["", "two words", "a,b", "\u{1b}[2J", &"x".repeat(65)] {
            assert!(read(bad).is_err(), "{bad:?}");
        }
    }
}
