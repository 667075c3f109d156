//! Strangers who ask for nonces, and spoil them, as many as they like: the owner's next order is taken.

use skylift_protocol::Trust;
use skylift_tests::forge::Draft;
use skylift_tests::paired::{Paired, new_key};
use skylift_tests::stranger::Stranger;

/// Asked for over sockets, by a device that shuts nobody out. `cargo bench --bench attacks` asks for 100,000.
const ASKED: usize = 20_000;

fn unlimited() -> Paired {
    Paired::with(Trust::Anybody, |config| config.node.http.strangers.burst = u32::MAX)
}

#[test]
fn nobody_can_use_up_the_nonces() {
    let paired = unlimited();
    let owner = Stranger::at_home(paired.address());
    let before = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    let ask = || (0..ASKED / 4).map(|_| owner.nonce()).collect::<Vec<_>>();
    let nonces: std::collections::HashSet<_> = std::thread::scope(|scope| {
        let askers: Vec<_> = (0..4).map(|_| scope.spawn(ask)).collect();
        askers.into_iter().flat_map(|asker| asker.join().unwrap()).collect()
    });
    assert_eq!(nonces.len(), ASKED, "no two are the same");
    assert_eq!(owner.owned(&before, &paired.key).status, 200, "one of before them");
    assert_eq!(owner.own(&paired.key, "POST", "/identify", "{}").status, 200, "one of after them");
    let theirs = nonces.iter().next().unwrap();
    let request = Draft::new(&paired.key, theirs, "POST", "/identify", "{}").sign();
    assert_eq!(
        owner.owned(&request, &paired.key).status,
        200,
        "one of theirs: it is nobody's before it is signed"
    );
}

/// What is remembered is what the owner used.
#[test]
fn a_forged_request_uses_nothing_up() {
    let paired = unlimited();
    let owner = Stranger::at_home(paired.address());
    let before = owner.draft(&paired.key, "POST", "/identify", "{}").sign();
    let spent = owner.draft(&paired.key, "POST", "/identify", "{}");
    assert_eq!(owner.owned(&spent.sign(), &paired.key).status, 200);
    let theirs = new_key();
    for n in 0..200 {
        let nonce = owner.nonce();
        let forged = Draft { key: theirs.clone(), nonce, ..spent.clone() };
        owner.say(forged.sign().bytes()).is_denied("wrong_signature", &n.to_string());
    }
    assert_eq!(owner.owned(&before, &paired.key).status, 200, "not forgotten for theirs");
    owner.say(spent.sign().bytes()).is_denied("replayed", "and what was used stays used");
}
