//! Fewer bytes over the air: which way is taken, what it costs, and what happens when a device does not take it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Once};
use std::time::Duration;

use skylift::engine::{
    Airtime, BaseShelf, Basis, Canary, Happening, Job, Limits, Plan, PlanError, RolloutOrder, Timing,
    Unavailable, UpdateOptions, Verdict, Wanted,
};
use skylift::image::Image;
use skylift::store::{DataDir, Database, Recorder};
use skylift_protocol::{Digest, Encoding, Reason};
use skylift_simulator::demo_image::Behaviour;
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{fresh, image};
use skylift_tests::host::{Host, short_times, words};
use skylift_tests::middle::{Asked, Middle};
use skylift_tests::wait::until;
use tempfile::TempDir;

const ALL: [Encoding; 3] = [Encoding::Raw, Encoding::Compressed, Encoding::Delta];

fn healthy(version: &str) -> Vec<u8> {
    image(version, Behaviour::Healthy)
}

fn folder() -> (TempDir, DataDir) {
    let temp = tempfile::tempdir().unwrap();
    let data_dir = DataDir::new(Some(temp.path().join("skylift")));
    (temp, data_dir)
}

fn keeping(data_dir: &DataDir) -> Host {
    Host::keeping(data_dir, short_times())
}

fn sent(encoding: Encoding) -> UpdateOptions {
    UpdateOptions { encoding: Some(encoding), ..UpdateOptions::default() }
}

/// An address of this computer where nobody listens: no device can fetch from there.
fn pushed(options: UpdateOptions) -> UpdateOptions {
    UpdateOptions { host_address: Some("127.0.0.1:1".parse().unwrap()), ..options }
}

fn raw_only() -> DeviceConfig {
    let mut config = fresh();
    config.node.encodings.clear();
    config
}

/// The first image that every device here runs, and whatever else is said to be known.
struct Shelf(Vec<Image>);

impl Shelf {
    fn with(images: &[Vec<u8>]) -> Arc<dyn BaseShelf> {
        let open = |bytes: &Vec<u8>| Image::from_bytes(Path::new("base.bin"), bytes.clone()).unwrap();
        Arc::new(Self(images.iter().map(open).collect()))
    }

    /// A shelf that gives other bytes of the same length for the image that devices run.
    fn lying() -> Arc<dyn BaseShelf> {
        let mut image = Image::from_bytes(Path::new("base.bin"), healthy("1.0.0")).unwrap();
        let mut bytes = image.bytes.to_vec();
        bytes[100_000] ^= 1;
        image.bytes = bytes.into();
        Arc::new(Self(vec![image]))
    }
}

impl BaseShelf for Shelf {
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>> {
        self.0.iter().find(|image| image.image_sha256 == image_sha256).cloned().map(Arc::new)
    }

    fn sent(&self, _: &Image) {}
}

fn plan(host: &Host, device: &Device, image: &[u8], options: UpdateOptions) -> Result<Plan, PlanError> {
    let image = Image::from_bytes(Path::new("ota.bin"), image.to_vec()).unwrap();
    host.plan(host.find(device).id.clone(), Arc::new(image), options)
}

/// The job of an update from its beginning to its end, and of what was sent for it.
fn update(host: &Host, device: &Device, image: &[u8], options: UpdateOptions) -> Job {
    let job = host.begin(device, image, options);
    host.verdict(job)
}

/// Waits until everything that was sent is counted.
fn counted(host: &Host, job: &Job) -> Airtime {
    until("all bytes are counted", || {
        let job = host.job(job.id);
        let sending = job.sending?;
        (sending.sent >= u64::from(sending.bytes)).then(|| job.airtime())
    })
}

fn falls(job: &Job) -> Vec<(Encoding, Encoding, &str)> {
    let fall = |happening| match happening {
        &Happening::FellBack { from, to, ref why } => Some((from, to, why.as_str())),
        _ => None,
    };
    job.history.iter().filter_map(fall).collect()
}

