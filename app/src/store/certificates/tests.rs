//! Tests: proofs are kept as they were made, and found again for exactly what they prove.

use super::super::running::tests::open;
use super::*;

fn image(version: &str, digit: u8) -> CertifiedImage {
    CertifiedImage {
        project: "demo".to_owned(),
        version: version.to_owned(),
        size: 1000,
        file_sha256: Digest([digit; 32]).to_string(),
        image_sha256: Digest([digit + 100; 32]).to_string(),
    }
}

fn certified() -> Certified {
    Certified {
        at: SystemTime::UNIX_EPOCH + Duration::from_millis(1_700_000_000_123),
        took: Duration::from_millis(4567),
        skylift: SKYLIFT.to_owned(),
        chip: "esp32c3".to_owned(),
        bootloader: "stock".to_owned(),
        table_sha256: Digest([9; 32]).to_string(),
        seed: u64::MAX,
        points: 1234,
        survived: 1234,
        findings: vec!["one sentence".to_owned(), "another".to_owned()],
        old: image("1.0.0", 1),
        new: image("2.0.0", 2),
    }
}

fn wanted() -> WantedProof {
    let digest = |digit| Digest([digit; 32]);
    WantedProof {
        old: digest(1),
        new: digest(2),
        bootloader: Bootloader::Stock,
        table: digest(9),
        seed: u64::MAX,
    }
}

#[test]
fn a_proof_is_read_as_it_was_kept() {
    let (_folder, mut database) = open();
    assert!(database.certificates(None).unwrap().is_empty());
    let bare = Certified { findings: Vec::new(), seed: 0, ..certified() };
    database.keep_certificate(&certified()).unwrap();
    database.keep_certificate(&bare).unwrap();
    assert_eq!(database.certificates(None).unwrap(), [bare.clone(), certified()]);
    assert_eq!(database.certificates(Some(1)).unwrap(), [bare]);
}

#[test]
fn only_what_is_the_same_in_everything_is_proven_already() {
    let (_folder, mut database) = open();
    let broken = Certified { survived: 1233, ..certified() };
    let of_another_skylift = Certified { skylift: "0.0.1".to_owned(), ..certified() };
    for not_proven in [broken, of_another_skylift] {
        database.keep_certificate(&not_proven).unwrap();
        assert_eq!(database.proven(&wanted()).unwrap(), None);
    }
    database.keep_certificate(&certified()).unwrap();
    assert_eq!(database.proven(&wanted()).unwrap(), Some(certified()));
    let other = Digest([7; 32]);
    for wanted in [
        WantedProof { old: other, ..wanted() },
        WantedProof { new: other, ..wanted() },
        WantedProof { table: other, ..wanted() },
        WantedProof { seed: 1, ..wanted() },
        WantedProof { bootloader: Bootloader::Rollback, ..wanted() },
        WantedProof { old: wanted().new, new: wanted().old, ..wanted() },
    ] {
        assert_eq!(database.proven(&wanted).unwrap(), None, "{wanted:?}");
    }
}
