//! Devices that are not found, do not answer, or do not do what they are asked; and drills that cannot be begun.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use skylift::advice::Advice;
use skylift::engine::{
    Action, ClientError, DrillError, DrillPlan, FindError, Presence, Problem, RequestError, Timing,
    UpdateOptions,
};
use skylift::image::Image;
use skylift::image::library::Library;
use skylift_protocol::{Status, bounded};
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::{Device, DeviceConfig};
use skylift_tests::devices::{demo, fresh, image};
use skylift_tests::host::short_times;
use skylift_tests::raw::{self, RawHost};
use skylift_tests::wait::until;

use crate::computer::{Desk, desk, host_on};
use crate::files::Place;
use crate::table::Line;

fn of_client(symptom: &'static str, error: &impl Advice, client: &ClientError) -> Line {
    match &client.problem {
        Problem::Refused { code, .. } => Line::within(symptom, error, code),
        problem => Line::within(symptom, error, problem),
    }
}

pub fn of_find(symptom: &'static str, error: &FindError) -> Line {
    match error {
        FindError::Client(client) => of_client(symptom, error, client),
        error => Line::of(symptom, error),
    }
}

pub fn finding() -> Vec<Line> {
    let desk = host_on(0);
    let mut lines = vec![of_find("Nobody is found", &desk.look("lamp").unwrap_err())];
    let unknown = desk.look("no-such-host.invalid:80").unwrap_err();
    let FindError::NoAddress(_, words) = &unknown else { panic!("{unknown}") };
    // What the system says of it depends on its network.
    lines.push(of_find("The host's name is wrong", &unknown).calling(words, "Name or service not known"));

    let named = |name: &str| {
        let device = Device::start(fresh()).unwrap();
        let found = desk.find(&device);
        desk.wait(desk.engine.act(found.id.clone(), Action::Rename(name.try_into().unwrap()))).unwrap();
        until("it has its name", || {
            desk.engine.snapshot().device(&found.id).filter(|it| it.name == name).map(|_| ())
        });
        (device, found.id.to_string())
    };
    let (first, id) = named("lamp");
    lines.push(of_find("Others are found", &desk.look("door").unwrap_err()));
    let second = named("lamp");
    lines.push(of_find("Two devices have the same name", &desk.look("lamp").unwrap_err()));
    drop(second);
    first.power_off();
    until("it is missed", || {
        desk.engine.snapshot().device(&id).filter(|it| it.presence == Presence::Offline).map(|_| ())
    });
    lines.push(of_find("The device is announced, and does not answer", &desk.look(&id).unwrap_err()));
    lines
}

pub fn answers() -> Vec<Line> {
    let request = Duration::from_millis(300);
    let desk = desk(0, Timing { request, connect: request, ..short_times() });
    let at = |symptom, place: String| of_find(symptom, &desk.look(&place).unwrap_err());
    let place =
        |host: &RawHost| host.url().trim_start_matches("http://").trim_end_matches("/ota.bin").to_owned();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let answers = |head: &str, body: &[u8]| RawHost::start(head, body);
    vec![
        at("Nobody listens at the address", closed.to_string()),
        at("Somebody listens, and says nothing", silent.local_addr().unwrap().to_string()),
        at(
            "The device restarts while it answers",
            place(&answers("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n", b"{")),
        ),
        at(
            "A file server answers",
            place(&answers("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", &[b' '; 100_000])),
        ),
        at("A router's page answers", place(&RawHost::serving(b"<html>"))),
        at("Another program answers", place(&answers("HTTP/1.1 500 X\r\nContent-Length: 0\r\n\r\n", b""))),
        other_device(&desk),
    ]
}

/// The address has gone to another device since.
fn other_device(desk: &Desk) -> Line {
    let device = Device::start(fresh()).unwrap();
    let mut status = raw::status(device.address());
    status["id"] = "sky-01".into();
    let first = status.to_string();
    status["id"] = "sky-02".into();
    let (hub, moved) = crate::hub_that_changes(first, status.to_string());
    let found = desk.find_at(hub.url.trim_start_matches("http://"));
    moved.store(true, Ordering::Relaxed);
    let error = desk.wait(desk.engine.status(found.id.clone())).unwrap_err();
    of_request("Another device has its address now", &error)
}

pub fn of_request(symptom: &'static str, error: &RequestError) -> Line {
    match error {
        RequestError::Client(client) => of_client(symptom, error, client),
        error => Line::of(symptom, error),
    }
}

pub fn requests() -> Vec<Line> {
    let (desk, device) = (
        host_on(0),
        Device::start(DeviceConfig { faults: "rate=100000".parse().unwrap(), ..fresh() }).unwrap(),
    );
    let found = desk.find(&device);
    let act = |action| desk.wait(desk.engine.act(found.id.clone(), action)).unwrap_err();
    let nobody = bounded("sky-99");
    let new = Arc::new(Image::from_bytes(Path::new("ota.bin"), image("1.1.0", Behaviour::Healthy)).unwrap());
    let update = |id| desk.wait(desk.engine.update(id, Arc::clone(&new), UpdateOptions::default()));
    let mut lines = vec![
        of_request("Nobody has this id", &desk.wait(desk.engine.status(nobody.clone())).unwrap_err()),
        of_request("There is nothing to validate", &act(Action::Validate)),
        of_request("There is nothing to return to", &act(Action::Rollback)),
        Line::of("Nobody has the id of an update", &update(nobody).unwrap_err()),
    ];
    update(found.id.clone()).unwrap();
    lines.push(Line::of("It is being updated already", &update(found.id.clone()).unwrap_err()));
    lines
}

pub fn drills() -> Vec<Line> {
    let (desk, place) = (host_on(0), Place::new());
    let status_of =
        |device: &Device| -> Status { desk.wait(desk.engine.status(desk.find(device).id.clone())).unwrap() };
    let real = DemoImage { kind: MarkerKind::Real, ..demo("1.0.0", Behaviour::Healthy) };
    let factory = skylift_simulator::FactoryFlash::new(
        real.build().unwrap(),
        skylift_provisioning::Provisioning { name: "lamp".into(), ..Default::default() },
    );
    let config =
        DeviceConfig { simulated: false, flash: skylift_simulator::FlashSource::Factory(factory), ..fresh() };
    let device = Device::start(config).unwrap();
    let status = status_of(&device);
    let image = |bytes: Vec<u8>| Image::from_bytes(Path::new("ota.bin"), bytes).unwrap();
    let other = image(demo("2.0.0", Behaviour::Healthy).build().unwrap());
    let mut signed = real.build().unwrap();
    signed.resize(signed.len().next_multiple_of(4096), 0xFF);
    signed.extend([0xE7, 0x02, 0, 0]);
    signed.resize(signed.len().next_multiple_of(4096), 0);
    let library = Library::new(&place.data());
    let on_probation = {
        let mut status = status.clone();
        status.validation.state = skylift_protocol::ValidationState::Pending;
        status
    };
    let of = |symptom, plan: Result<DrillPlan, DrillError>| match plan.unwrap_err() {
        DrillError::Restamp(error) => Line::of(symptom, &error),
        error => Line::of(symptom, &error),
    };
    vec![
        of("The device is on probation", DrillPlan::with_own_build(&on_probation, other.clone())),
        of("The device is a real one", DrillPlan::with_crash(&status)),
        of("The library lacks what it runs", DrillPlan::usual(&status, &library)),
        of("The image is not what it runs", DrillPlan::with_running(&status, &other)),
        of("The image that runs is signed", DrillPlan::with_running(&status, &image(signed))),
    ]
}