#[test]
fn the_second_update_of_any_device_is_a_delta() {
    let (_temp, data_dir) = folder();
    let device = Device::start(fresh()).unwrap();
    let host = keeping(&data_dir);
    // What it was flashed with is nowhere here.
    let plan = plan(&host, &device, &healthy("1.1.0"), UpdateOptions::default()).unwrap();
    assert_eq!(plan.ways.iter().map(|way| way.encoding).collect::<Vec<_>>(), ALL);
    assert_eq!(plan.way(Encoding::Delta).unwrap().cost, Err(Unavailable::BaseNotHere));
    assert_eq!(plan.basis, Basis::Typical);
    let first = update(&host, &device, &healthy("1.1.0"), UpdateOptions::default());
    assert_eq!(first.verdict, Some(Verdict::Validated), "{:?}", first.history);
    // Another process sends the next one.
    drop(host);
    let host = keeping(&data_dir);
    let new = healthy("1.2.0");
    let second = update(&host, &device, &new, UpdateOptions::default());
    assert_eq!(second.verdict, Some(Verdict::Validated), "{:?}", second.history);
    let sending = second.sending.unwrap();
    assert_eq!(sending.encoding, Encoding::Delta, "{:?}", second.history);
    assert!(sending.bytes < 24 << 10, "{sending:?} of {}", new.len());
    let airtime = counted(&host, &second);
    assert_eq!(airtime, Airtime { sent: sending.bytes.into(), raw: new.len() as u64 });
    assert!(airtime.saved_percent().unwrap() > 80, "{airtime:?}");
    let planned = second.history.iter().find_map(|happening| match happening {
        Happening::Planned(plan) => Some(Arc::clone(plan)),
        _ => None,
    });
    assert_eq!(planned.unwrap().cost().unwrap().bytes, sending.bytes, "as it was planned");
    assert_eq!(host.status(&device).running.version.as_str(), "1.2.0");
}

#[test]
fn the_way_that_the_user_wants_is_taken() {
    let device = Device::start(fresh()).unwrap();
    let images = ["1.0.0", "1.1.0", "1.2.0", "1.3.0"].map(healthy);
    let host = Host::finding(Shelf::with(&images));
    for (encoding, image) in ALL.into_iter().zip(&images[1..]) {
        let plan = plan(&host, &device, image, sent(encoding)).unwrap();
        assert_eq!(plan.chosen, encoding);
        let not_wanted = plan.ways.iter().filter(|way| way.cost == Err(Unavailable::NotWanted)).count();
        assert_eq!(not_wanted, if encoding == Encoding::Raw { 2 } else { 1 });
        let job = update(&host, &device, image, sent(encoding));
        assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
        let sending = job.sending.unwrap();
        assert_eq!(sending.encoding, encoding);
        assert_eq!(sending.bytes < u32::try_from(image.len()).unwrap(), encoding != Encoding::Raw);
        assert_eq!(counted(&host, &job).sent, u64::from(sending.bytes));
    }
}

#[test]
fn a_way_that_cannot_be_had_is_never_quietly_another_one() {
    let device = Device::start(fresh()).unwrap();
    let (host, new) = (Host::default(), healthy("1.1.0"));
    let job = update(&host, &device, &new, sent(Encoding::Delta));
    let Some(Verdict::Refused(cause)) = &job.verdict else { panic!("{:?}", job.verdict) };
    assert_eq!(cause.reason.as_str(), "encoding_unavailable");
    let sentence = Unavailable::BaseNotHere.to_string();
    assert!(cause.detail.contains("delta") && cause.detail.ends_with(&sentence), "{}", cause.detail);
    assert_eq!((job.sending, device.flash_operations()), (None, 0));
    let planned = plan(&host, &device, &new, sent(Encoding::Delta));
    assert_eq!(planned, Err(PlanError::NotSent(job.verdict.clone().unwrap())));
    let old = Device::start(raw_only()).unwrap();
    assert_eq!(
        words(&host.update_with(&old, &new, sent(Encoding::Compressed))),
        ("refused", "encoding_unavailable")
    );
}

#[test]
fn a_device_that_decodes_nothing_gets_the_image_as_it_is() {
    let device = Device::start(raw_only()).unwrap();
    let host = Host::finding(Shelf::with(&[healthy("1.0.0")]));
    let plan = plan(&host, &device, &healthy("1.1.0"), UpdateOptions::default()).unwrap();
    for way in &plan.ways[1..] {
        assert_eq!(way.cost, Err(Unavailable::NotUnderstood), "{}", way.encoding);
    }
    let job = update(&host, &device, &healthy("1.1.0"), UpdateOptions::default());
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    assert_eq!(job.sending.unwrap().encoding, Encoding::Raw);
    assert_eq!(counted(&host, &job).saved_percent(), None);
}

