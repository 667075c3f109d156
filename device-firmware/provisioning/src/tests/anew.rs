//! Provisioning over what is there: all of it changes, part by part, and no cut opens what was closed before and after.

use super::*;

/// Another owner, other signers, another floor.
fn another() -> Provisioning {
    Provisioning {
        name: "bench 2".to_owned(),
        bootloader_rolls_back: false,
        secure_floor: Floor::At(9),
        trust: Trust::in_signers(signers(40)),
        pairing: paired(9),
        networks: Networks::new().with_first(network("shed", "another one")),
    }
}

/// Each cut of writing `after` over `before`: the parts that close a device are as before, as after, or shut.
fn cut_write(before: &Provisioning, after: &Provisioning) {
    let mut nor = blank();
    before.write(&mut nor, REGION).unwrap();
    let points = cut(
        &nor,
        |nor| after.write(nor, REGION),
        |mut nor| {
            let found = read(&mut nor);
            let pairings = [&before.pairing, &after.pairing, &Pairing::KeyDamaged];
            assert!(pairings.contains(&&found.pairing), "{:?}", found.pairing);
            assert!([&before.trust, &after.trust, &nobody()].contains(&&found.trust), "{:?}", found.trust);
            let floors = [before.secure_floor, after.secure_floor, Floor::Unknown];
            assert!(floors.contains(&found.secure_floor), "{:?}", found.secure_floor);
            after.write(&mut nor, REGION).unwrap();
            assert_eq!(read(&mut nor), *after);
        },
    );
    assert!(points > 50, "{points}");
}

#[test]
fn a_cut_while_another_owner_is_written_opens_nothing() {
    cut_write(&closed(), &another());
    cut_write(&another(), &closed());
}

/// Both ways between a device of nobody and one that is closed.
#[test]
fn a_cut_between_open_and_closed_is_one_of_them_or_shut() {
    cut_write(&Provisioning::default(), &closed());
    cut_write(&closed(), &Provisioning::default());
}

/// The first time in its life: what is closed already when power fails stays closed.
#[test]
fn a_cut_first_time_closes_or_has_done_nothing() {
    let mut shut = 0;
    let closed = closed();
    let points = cut(
        &blank(),
        |nor| closed.write(nor, REGION),
        |mut nor| {
            let found = read(&mut nor);
            shut += u32::from(found.pairing == Pairing::KeyDamaged);
            let has_key = holds(&nor, &[7; 32]);
            assert!(!has_key || found.pairing != Pairing::Open, "a key, and open");
        },
    );
    assert!(points > 50 && shut > 0, "{points} points, {shut} shut");
}

#[test]
fn what_was_there_before_goes() {
    let (mut nor, _) = provisioned();
    Provisioning::default().write(&mut nor, REGION).unwrap();
    assert_eq!(read(&mut nor), Provisioning::default());
    for secret in [&b"open sesame"[..], &[7; 32], &[1; 32]] {
        assert!(!holds(&nor, secret));
    }
}
