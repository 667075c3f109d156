//! Found by what they broadcast, in both forms, and by their address.

use skylift::engine::{Access, Presence, Source};
use skylift_protocol::Chip as Known;
use skylift_tests::host::Host;
use skylift_tests::jaguar::{Form, Identity, Jaguar, Setup};
use skylift_tests::toit::body::Chip;
use skylift_tests::wait::until;

use crate::world::{device, everybody_on, free_port, host, ids, image, known, times, update};

fn announced(port: u16, form: Form, identity: Identity) -> Jaguar {
    let announces_to = Some(everybody_on(port));
    Jaguar::start(Setup { identity, form, announces_to, ..Setup::new("") })
}

#[test]
fn by_what_they_broadcast_in_both_forms() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    for (form, name) in [(Form::Json, "happy-otter"), (Form::Ubjson, "old-otter")] {
        let identity = Identity { chip: "esp32s3".to_owned(), ..Identity::fresh(name) };
        let device = announced(port, form, identity.clone());
        let found = known(&host, &identity);
        let facts = found.family.jaguar().unwrap();
        assert_eq!(
            (found.name.as_str(), found.chip, found.source),
            (name, Known::Esp32S3, Source::Broadcast)
        );
        assert_eq!((found.address, facts.uuid.0), (device.address(), identity.id));
        assert_eq!((facts.sdk_version.as_str(), facts.proxied), (identity.sdk_version.as_str(), false));
        assert_eq!((found.status.as_ref(), found.slot, found.validation), (None, None, None));
        // That it answers is known without asking it all the time.
        until("it is online", || (known(&host, &identity).presence == Presence::Online).then_some(()));
    }
}

#[test]
fn by_address_in_both_forms() {
    let host = host();
    for form in [Form::Json, Form::Ubjson] {
        let device = Jaguar::start(Setup { form, ..Setup::new("by-address") });
        let found = host.find_at(device.address());
        assert_eq!(found.id.as_str(), device.identity().plain());
        assert_eq!((found.source, found.access), (Source::ByAddress, Some(Access::Open)));
    }
}

#[test]
fn by_every_skylift_that_listens() {
    let port = free_port();
    let hosts = [(); 3].map(|()| Host::hearing_jaguars(port, times()));
    let device = announced(port, Form::Json, Identity::fresh("everybodys"));
    for host in &hosts {
        assert_eq!(known(host, &device.identity()).name, "everybodys");
    }
}

#[test]
fn a_proxied_one_says_so() {
    let identity = Identity { proxied: true, ..Identity::fresh("on-a-cable") };
    let device = Jaguar::start(Setup { identity, ..Setup::new("") });
    assert!(host().find_at(device.address()).family.jaguar().unwrap().proxied);
}

#[test]
fn who_is_switched_off_is_offline_and_comes_back() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    let device = announced(port, Form::Json, Identity::fresh("sleepy"));
    let identity = device.identity();
    let is = |presence| {
        until("it is seen", || (known(&host, &identity).presence == presence).then_some(()));
    };
    is(Presence::Online);
    device.switch_off();
    is(Presence::Offline);
    device.switch_on();
    is(Presence::Online);
}

#[test]
fn an_update_leaves_one_device_and_no_second() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    let device = announced(port, Form::Json, Identity::fresh("otter"));
    let old = known(&host, &device.identity());
    let (new, image) = image("otter");
    assert!(update(&host, &device, &image).is_inferred());
    until("the row is the new one", || (ids(&host) == [new.plain()]).then_some(()));
    let facts = known(&host, &new).family.jaguar().unwrap().clone();
    assert_eq!(facts.formerly.as_ref(), Some(&old.id));
}

#[test]
fn an_old_jaguar_is_no_esp32_for_sure() {
    let sdk_version = "v2.0.0-alpha.188".to_owned();
    let identity = Identity { sdk_version, ..Identity::fresh("old") };
    let device = Jaguar::start(Setup { identity, chip: Chip::Esp32C3, ..Setup::new("") });
    assert_eq!(host().find_at(device.address()).chip, Known::Unknown);
}

#[test]
fn a_keep_alive_is_never_used() {
    let host = host();
    let device = device("polite");
    let _ = host.find_at(device.address());
    until("it is asked again and again", || (device.seen().requests.len() > 5).then_some(()));
    let seen = device.seen();
    assert_eq!((seen.reused, seen.overstayed, seen.waited), (0, 0, 0));
    for request in &seen.requests {
        assert_eq!(request.field("connection"), Some("close"), "{request:?}");
    }
}
