//! What is looked for in a log: a text, or a /regular expression/.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

/// Longer ones are refused.
const MAX_LEN: usize = 1000;
/// Bytes of a compiled expression; those that need more are made to keep a computer busy.
const MAX_COMPILED: usize = 1 << 20;

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Search(Regex);

/// Why it cannot be looked for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SearchFlaw {
    /// It matches everything.
    #[error("there is nothing to look for")]
    Empty,
    /// It is too long.
    #[error("it is longer than {MAX_LEN} bytes")]
    TooLong,
    /// It is no regular expression.
    #[error("it is no regular expression: {0}")]
    Bad(String),
    /// It is a regular expression that needs too much memory.
    #[error("as a regular expression it needs too much memory; smaller numbers of repetitions help")]
    TooLarge,
}

impl Search {
    /// What a person types: a text, or `/regex/`, or `/regex/i` for which upper and lower case are the same. For a text
    /// they are the same unless it has upper case in it.
    ///
    /// # Errors
    /// The expression is wrong or too large, or there is none.
    pub fn typed(typed: &str) -> Result<Self, SearchFlaw> {
        let expression = typed.strip_prefix('/').and_then(|rest| {
            let (expression, flags) = rest.rsplit_once('/')?;
            matches!(flags, "" | "i").then_some((expression, flags == "i"))
        });
        match expression {
            Some((expression, any_case)) => Self::build(expression, any_case),
            None => Self::build(&regex::escape(typed), !typed.chars().any(char::is_uppercase)),
        }
    }

    /// A regular expression.
    ///
    /// # Errors
    /// It is wrong or too large, or there is none.
    pub fn regex(expression: &str) -> Result<Self, SearchFlaw> {
        Self::build(expression, false)
    }

    fn build(expression: &str, any_case: bool) -> Result<Self, SearchFlaw> {
        if expression.is_empty() {
            return Err(SearchFlaw::Empty);
        }
        if expression.len() > MAX_LEN {
            return Err(SearchFlaw::TooLong);
        }
        let mut builder = RegexBuilder::new(expression);
        builder.case_insensitive(any_case).size_limit(MAX_COMPILED).dfa_size_limit(MAX_COMPILED);
        builder.build().map(Self).map_err(|error| match error {
            regex::Error::CompiledTooBig(_) => SearchFlaw::TooLarge,
            // The first lines draw what the last one says.
            error => SearchFlaw::Bad(last_line(&error.to_string())),
        })
    }

    /// Whether a text has it.
    #[must_use]
    pub fn is_in(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Where a text has it, in bytes; what is empty is left out.
    pub fn places<'a>(&'a self, text: &'a str) -> impl Iterator<Item = Range<usize>> + 'a {
        self.0.find_iter(text).map(|found| found.range()).filter(|range| !range.is_empty())
    }
}

fn last_line(text: &str) -> String {
    let line = text.lines().last().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_found_as_it_is_and_an_expression_between_slashes() {
        let found = |typed: &str, text: &str| Search::typed(typed).unwrap().is_in(text);
        assert!(found("wifi", "WiFi: joined") && !found("WiFi", "wifi: joined") && found("a.b", "a.b"));
        assert!(
            !found("a.b", "axb") && found("/a.b/", "axb") && !found("/a.b/", "AXB") && found("/a.b/i", "AXB")
        );
        assert!(found("/dev/tty", "/dev/tty") && found("/", "a/b") && found("ü", "Über"));
        let search = Search::typed("/o+|x*/").unwrap();
        assert_eq!(search.places("foo boxx").collect::<Vec<_>>(), [1..3, 5..6, 6..8]);
    }

    #[test]
    fn what_cannot_be_looked_for_is_said() {
        assert_eq!(Search::typed("").unwrap_err(), SearchFlaw::Empty);
        assert_eq!(Search::typed("//").unwrap_err(), SearchFlaw::Empty);
        assert_eq!(
            Search::typed("/(/").unwrap_err().to_string(),
            "it is no regular expression: unclosed group"
        );
        assert_eq!(Search::regex(&"a".repeat(1001)).unwrap_err(), SearchFlaw::TooLong);
        assert_eq!(Search::regex(r"(\w{100}){100}{100}").unwrap_err(), SearchFlaw::TooLarge);
    }
}
