//! Devices of a rollout whose update does not begin.

use std::path::Path;
use std::sync::Arc;

use skylift::engine::{
    Canary, Command, End, Limits, MemberState, NotStarted, RolloutOrder, Step, UpdateOptions, Wanted,
};
use skylift::image::Image;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::Host;
use skylift_tests::wait::until;

use crate::table::Line;
use crate::updates::patient;

fn order(image: Vec<u8>, devices: Vec<Wanted>) -> RolloutOrder {
    RolloutOrder {
        image: Arc::new(Image::from_bytes(Path::new("ota.bin"), image).unwrap()),
        options: UpdateOptions::default(),
        limits: Limits { parallel: 1, stop_after: None },
        canary: Canary::Nobody,
        only_outdated: false,
        when_back: false,
        erase_ahead: false,
        devices,
    }
}

fn wanted(host: &Host, device: &Device) -> Wanted {
    Wanted { target: Host::target(device), id: Some(host.find(device).id.clone()) }
}

/// Why the last device of the rollout did not begin.
fn not_started(
    host: &Host,
    order: RolloutOrder,
    meanwhile: impl Fn(skylift::engine::RolloutId),
) -> NotStarted {
    let id = host.rollout(order);
    meanwhile(id);
    until("the rollout ends", || {
        let snapshot = host.engine.snapshot();
        let rollout = snapshot.rollout(id).filter(|rollout| rollout.ended)?;
        match &rollout.members.last()?.state {
            MemberState::Ended(End::NotStarted(why)) => Some(*why),
            other => panic!("{other:?}"),
        }
    })
}

fn line(symptom: &'static str, why: NotStarted) -> Line {
    let message = format!("not started ({}): {}", why.as_str(), why.detail());
    match why {
        NotStarted::Stopped(stopped) => Line::new(symptom, message, &stopped),
        why => Line::new(symptom, message, &why),
    }
}

fn two(config: impl Fn() -> DeviceConfig) -> (Host, [Device; 2], Vec<Wanted>) {
    let host = Host::default();
    let devices = [Device::start(config()).unwrap(), Device::start(config()).unwrap()];
    let wanted = devices.iter().map(|device| wanted(&host, device)).collect();
    (host, devices, wanted)
}

pub fn lines() -> Vec<Line> {
    let nothing = |_| ();
    let crash = image("6.6.6", Behaviour::Crash);
    let foreign =
        DemoImage { project: "kettle".into(), ..demo("1.1.0", Behaviour::Healthy) }.build().unwrap();
    let one_failure = Limits { parallel: 1, stop_after: Some(1) };
    let none = Limits { parallel: 1, stop_after: None };
    let mut lines = Vec::new();
    for (symptom, image, canary, limits) in [
        ("The canary fails", &crash, Canary::First(1), none),
        ("The canary refuses the image", &foreign, Canary::First(1), none),
        ("Too many devices fail", &crash, Canary::Nobody, one_failure),
    ] {
        let (host, _devices, both) = two(patient);
        let order = RolloutOrder { canary, limits, ..order(image.clone(), both) };
        lines.push(line(symptom, not_started(&host, order, nothing)));
    }
    let new = || image("1.1.0", Behaviour::Healthy);
    let nobody = Wanted { target: "nobody".parse().unwrap(), id: None };
    let (host, _devices, mut with_nobody) = two(fresh);
    with_nobody.push(nobody);
    lines.push(line("Nobody has this name", not_started(&host, order(new(), with_nobody), nothing)));

    let (host, _devices, both) = two(slow);
    let cancel = |id| host.engine.send(Command::CancelRollout { rollout: id });
    lines.push(line("You cancelled the rollout", not_started(&host, order(new(), both), cancel)));
    let (host, devices, _) = two(slow);
    let job = host.begin(&devices[0], &new(), UpdateOptions::default());
    host.await_step(job, Step::Downloading);
    let busy = not_started(&host, order(new(), vec![wanted(&host, &devices[0])]), nothing);
    lines.push(line("This computer updates it already", busy));
    let twice = [
        wanted(&host, &devices[1]),
        Wanted { target: devices[1].id().parse().unwrap(), id: Some(devices[1].id().try_into().unwrap()) },
    ];
    let twice = not_started(&host, order(new(), twice.into()), nothing);
    lines.push(line("A device is named twice", twice));
    lines
}

fn slow() -> DeviceConfig {
    DeviceConfig { faults: "rate=100000".parse().unwrap(), ..fresh() }
}
