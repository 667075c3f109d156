//! Which revisions of its chip an image runs on: `min_chip_rev_full` and `max_chip_rev_full` of the image header.

/// The revisions that an image runs on, as ESP-IDF writes them: 100 times the major one, plus the minor one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Revisions {
    /// The least; 0 for any.
    pub least: u16,
    /// The last one; absent if there is no limit.
    pub most: Option<u16>,
}

impl Revisions {
    /// Builds from before the second field have a zero there, later ones all ones if there is no limit.
    pub(super) const fn new(least: u16, most: u16) -> Self {
        let unlimited = most == 0 || most == u16::MAX;
        Self { least, most: if unlimited { None } else { Some(most) } }
    }

    /// Whether the image runs on a chip of this revision.
    #[must_use]
    pub fn admit(self, revision: u16) -> bool {
        self.least <= revision && self.most.is_none_or(|most| revision <= most)
    }
}

impl core::fmt::Display for Revisions {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        match (self.least, self.most) {
            (0, None) => f.write_str("any revision"),
            (least, None) => write!(f, "revision {} or later", Revision(least)),
            (0, Some(most)) => write!(f, "revision {} or earlier", Revision(most)),
            (least, Some(most)) => write!(f, "revision {} to {}", Revision(least), Revision(most)),
        }
    }
}

/// One revision; people write 3 as `0.3`, and 199 as `1.99`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Revision(
    /// 100 times the major one, plus the minor one.
    pub u16,
);

impl core::fmt::Display for Revision {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        write!(f, "{}.{}", self.0 / 100, self.0 % 100)
    }
}
