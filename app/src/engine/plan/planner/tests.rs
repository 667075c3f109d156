//! Tests: what the user wants is taken or refused.

use skylift_protocol::bounded;

use super::*;

fn plan(chosen: Encoding) -> Plan {
    let task = Task { size: 1 << 20, had: 0, erased: 0, simulated: false };
    let tempo = Tempo::of(&[]);
    let ways = ways(Ok(1 << 19), Err(Unavailable::BaseNotHere), task, &tempo);
    let label = "lamp".to_owned();
    Plan { device: bounded("sky-01"), label, raw_bytes: task.size, ways, chosen, basis: basis(&tempo) }
}

#[test]
fn a_way_that_cannot_be_had_or_is_not_known_is_refused() {
    assert_eq!(wanted(&plan(Encoding::Raw)), Ok(()));
    assert_eq!(wanted(&plan(Encoding::Compressed)), Ok(()));
    for (chosen, why) in [(Encoding::Delta, "not on this computer"), (Encoding::Unknown, "does not know")] {
        let Err(Verdict::Refused(cause)) = wanted(&plan(chosen)) else { panic!("{chosen} is taken") };
        assert_eq!(cause.reason, Why::Host(HostReason::NotThisWay));
        assert!(cause.detail.contains(why), "{}", cause.detail);
    }
}

#[test]
fn what_could_not_be_made_says_what_helps() {
    let mut plan = plan(Encoding::Delta);
    let advice = vec!["close other programs".to_owned()];
    let failed = Unavailable::Failed { why: "no memory".to_owned(), advice: advice.clone() };
    plan.ways.iter_mut().for_each(|way| way.cost = Err(failed.clone()));
    let Err(Verdict::Refused(cause)) = wanted(&plan) else { panic!("it is taken") };
    assert_eq!(cause.advice, advice);
    assert!(cause.detail.ends_with("it could not be worked out: no memory"), "{}", cause.detail);
}