#[test]
fn nothing_is_planned_where_nothing_would_be_sent() {
    let (host, device) = (Host::default(), Device::start(fresh()).unwrap());
    let planned = plan(&host, &device, &healthy("1.0.0"), UpdateOptions::default());
    assert_eq!(planned, Err(PlanError::NotSent(Verdict::AlreadyRunning)));
    assert_eq!(device.flash_operations(), 0);
}

#[test]
fn what_is_pushed_is_a_delta_too() {
    let device = Device::start(fresh()).unwrap();
    let host = Host::finding(Shelf::with(&[healthy("1.0.0"), healthy("1.1.0")]));
    for encoding in [Encoding::Delta, Encoding::Compressed] {
        let version = if encoding == Encoding::Delta { "1.1.0" } else { "1.2.0" };
        let job = update(&host, &device, &healthy(version), pushed(sent(encoding)));
        assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
        assert!(job.history.iter().any(|happening| matches!(happening, Happening::Pushes(_))));
        let sending = job.sending.unwrap();
        assert_eq!((sending.encoding, sending.sent), (encoding, sending.bytes.into()));
    }
}

/// Its few bytes are there at once, and the device writes for seconds.
#[test]
fn what_the_device_has_whole_is_cancelled_all_the_same() {
    for options in [sent(Encoding::Delta), pushed(sent(Encoding::Delta))] {
        let config = DeviceConfig { faults: "slow-flash=300".parse().unwrap(), ..fresh() };
        let device = Device::start(config).unwrap();
        let host = Host::finding(Shelf::with(&[healthy("1.0.0")]));
        let job = host.begin(&device, &healthy("1.1.0"), options);
        until("all of it is there, and being written", || {
            let job = host.job(job);
            let (sending, progress) = (job.sending.as_ref()?, job.phase.progress()?);
            (sending.sent >= u64::from(sending.bytes) && progress.written > 0).then_some(())
        });
        host.cancel(job);
        let verdict = host.verdict(job).verdict.unwrap();
        assert_eq!(words(&verdict), ("failed", "cancelled"), "{verdict:?}");
        let status = host.status(&device);
        assert_eq!(status.last_end.unwrap().reason, Some(Reason::Withdrawn));
        assert_eq!(status.running.version, "1.0.0");
    }
}

#[test]
fn a_base_that_is_not_what_runs_costs_one_line() {
    let device = Device::start(fresh()).unwrap();
    let host = Host::finding(Shelf::lying());
    let job = update(&host, &device, &healthy("1.1.0"), UpdateOptions::default());
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    let falls = falls(&job);
    let [(Encoding::Delta, Encoding::Compressed, why)] = falls[..] else { panic!("{falls:?}") };
    assert!(!why.is_empty());
    assert_eq!(job.sending.unwrap().encoding, Encoding::Compressed);
    // Who wants a delta and nothing else is told why it is none.
    let device = Device::start(fresh()).unwrap();
    let verdict = host.update_with(&device, &healthy("1.1.0"), sent(Encoding::Delta));
    assert_eq!(words(&verdict), ("refused", "wrong_base"));
    assert_eq!(device.flash_operations(), 0, "nothing was erased");
}

/// A shelf beside which something happens when it is looked at for the first time.
struct Meanwhile<F> {
    shelf: Arc<dyn BaseShelf>,
    first: Once,
    happens: F,
}

impl<F: Fn() + Send + Sync> BaseShelf for Meanwhile<F> {
    fn image(&self, image_sha256: Digest) -> Option<Arc<Image>> {
        self.first.call_once(&self.happens);
        self.shelf.image(image_sha256)
    }

    fn sent(&self, _: &Image) {}
}

#[test]
fn a_device_that_gets_another_image_while_it_is_planned_for_is_planned_for_again() {
    let device = Arc::new(Device::start(fresh()).unwrap());
    let other = Arc::clone(&device);
    let happens = move || {
        assert_eq!(Host::default().update(&other, &healthy("1.1.0")), Verdict::Validated);
    };
    let shelf = Shelf::with(&[healthy("1.0.0"), healthy("1.1.0")]);
    let host = Host::finding(Arc::new(Meanwhile { shelf, first: Once::new(), happens }));
    let job = update(&host, &device, &healthy("1.2.0"), UpdateOptions::default());
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    assert_eq!(falls(&job), [], "the delta is one against what runs now");
    assert_eq!(job.sending.unwrap().encoding, Encoding::Delta);
    let planned = job.history.iter().filter(|happening| matches!(happening, Happening::Planned(_)));
    assert_eq!(planned.count(), 1, "{:?}", job.history);
}

