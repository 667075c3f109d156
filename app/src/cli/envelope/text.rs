//! A value as text in the two ways Toit's firmware tool has: for people, and for scripts.

use crate::engine::printable;
use crate::image::envelope::Value;

/// Where the keys of a map are names that somebody chose, and no words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Named {
    /// The whole is a map of names.
    AtTop,
    /// Its maps `containers` and `entries` are.
    InLists,
}

/// For people: keys that read as words, two spaces a level.
pub(super) fn human(value: &Value, named: Named) -> String {
    let mut out = String::new();
    write(&mut out, value, Place { named, depth: 0, in_names: named == Named::AtTop });
    out
}

#[derive(Clone, Copy)]
struct Place {
    named: Named,
    depth: usize,
    in_names: bool,
}

impl Place {
    fn below(self, key: &str) -> Self {
        let lists = self.named == Named::InLists && self.depth == 0;
        Self { depth: self.depth + 1, in_names: lists && matches!(key, "containers" | "entries"), ..self }
    }
}

fn write(out: &mut String, value: &Value, place: Place) {
    let indent = "  ".repeat(place.depth);
    match value {
        Value::Map(pairs) => {
            for (key, value) in pairs {
                let word = if place.in_names { printable(key) } else { words(key) };
                match value {
                    Value::Map(_) | Value::List(_) => {
                        out.push_str(&format!("{indent}{word}: \n"));
                        write(out, value, place.below(key));
                    }
                    _ => out.push_str(&format!("{indent}{word}: {}\n", single(value))),
                }
            }
        }
        Value::List(items) => {
            items.iter().for_each(|item| out.push_str(&format!("{indent}- {}\n", single(item))));
        }
        _ => out.push_str(&format!("{indent}{}\n", single(value))),
    }
}

/// `sdk-version` becomes `SDK version`.
fn words(key: &str) -> String {
    let spaced = key.replace('-', " ");
    match spaced.strip_prefix("sdk") {
        Some(rest) => format!("SDK{rest}"),
        None => {
            let mut letters = spaced.chars();
            let capital = letters.next().map(|letter| letter.to_ascii_uppercase());
            capital.into_iter().chain(letters).collect()
        }
    }
}

/// For scripts: a line a value, under the keys that lead to it.
pub(super) fn plain(value: &Value) -> String {
    let mut out = String::new();
    write_plain(&mut out, value, "");
    out
}

fn write_plain(out: &mut String, value: &Value, path: &str) {
    let Value::Map(pairs) = value else { return };
    for (key, value) in pairs {
        let path = format!("{path}{}", printable(key));
        match value {
            Value::Map(_) => write_plain(out, value, &format!("{path}.")),
            Value::List(items) => {
                let items: Vec<_> = items.iter().map(single).collect();
                out.push_str(&format!("{path}: {}\n", items.join(", ")));
            }
            _ => out.push_str(&format!("{path}: {}\n", single(value))),
        }
    }
}

fn single(value: &Value) -> String {
    match value {
        Value::Text(text) => printable(text),
        Value::Int(number) => number.to_string(),
        // Of an envelope nothing else is shown.
        other => format!("{other:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, Value)]) -> Value {
        Value::Map(pairs.iter().map(|(key, value)| ((*key).to_owned(), value.clone())).collect())
    }

    #[test]
    fn keys_are_words_and_names_stay_names() {
        let flags = Value::List(vec![Value::Text("trigger=boot".into()), Value::Text("critical".into())]);
        let blink =
            map(&[("size", Value::Int(12)), ("assets", map(&[("size", Value::Int(8))])), ("flags", flags)]);
        let containers = map(&[("sdk-blink", blink)]);
        let all = map(&[("sdk-version", Value::Text("v2".into())), ("containers", containers.clone())]);
        assert_eq!(
            human(&all, Named::InLists),
            "SDK version: v2\nContainers: \n  sdk-blink: \n    Size: 12\n    Assets: \n      Size: 8\n    Flags: \n      \
             - trigger=boot\n      - critical\n"
        );
        assert_eq!(
            human(&containers, Named::AtTop),
            "sdk-blink: \n  Size: 12\n  Assets: \n    Size: 8\n  Flags: \n    - trigger=boot\n    - critical\n"
        );
        assert_eq!(
            plain(&containers),
            "sdk-blink.size: 12\nsdk-blink.assets.size: 8\nsdk-blink.flags: trigger=boot, critical\n"
        );
    }

    #[test]
    fn a_name_cannot_draw_on_the_screen() {
        let evil = map(&[("a\u{1b}[2J", Value::Text("b\u{1b}".into()))]);
        for text in [human(&evil, Named::AtTop), plain(&evil)] {
            assert!(!text.contains('\u{1b}'), "{text:?}");
        }
    }
}
