//! What stills are made of: the words of real devices, updated once for good and once in vain.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use skylift::engine::{
    Audience, Cause, End, Happening, Job, JobImage, MemberState, Phase, Rollout, Sending, Snapshot, Step,
    Verdict,
};
use skylift::gui::{Page, PairedKey};
use skylift::image::Image;
use skylift::image::library::{Entry, Library};
use skylift::image::sign::{Signatures, Signer, signatures};
use skylift::store::{Certified, DataDir, Moment, PastAir, PastUpdate, What};
use skylift_protocol::{Digest, Encoding};
use skylift_simulator::bootloader::Bootloader;
use skylift_simulator::certify::{Request, Streams, Watch, certify};
use skylift_simulator::demo_image::{Behaviour, DemoImage};

use super::fleet::{id_of, rename};
use crate::desk::{Desk, WIDE};
use crate::signers::{bench_key, signed_demo};
use crate::world::{World, demo};

/// Seconds from the start of the first update to the moment of the picture.
pub const LASTS: u64 = 30;

/// How the updates were sent.
const DELTA: Sending = Sending { encoding: Encoding::Delta, bytes: 3_148, sent: 3_148 };

/// What a device says of its crash.
pub const CRASH: &str = "sensor bus does not answer (src/sensors/bme280.rs:118)";

/// What stills are made of.
pub struct Material {
    /// The moment of the picture: the same time of day wherever it is taken.
    pub now: SystemTime,
    /// The last word of the engine: porch-light validated 1.1.0, cellar-fan went back from 1.2.0.
    pub seen: Snapshot,
    pub images: Vec<Entry>,
    pub opened: Vec<Arc<Image>>,
    pub past: Vec<Arc<PastUpdate>>,
    pub proofs: Vec<Arc<Certified>>,
    pub signers: Vec<Signer>,
    pub paired: Vec<PairedKey>,
}

impl Material {
    /// Has real devices updated, and puts what they said still.
    pub fn gather() -> Self {
        let mut world = World::empty();
        let _devices = [world.portrait("porch-light"), world.portrait("cellar-fan")];
        let demos = [demo("1.1.0", Behaviour::Healthy), demo("1.2.0", Behaviour::Crash)];
        demos.iter().for_each(|demo| world.keep(demo));
        let mut desk = Desk::open(world, WIDE);
        desk.wait_for("Device porch-light");
        desk.wait_for("Device cellar-fan");
        for (device, image) in [("porch-light", "1.1.0"), ("cellar-fan", "1.2.0")] {
            crate::buttons::update(&mut desk, device, image);
            desk.verdict();
        }
        desk.go(Page::Serve);
        desk.click("Serve skylift-demo 1.1.0");
        desk.until("what is served", |desk| desk.engine().serving.is_some().then_some(()));
        desk.go(Page::History);
        desk.until("the history", |desk| {
            let updates = &desk.harness.state().state().history.updates;
            (updates.len() == 2 && updates.iter().all(|update| update.end.is_some())).then_some(())
        });
        Self::still(&desk, &demos)
    }

    fn still(desk: &Desk, demos: &[DemoImage]) -> Self {
        let now = moment();
        let state = desk.harness.state().state();
        let images = state.firmware.entries.iter().enumerate().map(|(place, entry)| {
            let added = now - Duration::from_secs(3600 * (1 + place as u64));
            Entry {
                added: seconds(added),
                source: "/home/ada/skylift-demo/ota.bin".to_owned(),
                ..entry.clone()
            }
        });
        let opened =
            demos.iter().map(|demo| Image::from_bytes("ota.bin".as_ref(), demo.build().unwrap()).unwrap());
        let (signer, signed, entry) = signing(&demos[1], now);
        Self {
            now,
            seen: still(desk.engine(), now),
            images: std::iter::once(entry).chain(images).collect(),
            opened: opened.chain([signed]).map(Arc::new).collect(),
            past: state.history.updates.iter().map(|update| Arc::new(still_past(update, now))).collect(),
            proofs: vec![Arc::new(proof(now))],
            signers: vec![signer],
            paired: ["porch-light", "cellar-fan"].map(|name| paired(name, now)).to_vec(),
        }
    }

    pub fn signatures(&self) -> HashMap<Digest, Signatures> {
        self.opened.iter().map(|image| (image.file_sha256, signatures(image))).collect()
    }

    /// The opened image of a version.
    pub fn image(&self, version: &str) -> Arc<Image> {
        self.opened.iter().find(|image| image.version == version).cloned().unwrap()
    }

    /// How a snapshot came about, second by second: each update step by step, a step a second.
    pub fn course(&self, end: &Snapshot) -> Vec<(u64, Arc<Snapshot>)> {
        let steps = (0..LASTS).map(|second| (second, Arc::new(at(end, second as usize))));
        steps.chain([(LASTS, Arc::new(end.clone()))]).collect()
    }
}

/// The signer bench, and what it has signed half an hour ago.
fn signing(demo: &DemoImage, now: SystemTime) -> (Signer, Image, Entry) {
    let folder = tempfile::tempdir().unwrap();
    let data = DataDir::new(Some(folder.path().to_owned()));
    let key = bench_key(&data);
    let signed = signed_demo(demo, &key);
    let entry = Library::new(&data).add(&signed, None, "/home/ada/skylift-demo/ota.bin").unwrap();
    let entry = Entry { added: seconds(now - Duration::from_secs(1800)), ..entry };
    let created = Some(now - Duration::from_secs(40 * 86_400));
    let digest = key.verifying_key().digest();
    (Signer { name: "bench".parse().unwrap(), digest, created }, signed, entry)
}

fn paired(name: &str, now: SystemTime) -> PairedKey {
    PairedKey { device: id_of(name), since: Some(now - Duration::from_secs(3 * 86_400)) }
}

