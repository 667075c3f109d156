//! The oracle: from what really happened on a device, the verdicts that are right. Any other one is wrong.

use skylift::engine::Job;
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::demo_image::Behaviour;

use crate::truth::{Boots, Truth};

/// The words of a verdict, and of its reason.
pub type Words<'a> = (&'a str, &'a str);

/// What must never happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// The device does not boot a complete image, or does not take the next update.
    Bricked(String),
    /// Somebody says something that is not so.
    Verdict(String),
}

impl Wrong {
    /// The same, with all that the app has to tell of the update.
    pub fn of(self, job: &Job) -> Self {
        let told = |why| format!("{why}: {:?}: {:?}", job.verdict, job.history);
        match self {
            Self::Bricked(why) => Self::Bricked(told(why)),
            Self::Verdict(why) => Self::Verdict(told(why)),
        }
    }
}

/// What may have kept an update from its good end, beside the device's power.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The device lies.
    Lie,
    /// A bit was flipped on the way.
    Flip,
    /// An operation of the flash failed, and reported success.
    Silent,
    /// Somebody cancelled it.
    Cancelled,
    /// The device counted as lost: it is not offered the image again.
    Away,
    /// The device runs this very image already.
    SameImage,
    /// The device keeps no journal: of most ends it can only tell that there was one.
    NoJournal,
}

/// What is known of an update before its verdict.
#[derive(Clone, Debug)]
pub struct Case {
    /// The device's bootloader.
    pub bootloader: Bootloader,
    /// What a device does with the new image.
    pub behaviour: Behaviour,
    /// What was in its way.
    pub troubles: Vec<Trouble>,
}

/// The device gives the new image so many tries before its guard gives it up.
const TRIES: u32 = 3;
/// A device that lost power is offered the image again so often.
const FURTHER_OFFERS: u32 = 2;

/// What a flipped bit can lead to: the file's digest finds it, unless the head of image or answer shows it first.
const OF_A_FLIP: [Words<'static>; 12] = [
    ("failed", "digest_mismatch"),
    ("failed", "http_status"),
    ("failed", "no_content_length"),
    ("failed", "wrong_size"),
    ("refused", "not_an_image"),
    ("refused", "wrong_chip"),
    ("refused", "wrong_revision"),
    ("refused", "wrong_project"),
    ("refused", "downgrade"),
    ("refused", "unguarded"),
    ("refused", "simulated"),
    ("refused", "mismatch"),
];

impl Case {
    /// Fails unless this verdict is right.
    pub fn judge(&self, words: Words<'_>, truth: &Truth) -> Result<(), Wrong> {
        let right = self.right(truth)?;
        if right.contains(&words) {
            return Ok(());
        }
        Err(Wrong::Verdict(format!("the verdict is {words:?}; right would be one of {right:?}: {truth:?}")))
    }

    /// The right verdicts.
    ///
    /// # Errors
    /// None can be: the device is in a state that it must never be in.
    pub fn right(&self, truth: &Truth) -> Result<Vec<Words<'static>>, Wrong> {
        if truth.lived.dead || truth.boots == Boots::Nothing {
            return Err(Wrong::Bricked(format!("{truth:?}")));
        }
        let same = self.has(Trouble::SameImage);
        // Power that goes in time keeps a liar from its lie, or leaves it half told.
        let (lies, cut) = (self.has(Trouble::Lie), truth.lived.interruptions > 0);
        match (truth.boots, truth.kept) {
            (Boots::New, true) if same => Ok(vec![("validated", "same_image")]),
            (Boots::New, true) if self.behaviour == Behaviour::Healthy && (!lies || cut) => {
                Ok(vec![("validated", "")])
            }
            (Boots::Before, kept) if !same && (kept || lies && cut) => Ok(self.old_runs(truth)),
            _ => Err(Wrong::Verdict(format!("no device may end like this: {truth:?}"))),
        }
    }

    fn has(&self, trouble: Trouble) -> bool {
        self.troubles.contains(&trouble)
    }

    /// The image before the update runs, and is kept.
    fn old_runs(&self, truth: &Truth) -> Vec<Words<'static>> {
        let lived = &truth.lived;
        // It restarts by itself once the switch is made. A reset may come first.
        let committed = lived.restarts > 0;
        if self.has(Trouble::Lie) && committed && lived.interruptions == 0 {
            return vec![("failed", "false_claim")];
        }
        let mut right = Vec::new();
        // Power that goes while the bootloader writes can take the new image back before it ran.
        let taken_back = self.bootloader == Bootloader::Rollback && lived.interruptions > 1;
        if lived.boots_of_new > 0 || committed || taken_back {
            right.extend(self.gone_back(truth));
        }
        if lived.boots_of_new == 0 {
            right.extend(self.stopped(truth));
        }
        if self.has(Trouble::Lie) && (committed || lived.interruptions > 0) {
            right.push(("failed", "false_claim"));
        }
        right
    }

    /// The new image was tried.
    fn gone_back(&self, truth: &Truth) -> Vec<Words<'static>> {
        let lived = &truth.lived;
        let ran = lived.boots_of_new > 0;
        let watched = self.bootloader == Bootloader::Rollback;
        let is = |behaviour| ran && self.behaviour == behaviour;
        let tries_spent = watched || lived.boots_of_new >= TRIES || !ran;
        let reasons = [
            (lived.panics > 0, "panic"),
            (lived.bites > 0, "watchdog"),
            (is(Behaviour::NeverValidates), "not_validated"),
            (is(Behaviour::NoNetwork), "no_network"),
            (lived.interruptions > 0 && tries_spent || self.has(Trouble::NoJournal), "restarted"),
            (lived.interruptions > 0 && watched && is(Behaviour::Healthy), "validation_interrupted"),
        ];
        given(reasons).map(|reason| ("rolled_back", reason)).collect()
    }

    /// It did not get that far.
    fn stopped(&self, truth: &Truth) -> Vec<Words<'static>> {
        let interruptions = truth.lived.interruptions;
        let further_offers = if self.has(Trouble::Away) { 0 } else { FURTHER_OFFERS };
        let reasons = [
            (interruptions > further_offers, "power_lost"),
            // It went away again while it was being offered the image again.
            (interruptions > 1 || self.has(Trouble::Away) && interruptions > 0, "no_answer"),
            // Power went before the order was noted.
            (interruptions > 0, "old_image_runs"),
            (self.has(Trouble::Silent), "flash"),
            (self.has(Trouble::Cancelled), "cancelled"),
        ];
        let flip = OF_A_FLIP.into_iter().filter(|_| self.has(Trouble::Flip));
        given(reasons).map(|reason| ("failed", reason)).chain(flip).collect()
    }
}

