//! The lives that an update can have: NEW is good and validates, or NEW is bad and OLD comes back.

use skylift_protocol::Encoding;
use skylift_updater::outcome::End;

use super::bench::{Bench, NEW, OLD};
use super::certificate::Finding;
use super::life::{Act, Conduct, Life, View};
use crate::bootloader::Bootloader;

/// From the first boot of OLD to the switch; what NEW is like does not matter yet.
pub(super) const WRITE: Life =
    Life { conducts: &[Conduct::Healthy, Conduct::Healthy], decide: until_new, asks: false, kept: &[OLD] };

/// The same, with NEW sent in this way.
pub(super) fn write_as(encoding: Encoding) -> Life {
    let decide: fn(&View) -> Act = match encoding {
        Encoding::Compressed => |view| until_new_as(view, Encoding::Compressed),
        Encoding::Delta => |view| until_new_as(view, Encoding::Delta),
        Encoding::Raw | Encoding::Unknown => until_new,
    };
    Life { decide, ..WRITE }
}

/// From the switch on.
#[derive(Clone, Copy)]
pub(super) struct Ending {
    pub name: &'static str,
    /// What is interrupted.
    pub interrupted: Life,
    /// What comes after the interruption: more, where the update has to succeed after a rollback.
    pub afterwards: Life,
}

const GOOD: Ending = Ending { name: "NEW is good", interrupted: WRITE, afterwards: WRITE };

const UNWATCHED: Ending = {
    let life = Life { kept: &[OLD, NEW], ..WRITE };
    Ending { name: "NEW runs", interrupted: life, afterwards: life }
};

const BAD: Ending = {
    let afterwards =
        Life { conducts: &[Conduct::Healthy, Conduct::PanicsUntilRolledBack], asks: true, ..WRITE };
    Ending { name: "NEW is bad", interrupted: Life { decide: until_rolled_back, ..afterwards }, afterwards }
};

fn until_new(view: &View) -> Act {
    until_new_as(view, Encoding::Raw)
}

fn until_new_as(view: &View, encoding: Encoding) -> Act {
    if view.running == NEW { Act::Rest } else { Act::Offer(NEW, encoding) }
}

fn until_rolled_back(view: &View) -> Act {
    match view.end {
        Some(End::RolledBack(_)) => Act::Rest,
        _ => until_new(view),
    }
}

/// What can be tried with these images behind this bootloader.
pub(super) fn endings(bench: &Bench) -> &'static [Ending] {
    if is_watched(bench) { &[GOOD, BAD] } else { &[UNWATCHED] }
}

/// Whether anybody would bring OLD back.
fn is_watched(bench: &Bench) -> bool {
    bench.new.is_guarded() || bench.bootloader == Bootloader::Rollback
}

/// What is to be known besides.
pub(super) fn findings(bench: &Bench) -> Vec<Finding> {
    let rolls_back = bench.bootloader == Bootloader::Rollback;
    let journal = bench.layout.journal.is_some();
    let all = [
        (Finding::NobodyRollsBack, !is_watched(bench)),
        (Finding::BootloaderAlone, rolls_back && !bench.new.is_guarded()),
        (Finding::OldUnguarded, !bench.old.is_guarded()),
        (Finding::NoJournal, !journal),
        (Finding::NoJournalRollback, !journal && rolls_back),
        (Finding::Factory, bench.layout.factory.is_some()),
        (Finding::Compressed, bench.encodings() == [Encoding::Raw, Encoding::Compressed]),
        (Finding::Delta, bench.encodings() == [Encoding::Raw, Encoding::Delta]),
        (Finding::EveryEncoding, bench.encodings().len() == 3),
    ];
    all.into_iter().filter_map(|(finding, holds)| holds.then_some(finding)).collect()
}