/// What was to be seen so many seconds after the start.
fn at(end: &Snapshot, second: usize) -> Snapshot {
    let job = |job: &Arc<Job>| {
        let told = job.history.len().min(second + 1);
        let over = second > job.history.len();
        let phase = if over { job.phase } else { Phase::Preparing };
        let verdict = job.verdict.clone().filter(|_| over);
        Arc::new(Job { history: job.history[..told].to_vec(), phase, verdict, ..Job::clone(job) })
    };
    Snapshot { jobs: end.jobs.iter().map(job).collect(), ..end.clone() }
}

/// 22 November 2026, 14:02:39, by the clock on the wall.
fn moment() -> SystemTime {
    let time = jiff::civil::date(2026, 11, 22).at(14, 2, 39, 0);
    time.to_zoned(jiff::tz::TimeZone::system()).unwrap().timestamp().into()
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs()
}

/// The steps of an update from its offer to its end, as if each had been seen.
fn steps() -> Vec<Happening> {
    use Step::{Downloading, Offered, PendingValidation, Preparing, Rebooting, Verifying};
    let steps = [Preparing, Offered, Downloading, Verifying, Rebooting, PendingValidation];
    steps.into_iter().map(Happening::Entered).collect()
}

/// The same words at fixed times and addresses.
fn still(seen: &Snapshot, now: SystemTime) -> Snapshot {
    let begun = now - Duration::from_secs(LASTS);
    let devices = seen
        .devices
        .iter()
        .enumerate()
        .map(|(place, device)| Arc::new(rename(device, device.label(), place as u8, now)));
    let image =
        |image: &JobImage| JobImage { path: "/home/ada/skylift-demo/ota.bin".into(), ..image.clone() };
    let jobs = seen.jobs.iter().map(|job| {
        let verdict = job.verdict.clone().map(still_verdict);
        let (image, device) = (image(&job.image), id_of(&job.device_label));
        let sending = Some(DELTA);
        let still =
            Job { started_at: begun, history: steps(), image, verdict, device, sending, ..Job::clone(job) };
        Arc::new(still)
    });
    let rollouts = seen.rollouts.iter().map(|rollout| {
        let mut still =
            Rollout { started_at: begun, image: image(&rollout.image), ..Rollout::clone(rollout) };
        still.airtime = DELTA.airtime(still.image.size);
        for member in &mut still.members {
            member.device = Some(id_of(&member.label));
            if let MemberState::Ended(End::Verdict(verdict)) = &mut member.state {
                *verdict = still_verdict(verdict.clone());
            }
        }
        Arc::new(still)
    });
    let serving = seen.serving.as_ref().map(|serving| {
        let mut serving = (**serving).clone();
        serving.audience = Audience::Network;
        serving.urls = vec!["http://192.168.1.20:8070/ota.bin".to_owned()];
        Arc::new(serving)
    });
    let mut transfers = (*seen.transfers).clone();
    for (place, transfer) in transfers.transfers.iter_mut().enumerate() {
        transfer.peer = SocketAddr::from(([192, 168, 1, 60 + place as u8], 49152));
        transfer.started_at = begun + Duration::from_secs(2 + 9 * place as u64);
        transfer.took = transfer.took.map(|_| Duration::from_secs(5));
    }
    Snapshot {
        devices: devices.collect(),
        jobs: jobs.collect(),
        rollouts: rollouts.collect(),
        serving,
        transfers: Arc::new(transfers),
        listening: None,
        ..seen.clone()
    }
}

/// A crash at a place in the source that does not move with the simulator's.
fn still_verdict(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::RolledBack(cause) => Verdict::RolledBack(Cause { detail: CRASH.to_owned(), ..cause }),
        verdict => verdict,
    }
}

fn still_past(update: &PastUpdate, now: SystemTime) -> PastUpdate {
    let begun = now - Duration::from_secs(LASTS + 60 * update.number.unsigned_abs());
    let words = ["preparing", "offered", "downloading", "verifying", "rebooting", "pending_validation"];
    let timeline = words.iter().zip(0..).map(|(word, second)| Moment {
        at: begun + Duration::from_secs(second),
        what: What::Phase((*word).to_owned()),
    });
    let mut end = update.end.clone();
    if let Some(end) = &mut end {
        end.at = begun + Duration::from_secs(9);
        end.detail = end.detail.as_ref().map(|_| CRASH.to_owned());
    }
    PastUpdate {
        device: id_of(&update.name).to_string(),
        started: begun,
        end,
        timeline: timeline.collect(),
        rate: Some(65_536.0),
        served_at: Some("192.168.1.20:8070".to_owned()),
        air: Some(PastAir { encoding: DELTA.encoding.to_string(), time: DELTA.airtime(update.size) }),
        log: Some("0:00:00.120 boot: slot 0, skylift-demo 1.0.0\n0:00:00.340 net: 192.168.1.60".to_owned()),
        owner: None,
        ..update.clone()
    }
}

/// A real proof of a small update.
fn proof(now: SystemTime) -> Certified {
    let small = |version| DemoImage { size: 2048, ..demo(version, Behaviour::Healthy) }.build().unwrap();
    let (old, new) = (small("1.0.0"), small("1.1.0"));
    let request = Request {
        old: &old,
        new: &new,
        streams: Streams::default(),
        table: None,
        bootloader: Bootloader::Stock,
        seed: 1,
    };
    let never = std::sync::atomic::AtomicBool::new(false);
    let made = certify(&request, Watch { progress: &|_| (), cancel: &never }).unwrap();
    let mut proof = Certified::new(&made, skylift_protocol::Chip::Esp32C3, now - Duration::from_secs(600));
    proof.took = Duration::from_secs(12);
    proof
}