fn given<const N: usize>(reasons: [(bool, &'static str); N]) -> impl Iterator<Item = &'static str> {
    reasons.into_iter().filter(|(given, _)| *given).map(|(_, reason)| reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::truth::Lived;

    fn case(behaviour: Behaviour, troubles: &[Trouble]) -> Case {
        Case { bootloader: Bootloader::Stock, behaviour, troubles: troubles.to_vec() }
    }

    fn truth(boots: Boots, lived: Lived) -> Truth {
        Truth { boots, kept: true, lived }
    }

    const TRIED: Lived =
        Lived { boots_of_new: 1, restarts: 1, interruptions: 0, panics: 0, bites: 0, dead: false };

    #[test]
    fn a_wrong_verdict_is_found() {
        let healthy = case(Behaviour::Healthy, &[]);
        let new = truth(Boots::New, TRIED);
        assert_eq!(healthy.judge(("validated", ""), &new), Ok(()));
        for words in [("failed", "power_lost"), ("rolled_back", "panic"), ("lost", "no_answer")] {
            assert!(matches!(healthy.judge(words, &new), Err(Wrong::Verdict(_))), "{words:?}");
        }
        // Nothing was in its way, and still the old image runs: no verdict makes that right.
        let old = truth(Boots::Before, Lived::default());
        assert_eq!(healthy.right(&old), Ok(Vec::new()));
        assert!(healthy.judge(("validated", ""), &old).is_err());
    }

    #[test]
    fn a_reason_needs_what_it_names() {
        let crash = case(Behaviour::Crash, &[]);
        let panicked = truth(Boots::Before, Lived { panics: 1, ..TRIED });
        assert_eq!(crash.right(&panicked), Ok(vec![("rolled_back", "panic")]));
        assert_eq!(crash.right(&truth(Boots::Before, TRIED)), Ok(Vec::new()));
        let cut = truth(Boots::Before, Lived { interruptions: 1, ..Lived::default() });
        assert_eq!(case(Behaviour::Healthy, &[]).right(&cut), Ok(vec![("failed", "old_image_runs")]));
        let flip = case(Behaviour::Healthy, &[Trouble::Flip]);
        let untried = truth(Boots::Before, Lived::default());
        assert!(flip.judge(("failed", "digest_mismatch"), &untried).is_ok());
        assert!(flip.judge(("failed", "cancelled"), &untried).is_err());
    }

    #[test]
    fn a_liar_must_be_called_one() {
        let liar = case(Behaviour::Healthy, &[Trouble::Lie]);
        let lied = truth(Boots::Before, Lived { boots_of_new: 0, ..TRIED });
        assert_eq!(liar.right(&lied), Ok(vec![("failed", "false_claim")]));
        assert!(liar.judge(("validated", ""), &lied).is_err());
    }

    #[test]
    fn states_that_must_never_be() {
        let crash = case(Behaviour::Crash, &[]);
        assert!(
            matches!(crash.right(&truth(Boots::New, TRIED)), Err(Wrong::Verdict(_))),
            "it kept a bad one"
        );
        let dead = Lived { dead: true, ..TRIED };
        for bricked in [truth(Boots::Nothing, TRIED), truth(Boots::Before, dead)] {
            assert!(matches!(crash.right(&bricked), Err(Wrong::Bricked(_))));
        }
        let unkept = Truth { kept: false, ..truth(Boots::New, TRIED) };
        assert!(case(Behaviour::Healthy, &[]).right(&unkept).is_err());
        assert!(crash.right(&truth(Boots::Other, TRIED)).is_err());
    }
}
