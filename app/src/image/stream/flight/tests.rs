//! Work that is shared: it is done once, taken over, left, and never waited for in vain.

use std::ops::ControlFlow;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use skylift_encoder::unwatched;
use skylift_protocol::{Digest, Encoding};

use super::*;

/// What comes of the work here.
fn stream() -> Stream {
    Stream {
        encoding: Encoding::Compressed,
        bytes: Bytes::from_static(b"ODF1"),
        sha256: Digest([1; 32]),
        file_sha256: Digest([2; 32]),
        base_image_sha256: None,
    }
}

#[test]
fn those_who_want_the_same_at_once_share_the_work() {
    let flights = Flights::default();
    let (begun, waiting, done) = (Barrier::new(2), Barrier::new(6), AtomicUsize::new(0));
    let stream = stream();
    let work = |watch: Watch<'_>| {
        done.fetch_add(1, Ordering::Relaxed);
        begun.wait();
        // Not before all others wait for it.
        waiting.wait();
        assert!(watch(0.5).is_continue());
        Ok(stream.clone())
    };
    std::thread::scope(|scope| {
        let mut threads = vec![scope.spawn(|| flights.join("a pair", &mut unwatched, work))];
        begun.wait();
        threads.extend((0..5).map(|_| {
            scope.spawn(|| {
                let mut waits = false;
                let mut watch = |_| {
                    if !std::mem::replace(&mut waits, true) {
                        waiting.wait();
                    }
                    ControlFlow::Continue(())
                };
                flights.join("a pair", &mut watch, work)
            })
        }));
        for thread in threads {
            assert_eq!(thread.join().unwrap().as_ref(), Ok(&stream));
        }
    });
    assert_eq!(done.into_inner(), 1);
}

#[test]
fn work_that_was_called_off_is_taken_over_by_who_waits() {
    let flights = Flights::default();
    let (begun, waiting) = (Barrier::new(2), Barrier::new(2));
    let stream = stream();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            flights.join("a pair", &mut unwatched, |watch| {
                begun.wait();
                waiting.wait();
                assert!(watch(0.9).is_continue());
                Err(EncodeError::Cancelled)
            })
        });
        begun.wait();
        let (mut told, mut met) = (Vec::new(), false);
        let mut watch = |part| {
            told.push(part);
            // It is waited for by now; let it end.
            if !std::mem::replace(&mut met, true) {
                waiting.wait();
            }
            ControlFlow::Continue(())
        };
        let taken = flights.join("a pair", &mut watch, |watch| {
            assert!(watch(0.1).is_continue());
            Ok(stream.clone())
        });
        assert_eq!(first.join().unwrap(), Err(EncodeError::Cancelled));
        assert_eq!(taken, Ok(stream.clone()));
        assert!(told.is_sorted(), "{told:?}");
    });
}

#[test]
fn who_waits_can_leave() {
    let flights = Flights::default();
    let (begun, left) = (Barrier::new(2), Barrier::new(2));
    let stream = stream();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            flights.join("a pair", &mut unwatched, |_| {
                begun.wait();
                left.wait();
                Ok(stream.clone())
            })
        });
        begun.wait();
        let leaves =
            flights.join("a pair", &mut |_| ControlFlow::Break(()), |_| panic!("it is done already"));
        assert_eq!(leaves, Err(EncodeError::Cancelled));
        left.wait();
        assert_eq!(first.join().unwrap(), Ok(stream.clone()));
    });
}

#[test]
fn work_that_fails_fails_for_all_and_a_panic_lets_nobody_wait() {
    let flights = Flights::default();
    let (begun, failing) = (Barrier::new(2), Barrier::new(2));
    let refused = EncodeError::Memory { bytes: 1 << 20 };
    std::thread::scope(|scope| {
        let first = scope.spawn(|| {
            flights.join("a pair", &mut unwatched, |_| {
                begun.wait();
                failing.wait();
                Err(refused.clone())
            })
        });
        begun.wait();
        let mut met = false;
        let mut watch = |_| {
            if !std::mem::replace(&mut met, true) {
                failing.wait();
            }
            ControlFlow::Continue(())
        };
        let second = flights.join("a pair", &mut watch, |_| panic!("it is not asked for twice"));
        assert_eq!((first.join().unwrap(), second), (Err(refused.clone()), Err(refused.clone())));
        let panics = scope.spawn(|| flights.join("a pair", &mut unwatched, |_| panic!("a defect")));
        assert!(panics.join().is_err());
        assert_eq!(flights.join("a pair", &mut unwatched, |_| Err(refused.clone())), Err(refused.clone()));
    });
}
