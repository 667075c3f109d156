//! Other trusted signers come to a paired device with an update: over real sockets, through rollbacks and power cuts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use skylift::engine::{Action, Happening, Job, NewSigners, UpdateOptions};
use skylift::image::Image;
use skylift::image::sign::{SigningKey, add_signature};
use skylift_protocol::{Digest, Pairing, Trust};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::faults::{FlashFault, Moment};
use skylift_simulator::{Device, Faults};
use skylift_tests::devices::image;
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::paired::{Ring, new_key, with_pairing};

/// Operations at the end of an update that are all cut: the note of the signers is among them, the switch, the
/// validation, and the change.
const LAST: u64 = 32;

fn key() -> SigningKey {
    SigningKey::random().unwrap()
}

fn digest(key: &SigningKey) -> Digest {
    key.verifying_key().digest()
}

fn signed(version: &str, behaviour: Behaviour, key: &SigningKey) -> Vec<u8> {
    let image = Image::from_bytes(Path::new("ota.bin"), image(version, behaviour)).unwrap();
    add_signature(&image, key, false).unwrap()
}

fn good(version: &str, key: &SigningKey) -> Vec<u8> {
    signed(version, Behaviour::Healthy, key)
}

/// An update that hands these signers over.
fn handing(keys: &[&SigningKey]) -> UpdateOptions {
    let digests: Vec<_> = keys.iter().map(|key| digest(key)).collect();
    UpdateOptions { trust: Some(NewSigners::new(&digests).unwrap()), ..UpdateOptions::default() }
}

/// A paired device, and its owner's computer.
struct Scene {
    device: Device,
    host: Host,
}

impl Scene {
    fn trusting(keys: &[&SigningKey]) -> Self {
        Self::new(keys, FlashFault::None)
    }

    fn new(keys: &[&SigningKey], flash: FlashFault) -> Self {
        let trust = Trust::in_signers(keys.iter().map(|key| digest(key)).collect());
        let key = new_key();
        let mut config = with_pairing(Pairing::Paired(key.clone()), trust);
        config.faults = Faults { flash, ..Faults::default() };
        let device = Device::start(config).unwrap();
        let id = skylift_protocol::bounded(device.id());
        Self { device, host: Host::offering_once(Ring::of([(id, key)])) }
    }

    fn update(&self, file: &[u8], options: UpdateOptions) -> Job {
        self.host.verdict(self.host.begin(&self.device, file, options))
    }

    /// How an update without other signers ends.
    fn plain(&self, file: &[u8]) -> (&'static str, &'static str) {
        words(&self.update(file, UpdateOptions::default()).verdict.unwrap())
    }

    fn trusts(&self) -> Vec<Digest> {
        self.host.status(&self.device).policy.unwrap().signers.unwrap().to_vec()
    }

    fn runs(&self) -> String {
        self.host.status(&self.device).running.version.to_string()
    }
}

fn end(job: &Job) -> (&'static str, &'static str) {
    words(job.verdict.as_ref().unwrap())
}

#[test]
fn a_device_takes_images_of_its_new_signers_and_of_nobody_else() {
    let (old, new, spare) = (key(), key(), key());
    let scene = Scene::trusting(&[&old]);
    let options = handing(&[&new, &spare]);
    let job = scene.update(&good("2.0.0", &old), options);
    assert_eq!(end(&job), ("validated", ""));
    assert_eq!(job.history.last(), Some(&Happening::Trusts(options.trust.unwrap())));
    assert_eq!(scene.trusts(), [digest(&new), digest(&spare)]);
    assert_eq!(scene.plain(&good("3.0.0", &old)), ("refused", "signer_unknown"));
    assert_eq!(scene.plain(&good("3.0.0", &new)), ("validated", ""));
    assert_eq!(scene.plain(&good("4.0.0", &spare)), ("validated", ""));
    // It is in the flash.
    scene.device.press_reset();
    scene.host.await_status(&scene.device, "it restarts", |status| status.uptime_s < 60);
    assert_eq!(scene.trusts(), [digest(&new), digest(&spare)]);
}

#[test]
fn who_is_not_trusted_yet_cannot_hand_anything_over() {
    let (old, new) = (key(), key());
    let scene = Scene::trusting(&[&old]);
    assert_eq!(end(&scene.update(&good("2.0.0", &new), handing(&[&new]))), ("refused", "signer_unknown"));
    assert_eq!(
        end(&scene.update(&image("2.0.0", Behaviour::Healthy), handing(&[&new]))),
        ("refused", "unsigned")
    );
    assert_eq!((scene.trusts(), scene.device.flash_operations()), (vec![digest(&old)], 0));
    assert_eq!(scene.plain(&good("2.0.0", &old)), ("validated", ""));
}

