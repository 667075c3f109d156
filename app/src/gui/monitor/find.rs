//! What is searched for in the log.

use crate::usb::monitor::{Search, SearchFlaw};

/// What is searched for.
#[derive(Debug, Default)]
pub struct Find {
    /// As it was typed.
    pub typed: String,
    search: Option<Result<Search, SearchFlaw>>,
    /// The line of the match that was gone to.
    pub at: Option<u64>,
}

impl Find {
    /// Takes what was typed.
    pub(super) fn typed(typed: String) -> Self {
        let search = (!typed.is_empty()).then(|| Search::typed(&typed));
        // `/` alone is the beginning of an expression.
        let search = search.filter(|search| !matches!(search, Err(SearchFlaw::Empty)));
        Self { typed, search, at: None }
    }

    /// What is searched for.
    #[must_use]
    pub fn search(&self) -> Option<&Search> {
        self.search.as_ref()?.as_ref().ok()
    }

    /// What is wrong with it.
    #[must_use]
    pub fn flaw(&self) -> Option<&SearchFlaw> {
        self.search.as_ref()?.as_ref().err()
    }
}
