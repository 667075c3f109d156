//! `--erase-ahead`: devices that wait for their turn erase the slot that the image goes to.

use clap::Args;

use super::super::ask::confirmed;
use super::super::failure::Failure;
use crate::engine::Preparation;

/// Whether devices erase ahead, and whether the user is asked before.
#[derive(Args, Clone, Copy, Debug, Default)]
pub(in crate::cli) struct Ahead {
    /// Devices that wait for their turn erase their other slot meanwhile, so that their update takes less time; the image
    /// in it can then not be returned to
    #[arg(long)]
    pub(super) erase_ahead: bool,
    /// With --erase-ahead: do not ask
    #[arg(long, requires = "erase_ahead")]
    yes: bool,
}

impl Ahead {
    /// Whether to begin. Asks if devices would lose the image that they could return to.
    pub(super) fn may_begin(self) -> Result<bool, Failure> {
        if self.yes || !self.erase_ahead {
            return Ok(true);
        }
        let what =
            "devices may erase their other slot while they wait: the image in it can then not be returned to";
        confirmed(what, "--yes does it without asking")
    }
}

/// What came of telling a device; nothing while it has not answered.
pub(super) fn told(preparation: &Preparation) -> Option<String> {
    match preparation {
        Preparation::Asked => None,
        Preparation::Erases { slot } => Some(format!("erases ota_{slot} while it waits")),
        Preparation::Left(why) => Some(format!("erases nothing ahead: {why}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_asked_who_loses_nothing() {
        let ahead = |erase_ahead, yes| Ahead { erase_ahead, yes }.may_begin();
        assert_eq!((ahead(false, false), ahead(true, true)), (Ok(true), Ok(true)));
    }

    #[test]
    fn only_an_answer_is_told() {
        assert_eq!(told(&Preparation::Asked), None);
        assert_eq!(told(&Preparation::Erases { slot: 1 }).as_deref(), Some("erases ota_1 while it waits"));
        let left = Preparation::Left("its firmware does not know how".to_owned());
        let words = "erases nothing ahead: its firmware does not know how";
        assert_eq!(told(&left).as_deref(), Some(words));
    }
}
