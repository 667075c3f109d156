//! Tests: what is inferred from who answers, and when.

use super::*;

const PATIENCE: Patience = Patience {
    restart: Duration::from_secs(90),
    comeback: Duration::from_secs(180),
    doubt: Duration::from_secs(5),
};

fn id(text: &str) -> Id {
    skylift_protocol::bounded(text)
}

/// A device, second by second.
struct Scene {
    follow: Follow,
    begun: Instant,
}

impl Scene {
    fn new(new: Option<&str>, word: Word) -> Self {
        let begun = Instant::now();
        Self { follow: Follow::new(id("old"), new.map(id), word, PATIENCE, begun), begun }
    }

    fn answers(&mut self, second: u64, who: &str) -> Option<Verdict> {
        self.follow.observe(Sign::Answers(&id(who)), self.begun + Duration::from_secs(second))
    }

    fn silent(&mut self, second: u64) -> Option<Verdict> {
        self.follow.observe(Sign::Nothing, self.begun + Duration::from_secs(second))
    }
}

fn words(verdict: Option<Verdict>) -> Option<(&'static str, Option<&'static str>, bool)> {
    verdict.map(|verdict| (verdict.as_str(), verdict.reason(), verdict.is_inferred()))
}

#[test]
fn who_comes_back_with_the_new_id_has_validated() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!(scene.answers(0, "old"), None);
    assert_eq!(scene.silent(1), None);
    assert_eq!(words(scene.answers(9, "new")), Some(("validated", Some("new_id"), true)));
    // Even if its answer to the firmware was lost.
    let mut unsaid = Scene::new(Some("new"), Word::Unsaid);
    assert_eq!(unsaid.answers(9, "new"), Some(Verdict::ValidatedInferred));
}

#[test]
fn who_was_away_and_has_the_old_id_has_rolled_back() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!((scene.silent(1), scene.answers(60, "old")), (None, None));
    assert_eq!(scene.answers(64, "old"), None);
    assert_eq!(words(scene.answers(65, "old")), Some(("rolled_back", Some("old_id"), true)));
}

/// A question may get lost just before the restart, and the next be answered just before it as well.
#[test]
fn an_answer_from_before_the_restart_is_no_rollback() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!((scene.silent(0), scene.answers(1, "old"), scene.silent(2)), (None, None, None));
    assert_eq!(scene.answers(20, "new"), Some(Verdict::ValidatedInferred));
}

#[test]
fn who_does_not_restart_has_failed() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!(scene.answers(89, "old"), None);
    assert_eq!(words(scene.answers(90, "old")), Some(("failed", Some("no_restart"), false)));
}

#[test]
fn who_stays_away_is_lost_and_may_be_seen_again() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!(scene.answers(1, "old"), None);
    assert_eq!(scene.silent(180), None);
    assert_eq!(words(scene.silent(181)), Some(("lost", Some("no_answer"), false)));
    let mut other = scene.follow.clone();
    assert_eq!(scene.answers(999, "new"), Some(Verdict::ValidatedInferred));
    let later = |second| scene.begun + Duration::from_secs(second);
    assert_eq!(other.observe(Sign::Answers(&id("old")), later(999)), None);
    assert!(matches!(other.observe(Sign::Answers(&id("old")), later(1005)), Some(Verdict::RolledBack(_))));
}

#[test]
fn a_stranger_at_its_address_is_nobody() {
    let mut scene = Scene::new(Some("new"), Word::Taken);
    assert_eq!(scene.answers(1, "stranger"), None);
    assert_eq!(words(scene.answers(180, "stranger")), Some(("lost", Some("no_answer"), false)));
}

#[test]
fn without_jaguar_it_is_sent_and_the_old_one_may_still_come_back() {
    let mut scene = Scene::new(None, Word::Taken);
    assert_eq!(scene.answers(0, "old"), None);
    assert_eq!(words(scene.silent(1)), Some(("sent", None, false)));
    assert_eq!(scene.answers(30, "old"), None);
    assert_eq!(words(scene.answers(35, "old")), Some(("rolled_back", Some("old_id"), true)));
}

#[test]
fn nothing_is_made_of_a_word_that_was_not_heard() {
    let mut scene = Scene::new(Some("new"), Word::Unsaid);
    assert_eq!((scene.silent(1), scene.answers(2, "old")), (None, None));
    assert_eq!(words(scene.answers(7, "old")), Some(("failed", Some("no_answer"), false)));
    let mut without = Scene::new(None, Word::Unsaid);
    assert_eq!(without.silent(1), None);
    assert_eq!(words(without.silent(180)), Some(("lost", Some("no_answer"), false)));
    let mut stayed = Scene::new(Some("new"), Word::Unsaid);
    assert_eq!(words(stayed.answers(90, "old")), Some(("failed", Some("no_answer"), false)));
}