/// Refuses encoded orders, whatever the device says that it takes.
fn takes_raw_only(asked: &Asked<'_>) -> Vec<u8> {
    let text = String::from_utf8_lossy(asked.bytes);
    let is_encoded = asked.is("POST /update ") && !text.contains(r#""encoding":"raw""#);
    if !is_encoded {
        return asked.forward();
    }
    let body = r#"{"error":"encoding","detail":"this device takes raw images only"}"#;
    let length = body.len();
    format!(
        "HTTP/1.1 412 Precondition Failed\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
    .into_bytes()
}

#[test]
fn a_device_that_refuses_encodings_gets_raw_in_the_end() {
    let device = Device::start(fresh()).unwrap();
    let middle = Middle::before(device.address(), takes_raw_only);
    let host = Host::finding(Shelf::with(&[healthy("1.0.0")]));
    let job = host.begin_at(middle.address(), &healthy("1.1.0"), UpdateOptions::default());
    let job = host.verdict(job);
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    let ways: Vec<_> = falls(&job).into_iter().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(
        ways,
        [(Encoding::Delta, Encoding::Compressed), (Encoding::Compressed, Encoding::Raw)],
        "each way once"
    );
    assert!(falls(&job).iter().all(|(_, _, why)| why.contains("raw images only")), "{:?}", job.history);
    assert_eq!(job.sending.unwrap().encoding, Encoding::Raw);
}

/// Changes a byte in the middle of the first two pieces that are pushed and are no head of a stream.
fn damages(asked: &Asked<'_>, damaged: &AtomicUsize) -> Vec<u8> {
    let mut bytes = asked.bytes.to_vec();
    let head = bytes.windows(4).position(|window| window == b"\r\n\r\n").map_or(0, |at| at + 4);
    let line = String::from_utf8_lossy(&bytes[..head]).into_owned();
    let is_rest = asked.is("PUT /update/image") && !line.contains("&from=0 ") && bytes.len() > head;
    if is_rest && damaged.fetch_add(1, Ordering::Relaxed) < 2 {
        let middle = head + (bytes.len() - head) / 2;
        bytes[middle] ^= 0x55;
    }
    asked.forward_instead(&bytes)
}

#[test]
fn a_damaged_stream_is_followed_by_the_image_another_way() {
    let device = Device::start(fresh()).unwrap();
    let damaged = AtomicUsize::new(0);
    let middle = Middle::before(device.address(), move |asked| damages(asked, &damaged));
    let host = Host::finding(Shelf::with(&[healthy("1.0.0")]));
    let job = host.begin_at(middle.address(), &healthy("1.1.0"), pushed(UpdateOptions::default()));
    let job = host.verdict(job);
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    let ways: Vec<_> = falls(&job).into_iter().map(|(from, to, _)| (from, to)).collect();
    assert_eq!(ways, [(Encoding::Delta, Encoding::Compressed), (Encoding::Compressed, Encoding::Raw)]);
    assert_eq!(job.sending.unwrap().encoding, Encoding::Raw);
}

#[test]
fn a_device_that_wants_the_same_bytes_again_and_again_gets_them_with_pauses() {
    let device = Device::start(fresh()).unwrap();
    let pushes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&pushes);
    let middle = Middle::before(device.address(), move |asked| {
        if !asked.is("PUT /update/image") {
            return asked.forward();
        }
        count.fetch_add(1, Ordering::Relaxed);
        let line = String::from_utf8_lossy(asked.bytes);
        let order_id = line.split(['=', '&', ' ']).find(|word| word.len() > 20).unwrap_or_default();
        let body = format!(r#"{{"order_id":"{order_id}","resume_from":0}}"#);
        let length = body.len();
        format!(
            "HTTP/1.1 202 Accepted\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{body}"
        )
        .into_bytes()
    });
    let host = Host::new(Timing { standstill: Duration::from_secs(2), ..short_times() });
    let job = host.begin_at(middle.address(), &healthy("1.1.0"), pushed(sent(Encoding::Raw)));
    let job = host.verdict(job);
    assert!(matches!(job.verdict, Some(Verdict::Failed { .. })), "{:?}", job.verdict);
    let pushes = pushes.load(Ordering::Relaxed);
    assert!((2..=20).contains(&pushes), "{pushes} times");
}

#[test]
fn a_compressed_update_goes_on_after_a_power_cut_and_all_of_it_counts() {
    let device = Device::start(DeviceConfig { faults: "slow-flash=80".parse().unwrap(), ..fresh() }).unwrap();
    let host = Host::default();
    let job = host.begin(&device, &healthy("1.1.0"), sent(Encoding::Compressed));
    until("half of it is written", || {
        host.job(job).phase.progress().filter(|progress| progress.written > 100_000).map(|_| ())
    });
    device.cut_power();
    let job = host.verdict(job);
    assert_eq!(job.verdict, Some(Verdict::Validated), "{:?}", job.history);
    assert!(host.resumed(job.id) >= 65_536, "{:?}", job.history);
    let sending = job.sending.unwrap();
    assert_eq!(sending.encoding, Encoding::Compressed);
    assert!(sending.sent > sending.bytes.into(), "what was sent in vain counts: {sending:?}");
}

#[test]
fn a_rollout_tells_what_it_sent_and_the_history_after_it() {
    let (_temp, data_dir) = folder();
    let devices: Vec<Device> = (0..4).map(|_| Device::start(fresh()).unwrap()).collect();
    let host = keeping(&data_dir);
    let recorder = Recorder::start(Database::open(&data_dir).unwrap(), &host.engine).unwrap();
    let run = |bytes: Vec<u8>| {
        let wanted = |device| Wanted { target: Host::target(device), id: Some(host.find(device).id.clone()) };
        let id = host.rollout(RolloutOrder {
            image: Arc::new(Image::from_bytes(Path::new("ota.bin"), bytes).unwrap()),
            options: UpdateOptions::default(),
            limits: Limits { parallel: 4, stop_after: None },
            canary: Canary::Nobody,
            only_outdated: false,
            when_back: false,
            erase_ahead: false,
            devices: devices.iter().map(wanted).collect(),
        });
        until("the rollout ends, and all bytes are counted", || {
            let snapshot = host.engine.snapshot();
            let rollout = Arc::clone(snapshot.rollout(id)?);
            let jobs: Vec<_> = snapshot.jobs.iter().filter(|job| job.rollout == Some(id)).cloned().collect();
            let all = |job: &Arc<Job>| job.sending.is_some_and(|it| it.sent >= it.bytes.into());
            (rollout.ended && jobs.iter().all(all)).then_some((rollout, jobs))
        })
    };
    let (first, _) = run(healthy("1.1.0"));
    assert_eq!(first.counts.validated, 4);
    let (second, jobs) = run(healthy("1.2.0"));
    assert_eq!(second.counts.validated, 4);
    let raw = 4 * healthy("1.2.0").len() as u64;
    assert_eq!(second.airtime, jobs.iter().map(|job| job.airtime()).sum());
    assert_eq!(second.airtime.raw, raw);
    assert!(second.airtime.saved_percent().unwrap() > 80, "{:?}", second.airtime);
    // All of them have the same bytes, made once.
    let streams = jobs.iter().map(|job| job.sending.unwrap());
    assert!(streams.clone().all(|it| it.encoding == Encoding::Delta));
    assert_eq!(streams.map(|it| it.bytes).collect::<std::collections::BTreeSet<_>>().len(), 1);
    host.close(recorder).unwrap();
    let database = Database::open(&data_dir).unwrap();
    let past = database.updates(&Default::default()).unwrap();
    let of_second: Vec<_> = past.iter().filter(|update| update.version == "1.2.0").collect();
    let id = of_second[0].rollout.as_ref().unwrap().id.clone();
    assert_eq!(database.airtime_of_rollout(&id).unwrap(), second.airtime);
    for update in of_second {
        let air = update.air.as_ref().unwrap();
        assert_eq!(air.encoding, "delta");
        assert!(air.time.saved() > 0, "{air:?}");
        assert!(!database.paces(&update.device).unwrap().is_empty(), "the flash was measured");
    }
}
