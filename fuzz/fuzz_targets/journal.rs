//! The journal: whatever it holds, what is noted and not refused is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, seal};
use skylift_updater::Region;
use skylift_updater::journal::{Attempt, EndCode, Journal, Mark, mark_block, set_mark, verified_bytes};

const REGION: Region = Region { offset: 0x1000, size: 0x1000 };
/// More attempts are not noted.
const ATTEMPTS: usize = 48;

fn read(flash: &mut Patched<'_>) -> Option<Journal> {
    Journal::read(flash, REGION).expect("a flash")
}

fn note(flash: &mut Patched<'_>, journal: &Journal, free: bool) {
    let attempt = Attempt { order_id: [b'x'; 36], manual: true };
    if journal.add_attempt(flash, REGION, &attempt).is_ok() && free {
        let noted = read(flash).expect("the journal is still there");
        assert_eq!((noted.attempt, noted.end), (Some(attempt), None));
        if noted.set_end(flash, REGION, EndCode(7)).is_ok() {
            assert_eq!(read(flash).expect("the journal").end, Some(EndCode(7)));
        }
    }
    for mark in [Mark::Written, Mark::Prepared] {
        if set_mark(flash, REGION, mark).is_ok() {
            assert!(read(flash).expect("the journal").marks.has(mark));
        }
    }
    let next = journal.verified_blocks;
    if next < 256 && mark_block(flash, REGION, next).is_ok() {
        assert!(read(flash).expect("the journal").verified_blocks > next);
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let how = input.byte();
    let bytes = input.rest();
    let mut cells = [0xFF; 0x1000];
    let len = bytes.len().min(cells.len());
    cells[..len].copy_from_slice(&bytes[..len]);
    if how & 1 == 0 {
        seal::journal_subject(&mut cells);
    }
    if how & 2 == 0 {
        let written =
            cells[0x400..].chunks_exact_mut(64).filter(|attempt| attempt.iter().any(|&byte| byte != 0xFF));
        written.for_each(seal::journal_attempt);
    }
    let mut flash = Patched::new(0x2000).with(REGION.offset, &cells);
    let Some(journal) = read(&mut flash) else { return };
    assert!(journal.verified_blocks <= 256 && verified_bytes(&journal) <= journal.subject.size);
    // Attempts are noted one behind the other: what stands behind the first free place is nobody's.
    let mut attempts =
        cells[0x400..].chunks_exact(64).take(ATTEMPTS).skip_while(|attempt| *attempt != [0xFF; 64]);
    let free = attempts.next().is_some() && attempts.all(|attempt| attempt == [0xFF; 64]);
    note(&mut flash, &journal, free);
    Journal::begin(&mut flash, REGION, journal.subject).expect("a new journal");
    let begun = read(&mut flash).expect("the new journal");
    assert_eq!((begun.subject, begun.verified_blocks), (journal.subject, 0));
    assert_eq!((begun.attempt, begun.end), (None, None));
});