#[test]
fn first_signers_do_not_come_over_the_air() {
    let (old, new) = (key(), key());
    let file = good("2.0.0", &old);
    let trusting = Trust::in_signers([digest(&old)].into_iter().collect());
    for (pairing, trust) in [(Pairing::Paired(new_key()), Trust::Anybody), (Pairing::Open, trusting)] {
        let keys = match &pairing {
            Pairing::Paired(key) => Some(key.clone()),
            _ => None,
        };
        let device = Device::start(with_pairing(pairing, trust)).unwrap();
        let id = skylift_protocol::bounded(device.id());
        let host = Host::holding(Ring::of(keys.map(|key| (id, key))), short_times());
        let job = host.verdict(host.begin(&device, &file, handing(&[&new])));
        assert_eq!(end(&job), ("refused", "first_signers"));
        assert_eq!(device.flash_operations(), 0);
        assert_eq!(words(&host.update(&device, &file)).0, "validated", "without other signers it goes");
    }
}

/// Signers take over when their image validates, as the floor does: an image that is given up leaves no trace.
#[test]
fn an_image_that_is_given_up_changes_nobodys_trust() {
    let (old, new) = (key(), key());
    let scene = Scene::trusting(&[&old]);
    let crash = signed("2.0.0", Behaviour::Crash, &old);
    assert_eq!(end(&scene.update(&crash, handing(&[&new]))), ("rolled_back", "panic"));
    assert_eq!(scene.trusts(), [digest(&old)]);
    assert_eq!(scene.plain(&good("2.1.0", &new)), ("refused", "signer_unknown"));
    assert_eq!(scene.plain(&good("2.1.0", &old)), ("validated", ""));
    // Nor do they come with a later image, of which the owner said nothing.
    assert_eq!(scene.trusts(), [digest(&old)]);
}

/// While a person decides, nothing has changed; back by hand afterwards, the change stays, and the image before, which
/// was judged when it was written, is still good.
#[test]
fn what_a_person_keeps_counts_and_going_back_does_not_undo_it() {
    let (old, new) = (key(), key());
    let scene = Scene::trusting(&[&old]);
    let manual = UpdateOptions { confirm: skylift_protocol::Confirm::Manual, ..handing(&[&new]) };
    let job = scene.host.begin(&scene.device, &good("2.0.0", &old), manual);
    scene.host.await_step(job, skylift::engine::Step::PendingValidation);
    assert_eq!(scene.trusts(), [digest(&old)]);
    scene.host.act(&scene.device, Action::Validate);
    assert_eq!(end(&scene.host.verdict(job)), ("validated", ""));
    assert_eq!(scene.trusts(), [digest(&new)]);
    scene.host.act(&scene.device, Action::Rollback);
    scene.host.await_status(&scene.device, "it goes back", |status| status.running.version == "1.0.0");
    assert_eq!(scene.trusts(), [digest(&new)]);
    assert_eq!(scene.plain(&good("3.0.0", &old)), ("refused", "signer_unknown"));
    assert_eq!(scene.plain(&good("3.0.0", &new)), ("validated", ""));
}

/// One update that hands over, with one cut, and whom the device trusts afterwards.
fn survive(fault: FlashFault, old: &SigningKey, new: &SigningKey) -> Vec<Digest> {
    let scene = Scene::new(&[old], fault);
    let verdict = end(&scene.update(&good("2.0.0", old), handing(&[new]))).0;
    let (trusts, runs) = (scene.trusts(), scene.runs());
    let (before, after) = (vec![digest(old)], vec![digest(new)]);
    assert!(trusts == before || trusts == after, "{fault}: {verdict}, trusts {trusts:?}");
    assert_eq!(trusts == after, runs == "2.0.0", "{fault}: {verdict}, trusts {trusts:?} and runs {runs}");
    assert!(verdict != "validated" || trusts == after, "{fault}: {verdict}, trusts {trusts:?}");
    let (right, wrong) = if trusts == before { (old, new) } else { (new, old) };
    assert_eq!(scene.plain(&good("3.0.0", wrong)), ("refused", "signer_unknown"), "{fault}");
    assert_eq!(scene.plain(&good("3.0.0", right)), ("validated", ""), "{fault}");
    trusts
}

#[test]
fn a_power_cut_leaves_the_old_signers_or_the_new_ones() {
    let (old, new) = (key(), key());
    let undisturbed = Scene::trusting(&[&old]);
    assert_eq!(end(&undisturbed.update(&good("2.0.0", &old), handing(&[&new]))), ("validated", ""));
    let operations = undisturbed.device.flash_operations();
    let seed = fastrand::u64(..);
    println!("seed {seed}; the last {LAST} of {operations} operations, three cuts each");
    let cut = |(operation, moment)| FlashFault::PowerCut { operation, moment, seed: seed ^ operation };
    let points = (operations - LAST..operations).flat_map(|at| Moment::ALL.map(|moment| cut((at, moment))));
    let points: Vec<FlashFault> = points.collect();
    let (turn, found) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                while let Some(&fault) = points.get(turn.fetch_add(1, Ordering::Relaxed)) {
                    let trusts = survive(fault, &old, &new);
                    found.lock().unwrap().push(trusts);
                }
            });
        }
    });
    let found = found.into_inner().unwrap();
    let left = |key| found.iter().filter(|trusts| **trusts == [digest(key)]).count();
    println!("{} points: {} left the old signers, {} the new ones", points.len(), left(&old), left(&new));
    assert!(found.len() == points.len() && left(&old) > 0 && left(&new) > 0, "the change lies between them");
}
