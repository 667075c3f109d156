//! The record of trusted signers: it comes back as it was, and what is no record trusts nobody.
#![allow(clippy::unwrap_used, reason = "tests")]

use proptest::prelude::*;
use skylift_protocol::{Digest, MAX_TRUST_RECORD, NextSigners, Signers, Trust};

fn signers(bytes: &[u8]) -> Signers {
    bytes.iter().map(|&byte| Digest([byte; 32])).collect()
}

fn nobody() -> Trust {
    Trust::in_signers(Signers::new())
}

fn next(image: u8, bytes: &[u8]) -> NextSigners {
    NextSigners { image_sha256: Digest([image; 32]), signers: signers(bytes) }
}

#[test]
fn records_come_back() {
    let plain = Trust::in_signers(signers(&[1, 2, 3]));
    for trust in [nobody(), plain.clone(), plain.with_next(Some(next(9, &[4, 5, 6])))] {
        let record = trust.to_record().unwrap();
        assert!(record.len() <= MAX_TRUST_RECORD);
        assert_eq!(Trust::from_record(&record), trust);
    }
    assert_eq!(Trust::Anybody.to_record(), None);
    assert_eq!(plain.with_next(Some(next(9, &[4, 5, 6]))).to_record().unwrap().len(), MAX_TRUST_RECORD);
}

#[test]
fn the_form_of_a_record_is_frozen() {
    let trust = Trust::in_signers(signers(&[7])).with_next(Some(next(8, &[9])));
    let expected = [&[1, 1][..], &[7; 32], &[8; 32], &[1], &[9; 32]].concat();
    assert_eq!(trust.to_record().unwrap().as_slice(), expected);
}

#[test]
fn others_take_over_with_their_image_alone() {
    let trust = Trust::in_signers(signers(&[1])).with_next(Some(next(9, &[2])));
    assert_eq!(trust.once_kept(Digest([8; 32])), trust);
    let after = Trust::in_signers(signers(&[2]));
    assert_eq!(trust.once_kept(Digest([9; 32])), after);
    assert_eq!(after.once_kept(Digest([9; 32])), after);
    assert_eq!(trust.with_next(None), Trust::in_signers(signers(&[1])));
    assert_eq!(Trust::Anybody.with_next(Some(next(9, &[2]))).once_kept(Digest([9; 32])), Trust::Anybody);
}

proptest! {
    #[test]
    fn what_is_cut_or_longer_trusts_nobody(cut in 0_usize..MAX_TRUST_RECORD) {
        let trust = Trust::in_signers(signers(&[1, 2, 3])).with_next(Some(next(9, &[4, 5, 6])));
        let record = trust.to_record().unwrap();
        // A record may well end behind the signers of now.
        if cut != 2 + 3 * 32 {
            prop_assert_eq!(Trust::from_record(&record[..cut]), nobody());
        }
        let longer = [record.as_slice(), &[0]].concat();
        prop_assert_eq!(Trust::from_record(&longer), nobody());
    }

    #[test]
    fn no_bytes_open_what_was_closed(record in proptest::collection::vec(any::<u8>(), 0..300)) {
        prop_assert_ne!(Trust::from_record(&record), Trust::Anybody);
    }
}
