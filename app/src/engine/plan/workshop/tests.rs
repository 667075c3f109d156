//! Tests: work is shared by all who ask, and ends soon after the last of them has gone.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use futures_util::future::join_all;
use skylift_simulator::demo_image::DemoImage;

use super::*;
use crate::engine::update::sample::{demo, image};

fn of(version: &str, size: u32) -> Arc<Image> {
    Arc::new(image(DemoImage { version: version.to_owned(), size, ..demo() }.build().unwrap()))
}

fn lingering(linger: Duration) -> Workshop {
    Workshop { linger, ..Workshop::new(None) }
}

/// Wants a stream, and goes away when some of it is done.
async fn begin_and_go(workshop: &Workshop, image: &Arc<Image>) {
    let (sender, mut begun) = watch::channel(false);
    tokio::select! {
        _ = workshop.stream(None, image, |percent| { sender.send_replace(percent > 0); }) => panic!("so quick"),
        told = begun.wait_for(|begun| *begun) => drop(told.unwrap()),
    }
}

async fn until(what: &str, is_so: impl Fn() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < Duration::from_secs(60), "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_devices_share_one_run() {
    let workshop = Workshop::new(None);
    let (old, new) = (of("1.0.0", 64 << 10), of("2.0.0", 64 << 10));
    let told = AtomicUsize::new(0);
    let tell = |percent: u32| {
        assert!(percent <= 100);
        told.fetch_add(1, Ordering::Relaxed);
    };
    let asked = (0..30).map(|_| workshop.stream(Some(Arc::clone(&old)), &new, tell));
    let all = join_all(asked).await;
    let first = all[0].clone().unwrap();
    assert_eq!(first.base_image_sha256, Some(old.image_sha256));
    assert!(first.size() < new.size());
    for worked in &all {
        assert!(Arc::ptr_eq(worked.as_ref().unwrap(), &first), "each got the very same one");
    }
    assert!(told.load(Ordering::Relaxed) >= 30, "everybody is told");
    // Who comes later gets it at once, and what is another pair is another stream.
    let later = workshop.stream(Some(Arc::clone(&old)), &new, |_| {}).await.unwrap();
    assert!(Arc::ptr_eq(&later, &first));
    let full = workshop.stream(None, &new, |_| {}).await.unwrap();
    assert_eq!((full.base_image_sha256, full.file_sha256), (None, new.file_sha256));
}

#[tokio::test(flavor = "multi_thread")]
async fn work_that_nobody_wants_any_more_ends() {
    let workshop = lingering(Duration::ZERO);
    begin_and_go(&workshop, &of("2.0.0", 2 << 20)).await;
    until("its turn is free again", || workshop.turns.available_permits() == AT_A_TIME).await;
    assert!(lock(&workshop.book).done.is_empty(), "it was not worked out to its end");
    // Whoever wants it after all gets it.
    let small = of("2.0.0", 64 << 10);
    assert!(workshop.stream(None, &small, |_| {}).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_back_soon_finds_the_work_going_on() {
    let workshop = lingering(Duration::MAX);
    let new = of("2.0.0", 512 << 10);
    begin_and_go(&workshop, &new).await;
    let first = Mutex::new(None);
    let tell = |percent| {
        first.lock().unwrap().get_or_insert(percent);
    };
    assert!(workshop.stream(None, &new, tell).await.is_ok());
    // It may be done by now, and nobody is told of it any more.
    assert_ne!(first.into_inner().unwrap(), Some(0), "it begins anew");
    until("it is in the book no more", || lock(&workshop.book).running.is_empty()).await;
}

/// Work that nobody wants, and which would go on for ever.
fn forsaken(turns: &Arc<Semaphore>, book: &Arc<Mutex<Book>>) -> (Forsaken, watch::Sender<State>) {
    let pair = Pair { base: None, file: Digest([1; 32]) };
    let told = watch::Sender::new(State::At(1));
    lock(book).running.insert(pair, told.clone());
    let (turns, book) = (Arc::clone(turns), Arc::clone(book));
    (Forsaken { pair, since: None, ended: false, turns, book }, told)
}

#[test]
fn what_nobody_wants_makes_room_for_what_somebody_waits_for() {
    let (turns, book) = (Arc::new(Semaphore::new(1)), Arc::<Mutex<Book>>::default());
    let (mut work, told) = forsaken(&turns, &book);
    let mut ends = || work.ends(&told, Duration::MAX);
    let turn = turns.try_acquire().unwrap();
    assert!(!ends(), "nobody waits");
    let other = watch::Sender::new(State::Waits);
    let pair = Pair { base: None, file: Digest([2; 32]) };
    lock(&book).running.insert(pair, other.clone());
    assert!(!ends(), "nobody wants the other one either");
    let wants = other.subscribe();
    drop(turn);
    assert!(!ends(), "there is a turn for both");
    let _turn = turns.try_acquire().unwrap();
    other.send_replace(State::At(0));
    assert!(!ends(), "the other one has its turn");
    other.send_replace(State::Waits);
    let stays = told.subscribe();
    assert!(!ends(), "somebody wants it");
    drop(stays);
    assert!(ends());
    let left: Vec<Pair> = lock(&book).running.keys().copied().collect();
    assert_eq!(left, [pair], "nobody joins it any more");
    drop(wants);
    assert!(ends(), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_nobody_wants_do_not_keep_a_third_waiting() {
    let workshop = Arc::new(lingering(Duration::MAX));
    let wanted = |image: &Arc<Image>| {
        let (workshop, image) = (Arc::clone(&workshop), Arc::clone(image));
        let (sender, told) = watch::channel(None);
        let tell = move |percent| {
            sender.send_replace(Some(percent));
        };
        let work = async move { workshop.stream(None, &image, tell).await };
        (tokio::spawn(work), told)
    };
    let large = ["2.0.0", "2.1.0"].map(|version| of(version, 1 << 20));
    let small = of("3.0.0", 64 << 10);
    let [(first, mut at_first), (second, mut at_second)] = large.each_ref().map(wanted);
    for at in [&mut at_first, &mut at_second] {
        at.wait_for(|at| *at > Some(0)).await.unwrap();
    }
    let (third, mut at_third) = wanted(&small);
    at_third.wait_for(Option::is_some).await.unwrap();
    first.abort();
    second.abort();
    assert!(third.await.unwrap().is_ok());
    // What had ended by itself would be among the results.
    let book = lock(&workshop.book);
    let is_known =
        |pair: &Pair| book.running.contains_key(pair) || book.done.iter().any(|(it, _)| it == pair);
    let pairs = large.map(|image| Pair { base: None, file: image.file_sha256 });
    assert!(pairs.iter().any(|pair| !is_known(pair)), "one of them was called off");
}

#[tokio::test(flavor = "multi_thread")]
async fn one_who_stays_gets_it_though_another_goes() {
    let workshop = Arc::new(Workshop::new(None));
    let new = of("2.0.0", 256 << 10);
    let (sender, mut begun) = watch::channel(false);
    let stays = tokio::spawn({
        let (workshop, new) = (Arc::clone(&workshop), Arc::clone(&new));
        async move {
            workshop
                .stream(None, &new, |_| {
                    sender.send_replace(true);
                })
                .await
        }
    });
    begun.wait_for(|begun| *begun).await.unwrap();
    drop(tokio::time::timeout(Duration::ZERO, workshop.stream(None, &new, |_| {})).await);
    assert!(stays.await.unwrap().is_ok());
}
