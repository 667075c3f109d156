//! Levels of lines: sets of them to show, and how many lines have each.

use super::line::Level;

/// Which lines are shown, by their levels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Levels(u8);

impl Levels {
    /// All of them.
    pub const ALL: Self = Self(0b11_1111);

    /// This one, and the louder ones. What says no level counts as `info`.
    #[must_use]
    pub fn from(least: Level) -> Self {
        let rank = |level: Level| if level == Level::None { Level::Info } else { level };
        let mut levels = Self(0);
        for level in Level::ALL {
            levels.set(level, rank(level) <= rank(least));
        }
        levels
    }

    /// Whether lines of this level are shown.
    #[must_use]
    pub const fn has(self, level: Level) -> bool {
        self.0 & 1 << level as u8 != 0
    }

    /// Shows lines of this level, or hides them.
    pub const fn set(&mut self, level: Level, shown: bool) {
        if shown { self.0 |= 1 << level as u8 } else { self.0 &= !(1 << level as u8) }
    }
}

impl Default for Levels {
    fn default() -> Self {
        Self::ALL
    }
}

/// How many lines have each level.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts([usize; Level::ALL.len()]);

impl Counts {
    /// Lines of this level.
    #[must_use]
    pub const fn of(&self, level: Level) -> usize {
        self.0[level as usize]
    }

    pub(super) const fn add(&mut self, level: Level) {
        self.0[level as usize] += 1;
    }

    pub(super) const fn take(&mut self, level: Level) {
        self.0[level as usize] -= 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_that_are_not_named_count_as_info() {
        let warn = Levels::from(Level::Warn);
        assert!(
            warn.has(Level::Error)
                && warn.has(Level::Warn)
                && !warn.has(Level::Info)
                && !warn.has(Level::None)
        );
        let info = Levels::from(Level::Info);
        assert!(info.has(Level::None) && !info.has(Level::Debug));
        assert_eq!(Levels::from(Level::Trace), Levels::ALL);
    }
}
