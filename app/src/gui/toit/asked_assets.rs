//! For which programs dialogs for assets are open: programs may move up meanwhile, or go.

/// The dialogs that are open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedAssets {
    last: u64,
    /// The number of each, with the place of its program.
    open: Vec<(u64, usize)>,
}

impl AskedAssets {
    /// One is opened for the program at a place; its number.
    pub fn begin(&mut self, at: usize) -> u64 {
        self.last += 1;
        self.open.push((self.last, at));
        self.last
    }

    /// One is closed; the place of its program now, unless that has gone.
    pub fn end(&mut self, number: u64) -> Option<usize> {
        let found = self.open.iter().position(|(open, _)| *open == number)?;
        Some(self.open.swap_remove(found).1)
    }

    /// The program at a place goes.
    pub fn removed(&mut self, gone: usize) {
        self.open.retain_mut(|(_, at)| moved_up(*at, gone).map(|now| *at = now).is_some());
    }
}

/// Where something is once another thing has gone; nothing if it is that thing.
pub(super) const fn moved_up(at: usize, gone: usize) -> Option<usize> {
    if at == gone {
        None
    } else if at > gone {
        Some(at - 1)
    } else {
        Some(at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_finds_its_program_wherever_that_is_now() {
        let mut asked = AskedAssets::default();
        let [first, second, third] = [0, 1, 2].map(|at| asked.begin(at));
        asked.removed(1);
        assert_eq!([first, second, third].map(|number| asked.end(number)), [Some(0), None, Some(1)]);
        assert_eq!(asked.end(first), None, "it was answered");
    }
}
