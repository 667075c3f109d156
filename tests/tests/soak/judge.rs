//! Between a device and the oracle: what is known of an update, and what it is counted as.

use std::sync::Arc;

use skylift_simulator::demo_image::Behaviour;

use crate::images::Picture;
use crate::oracle::{Case, Trouble, Words, Wrong};
use crate::round::{Deed, Table, Way};
use crate::subject::Subject;
use crate::tally::Kind;
use crate::truth::Truth;

/// Holds a verdict against the truth. From then on the device runs what it runs.
pub fn judge(
    subject: &mut Subject,
    new: &Arc<Picture>,
    way: Way,
    deed: Option<Deed>,
    words: Words<'static>,
) -> Result<(Truth, Vec<Kind>), Wrong> {
    let truth = subject.truth(new)?;
    let case = case(subject, new, deed);
    case.judge(words, &truth)?;
    let kinds = kinds(subject, new, way, deed, &truth);
    subject.ended(new, words, &truth);
    Ok((truth, kinds))
}

/// What is known of an update before its verdict.
pub fn case(subject: &Subject, new: &Picture, deed: Option<Deed>) -> Case {
    let faults = &subject.nature.faults;
    let troubles = [
        (faults.lies, Trouble::Lie),
        (subject.may_have_flipped(), Trouble::Flip),
        (subject.has_silent_fault(), Trouble::Silent),
        (subject.nature.table == Table::Foreign, Trouble::NoJournal),
        (deed == Some(Deed::Cancel), Trouble::Cancelled),
        (deed == Some(Deed::PowerOff), Trouble::Away),
        (subject.runs.bytes == new.bytes, Trouble::SameImage),
    ];
    let troubles = troubles.into_iter().filter(|(given, _)| *given).map(|(_, trouble)| trouble).collect();
    Case { bootloader: subject.nature.bootloader, behaviour: new.behaviour, troubles }
}

/// The kinds of faults that an update had, for the table.
pub fn kinds(subject: &Subject, new: &Picture, way: Way, deed: Option<Deed>, truth: &Truth) -> Vec<Kind> {
    let faults = &subject.nature.faults;
    let fetched = |fault: Option<u64>| way == Way::Pull && fault.is_some();
    let reset = deed == Some(Deed::PressReset);
    let by_hand = matches!(deed, Some(Deed::PressReset | Deed::PowerOff));
    let kinds = [
        (truth.lived.interruptions > u32::from(by_hand), Kind::PowerCut),
        (reset, Kind::Reset),
        (fetched(faults.link.drop_at), Kind::Drop),
        (fetched(faults.link.stall_at), Kind::Stall),
        (fetched(faults.link.flip_at), Kind::Flip),
        (subject.has_silent_fault(), Kind::Silent),
        (faults.lies, Kind::Liar),
        (new.behaviour != Behaviour::Healthy, Kind::BadImage),
        (deed == Some(Deed::Cancel), Kind::Cancelled),
        (deed == Some(Deed::Kill), Kind::Killed),
        (deed == Some(Deed::PowerOff), Kind::Away),
        (subject.nature.table == Table::Foreign, Kind::Foreign),
        (way == Way::Push, Kind::Pushed),
    ];
    kinds.into_iter().filter(|(had, _)| *had).map(|(_, kind)| kind).collect()
}
