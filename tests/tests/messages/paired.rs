//! Devices with an owner: without their key, with another one, and when somebody answers in their place.

use std::fs::{Permissions, set_permissions};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::sync::Mutex;

use skylift::engine::{ClientError, FindError, Problem, RequestError};
use skylift::image::Image;
use skylift::store::KeyStore;
use skylift_protocol::{Pairing, Trust};
use skylift_simulator::Device;
use skylift_simulator::demo_image::Behaviour;
use skylift_tests::devices::{fresh, image};
use skylift_tests::middle::{Asked, Middle, say};
use skylift_tests::paired::{Paired, with_pairing};
use skylift_tests::stranger::Reply;
use skylift_tests::wait::until;

use crate::computer::{Desk, desk_with_keys, host_on};
use crate::devices::{of_find, of_request};
use crate::files::Place;
use crate::keys::store;
use crate::proxy;
use crate::table::Line;

fn new() -> Image {
    Image::from_bytes(Path::new("ota.bin"), image("1.1.0", Behaviour::Healthy)).unwrap()
}

pub fn lines() -> Vec<Line> {
    let mut lines = without_key();
    lines.push(key_damaged());
    lines.extend(erased());
    lines.extend([lost_key(), other_key(), exposed_key(), played_back()]);
    lines.extend([
        doubted("The device's answers are changed on their way", |asked, _| {
            let mut answer = asked.forward();
            if let Some(at) = answer.windows(5).rposition(|bytes| bytes == b"1.0.0") {
                answer[at] = b'9';
            }
            answer
        }),
        doubted("Somebody without the key answers in its place", |asked, _| {
            Reply::of(&asked.forward()).map_or_else(Vec::new, |reply| proxy::serving(reply.body.as_bytes()))
        }),
        doubted("What this computer asks is changed on its way", |asked, device| {
            let text = std::str::from_utf8(asked.bytes).unwrap();
            say(device, text.replacen("GET /status ", "GET /log ", 1).as_bytes())
        }),
    ]);
    lines
}

/// The key is on another computer.
fn without_key() -> Vec<Line> {
    let (desk, paired) = (host_on(0), Paired::start());
    let found = desk.find(&paired.device);
    let refused = desk.wait(desk.engine.status(found.id.clone())).unwrap_err();
    vec![
        of_request("The device is paired with another computer", &refused),
        Line::of_verdict("It is to be updated all the same", &desk.update(&found, new())),
    ]
}

fn key_damaged() -> Line {
    let device = Device::start(with_pairing(Pairing::KeyDamaged, Trust::Anybody)).unwrap();
    let desk = host_on(0);
    let found = desk.find(&device);
    let refused = desk.wait(desk.engine.status(found.id.clone())).unwrap_err();
    of_request("The device has lost its key", &refused)
}

/// This computer has a key of it; the device lets everybody in.
fn erased() -> [Line; 2] {
    let place = Place::new();
    let (desk, device) = (desk_with_keys(store(&place)), Device::start(fresh()).unwrap());
    let found = desk.find(&device);
    store(&place).put(&found.id, &KeyStore::random().unwrap(), false).unwrap();
    let refused = desk.wait(desk.engine.status(found.id.clone())).unwrap_err();
    [
        of_request("The device was erased", &refused),
        Line::of_verdict("An erased device is to be updated", &desk.update(&found, new())),
    ]
}

/// This computer has a key of it; the device says that its own is damaged.
fn lost_key() -> Line {
    let (place, device) = (Place::new(), with_pairing(Pairing::KeyDamaged, Trust::Anybody));
    store(&place).put(&device.id, &KeyStore::random().unwrap(), false).unwrap();
    let device = Device::start(device).unwrap();
    not_believed("The device has lost the key that is here", &desk_with_keys(store(&place)), device.address())
}

fn other_key() -> Line {
    let (place, paired) = (Place::new(), Paired::start());
    store(&place).put(&paired.id(), &KeyStore::random().unwrap(), false).unwrap();
    not_believed("The device was paired anew", &desk_with_keys(store(&place)), paired.address())
}

fn exposed_key() -> Line {
    let (place, paired) = (Place::new(), Paired::start());
    let keys = holder_of(&paired, &place);
    set_permissions(keys.path(&paired.id()), Permissions::from_mode(0o644)).unwrap();
    let line = not_believed("Others may read the device's key", &desk_with_keys(keys), paired.address());
    place.settle(vec![line.calling(&paired.id(), "lamp")]).remove(0)
}

/// What the device has signed before comes again.
fn played_back() -> Line {
    let (place, paired) = (Place::new(), Paired::start());
    let recorded = Mutex::new(None);
    let way = Middle::before(paired.address(), move |asked| {
        if !asked.is_signed() {
            return asked.forward();
        }
        let mut recorded = recorded.lock().unwrap();
        recorded.clone().unwrap_or_else(|| {
            let answer = asked.forward();
            *recorded = Reply::of(&answer).filter(|reply| reply.status == 200).map(|_| answer.clone());
            answer
        })
    });
    let desk = desk_with_keys(holder_of(&paired, &place));
    let found = desk.find_at(&way.address().to_string());
    let refused = until("it is not believed", || match desk.wait(desk.engine.status(found.id.clone())) {
        Err(RequestError::Client(error)) if error.problem.is_doubt() => Some(error),
        _ => None,
    });
    of_request("An old answer of the device comes again", &RequestError::Client(refused))
}

/// Whoever sits between does this to what is signed.
fn doubted(
    symptom: &'static str,
    lie: impl Fn(&Asked<'_>, SocketAddr) -> Vec<u8> + Send + Sync + 'static,
) -> Line {
    let (place, paired) = (Place::new(), Paired::start());
    let device = paired.address();
    let way = Middle::before(
        device,
        move |asked| {
            if asked.is_signed() { lie(asked, device) } else { asked.forward() }
        },
    );
    not_believed(symptom, &desk_with_keys(holder_of(&paired, &place)), way.address())
}

/// A computer that has the key of this device.
fn holder_of(paired: &Paired, place: &Place) -> KeyStore {
    let keys = store(place);
    keys.put(&paired.id(), &paired.key, false).unwrap();
    keys
}

/// A device that was just switched on does not listen yet; that is not meant.
fn not_believed(symptom: &'static str, desk: &Desk, address: SocketAddr) -> Line {
    let error = until("somebody answers", || {
        let error = desk.look(&address.to_string()).unwrap_err();
        let FindError::Client(ClientError { problem, .. }) = &error else { panic!("{error}") };
        let is_silent = matches!(problem, Problem::NotReached(_) | Problem::Silent(_) | Problem::Broken(_));
        (!is_silent).then_some(error)
    });
    of_find(symptom, &error)
}
