//! Cursor and ticks of the table: which row the keyboard means, and which devices are chosen. Pure.

use std::collections::BTreeSet;

use skylift_protocol::Id;

/// Cursor and ticks.
#[derive(Clone, Debug, Default)]
pub struct Ticks {
    /// The device that arrows, Space and the letter keys mean.
    pub cursor: Option<Id>,
    /// The devices that are ticked.
    pub on: BTreeSet<Id>,
    /// How many of the shown devices are ticked.
    shown: usize,
    /// Where a range begins that Shift extends.
    anchor: Option<Id>,
}

impl Ticks {
    /// A device has another id now.
    pub(super) fn rename(&mut self, former: &Id, now: &Id) {
        for held in [&mut self.cursor, &mut self.anchor].into_iter().flatten().filter(|held| *held == former)
        {
            held.clone_from(now);
        }
        if self.on.remove(former) {
            self.on.insert(now.clone());
        }
    }

    /// Puts the cursor on a device.
    pub(super) fn point(&mut self, id: Id) {
        self.cursor = Some(id.clone());
        self.anchor = Some(id);
    }

    /// Ticks a device, or unticks it.
    pub(super) fn toggle(&mut self, id: Id) {
        if !self.on.remove(&id) {
            self.on.insert(id.clone());
        }
        self.point(id);
    }

    /// Ticks all that are shown, or unticks them if all are ticked.
    pub(super) fn toggle_all(&mut self, shown: &[Id]) {
        if shown.iter().all(|id| self.on.contains(id)) {
            self.on.retain(|id| !shown.contains(id));
        } else {
            self.on.extend(shown.iter().cloned());
        }
    }

    /// Moves the cursor by so many rows.
    pub(super) fn step(&mut self, shown: &[Id], by: i32) {
        if let Some(to) = self.target(shown, by) {
            self.point(to);
        }
    }

    /// Moves the cursor by so many rows, and ticks what lies between the anchor and it.
    pub(super) fn extend(&mut self, shown: &[Id], by: i32) {
        if let Some(to) = self.target(shown, by) {
            self.extend_to(shown, to);
        }
    }

    /// Ticks everything from the anchor to a device, which becomes the cursor. What an earlier end of the same range
    /// had ticked, and this one does not reach, is unticked.
    pub(super) fn extend_to(&mut self, shown: &[Id], to: Id) {
        let anchor = self.anchor.clone().or_else(|| self.cursor.clone()).unwrap_or_else(|| to.clone());
        if let Some(cursor) = &self.cursor {
            let before = between(shown, &anchor, cursor);
            self.on.retain(|id| !before.contains(id));
        }
        self.on.extend(between(shown, &anchor, &to).iter().cloned());
        self.anchor = Some(anchor);
        self.cursor = Some(to);
    }

    /// Counts the ticked ones of the devices that are shown.
    pub(super) fn count<'i>(&mut self, shown: impl Iterator<Item = &'i Id>) {
        self.shown = if self.on.is_empty() { 0 } else { shown.filter(|id| self.on.contains(*id)).count() };
    }

    /// How many of the shown devices are ticked.
    #[must_use]
    pub const fn shown(&self) -> usize {
        self.shown
    }

    fn target(&self, shown: &[Id], by: i32) -> Option<Id> {
        let at = self.cursor.as_ref().and_then(|cursor| shown.iter().position(|id| id == cursor));
        let last = shown.len().checked_sub(1)?;
        let to = at.map_or(if by == i32::MAX { last } else { 0 }, |at| {
            at.saturating_add_signed(isize::try_from(by).unwrap_or_default()).min(last)
        });
        shown.get(to).cloned()
    }
}

fn between<'i>(shown: &'i [Id], one: &Id, other: &Id) -> &'i [Id] {
    let place = |of: &Id| shown.iter().position(|id| id == of);
    match (place(one), place(other)) {
        (Some(one), Some(other)) => shown.get(one.min(other)..=one.max(other)).unwrap_or_default(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use skylift_protocol::bounded;

    use super::*;

    fn ids(names: &str) -> Vec<Id> {
        names.split_whitespace().map(bounded).collect()
    }

    fn on(ticks: &Ticks) -> String {
        ticks.on.iter().map(|id| id.as_str()).collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn the_cursor_stays_on_the_table() {
        let shown = ids("a b c");
        let mut ticks = Ticks::default();
        for (by, at) in [(1, "a"), (1, "b"), (-5, "a"), (i32::MAX, "c"), (1, "c"), (-i32::MAX, "a")] {
            ticks.step(&shown, by);
            assert_eq!(ticks.cursor.as_ref().map(|id| id.as_str()), Some(at), "{by}");
        }
        ticks.step(&[], 1);
        assert!(ticks.on.is_empty());
        let mut fresh = Ticks::default();
        fresh.step(&shown, i32::MAX);
        assert_eq!(fresh.cursor, Some(bounded("c")));
    }

    #[test]
    fn shift_extends_from_where_it_began_and_back_again() {
        let shown = ids("a b c d e");
        let mut ticks = Ticks::default();
        ticks.toggle(bounded("b"));
        ticks.extend(&shown, 1);
        ticks.extend(&shown, 1);
        assert_eq!(on(&ticks), "b c d");
        ticks.extend(&shown, -1);
        assert_eq!(on(&ticks), "b c");
        ticks.extend(&shown, -2);
        assert_eq!(on(&ticks), "a b");
        // A click with Shift is the same in one step; what lies outside stays as it is.
        ticks.toggle(bounded("e"));
        ticks.extend_to(&shown, bounded("d"));
        assert_eq!(on(&ticks), "a b d e");
    }

    #[test]
    fn all_are_ticked_and_then_none() {
        let shown = ids("a b");
        let mut ticks = Ticks { on: [bounded("hidden"), bounded("a")].into(), ..Ticks::default() };
        ticks.toggle_all(&shown);
        assert_eq!(on(&ticks), "a b hidden");
        ticks.toggle_all(&shown);
        assert_eq!(on(&ticks), "hidden");
    }
}
