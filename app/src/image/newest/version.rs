//! Which of two versions is the newer one, where they say so themselves.

use std::cmp::Ordering;

use semver::Version;

/// Compares two versions by the rules of Semantic Versioning; `None` if either does not follow them.
///
/// A `v` before the first number is passed over, and `1.2` is `1.2.0`. What `git describe` makes of a commit behind a
/// tag (`1.2.0-5-g1a2b3c4`, `-dirty`) looks like a version before that tag and is one after it, so it is none here.
#[must_use]
pub fn compare(one: &str, other: &str) -> Option<Ordering> {
    Some(parse(one)?.cmp_precedence(&parse(other)?))
}

fn parse(text: &str) -> Option<Version> {
    let text = text.trim();
    let text = text.strip_prefix(['v', 'V']).unwrap_or(text);
    let end = text.find(['-', '+']).unwrap_or(text.len());
    let (numbers, rest) = text.split_at_checked(end)?;
    let padded =
        if numbers.matches('.').count() == 1 { format!("{numbers}.0{rest}") } else { text.to_owned() };
    Version::parse(&padded).ok().filter(|version| !is_described(version.pre.as_str()))
}

/// Whether it ends as `git describe` ends: `5-g1a2b3c4`, and `dirty` for changes that are not committed.
fn is_described(pre: &str) -> bool {
    let commit = |part: &str| {
        part.strip_prefix('g')
            .is_some_and(|digits| digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
    };
    pre.split('-').any(|part| part == "dirty" || commit(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_only_where_they_say_so() {
        for (one, other, order) in [
            ("1.4.0", "1.3.9", Some(Ordering::Greater)),
            ("1.10.0", "1.9.0", Some(Ordering::Greater)),
            ("v1.4", "1.4.0", Some(Ordering::Equal)),
            ("1.4.0-rc.1", "1.4.0", Some(Ordering::Less)),
            ("1.4.0+abc", "1.4.0+def", Some(Ordering::Equal)),
            ("1.4.0-5-g1a2b3c4", "1.4.0", None),
            ("1.4.0-dirty", "1.4.0", None),
            ("1a2b3c4", "1.4.0", None),
            ("2026-11-22", "2026-11-23", None),
            ("1", "2", None),
            ("", "1.0.0", None),
            ("1.4.0", "latest", None),
            ("1.02.0", "1.0.0", None),
        ] {
            assert_eq!(compare(one, other), order, "{one} {other}");
        }
    }
}
