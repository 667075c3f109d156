//! Announcements from anybody: bounded, and nothing of them reaches a screen that could harm it.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};

use skylift_tests::host::Host;
use skylift_tests::jaguar::{Form, Identity, Jaguar, Setup};
use skylift_tests::wait::until;

use crate::world::{everybody_on, free_port, ids, known, times};

struct Shouter(UdpSocket, SocketAddr);

impl Shouter {
    fn new(port: u16) -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
        socket.set_broadcast(true).unwrap();
        Self(socket, everybody_on(port))
    }

    fn shout(&self, bytes: &[u8]) {
        self.0.send_to(bytes, self.1).unwrap();
    }
}

fn payload(identity: &Identity) -> Vec<u8> {
    identity.payload(Form::Json, ([192, 168, 1, 7], 9000).into())
}

#[test]
fn what_is_no_announcement_is_passed_over() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    let shouter = Shouter::new(port);
    let good = String::from_utf8(payload(&Identity::fresh("evil"))).unwrap();
    let id = good.split("\"id\": \"").nth(1).unwrap()[..36].to_owned();
    let wrong: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"{".to_vec(),
        vec![0xff; 1024],
        b"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[".repeat(8),
        vec![b'{'; 1000],
        good.replace("jaguar.identify", "jaguar.attack").into_bytes(),
        // A quote in a name, pasted in as devices do it.
        payload(&Identity { name: "a \"b\" c".to_owned(), ..Identity::fresh("") }),
        good.replace(&id, "not-an-id").into_bytes(),
        good.replace(&id, &id[..35]).into_bytes(),
        good.replace(&id, "../../../../../../etc/passwd").into_bytes(),
        good.replace("\"wordSize\": 4", "\"wordSize\": 400").into_bytes(),
        good.replace("\"wordSize\": 4", "\"wordSize\": \"4\"").into_bytes(),
        // Larger than any announcement is.
        good.replace("evil", &"x".repeat(4000)).into_bytes(),
        b"{#l\x7f\xff\xff\xff".to_vec(),
        b"{#UU\xff".to_vec(),
    ];
    for bytes in &wrong {
        shouter.shout(bytes);
    }
    // Who comes after them is heard, and nobody else.
    let device = Jaguar::start(Setup { announces_to: Some(everybody_on(port)), ..Setup::new("good") });
    known(&host, &device.identity());
    assert_eq!(ids(&host), [device.identity().plain()]);
}

#[test]
fn names_are_made_printable_and_short() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    let shouter = Shouter::new(port);
    for name in ["\\u001b[2Jlamp\\u0007\\n", "\\u202eevil", &"long".repeat(150)] {
        let identity = Identity::fresh(name);
        let bytes = identity.payload(Form::Json, ([192, 168, 1, 7], 9000).into());
        assert!(bytes.len() <= 1024);
        shouter.shout(&bytes);
        let shown = until("it is heard, or was refused", || {
            shouter.shout(&payload(&Identity::fresh("next")));
            let snapshot = host.engine.snapshot();
            (!snapshot.devices.is_empty()).then(|| snapshot.device(&identity.plain()).cloned())
        });
        if let Some(device) = shown {
            assert!(!device.name.chars().any(char::is_control), "{:?}", device.name);
        }
    }
}

#[test]
fn thousands_of_ids_fill_nothing_up() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    let shouter = Shouter::new(port);
    for _ in 0..6000 {
        shouter.shout(&payload(&Identity::fresh("one-of-many")));
    }
    until("some are heard", || (!ids(&host).is_empty()).then_some(()));
    assert!(ids(&host).len() <= 4096, "{}", ids(&host).len());
    // Who is asked by their address is found all the same.
    let device = Jaguar::start(Setup::new("wanted"));
    assert_eq!(host.find_at(device.address()).name, "wanted");
}

#[test]
fn an_announcement_is_no_answer() {
    let port = free_port();
    let host = Host::hearing_jaguars(port, times());
    // Somebody announces a device that runs elsewhere: the address that it says is not believed.
    let device = Jaguar::start(Setup::new("true-one"));
    let _ = host.find_at(device.address());
    let shouter = Shouter::new(port);
    let lie = Identity { name: "false-one".to_owned(), ..device.identity() };
    shouter.shout(&payload(&lie));
    let marker = Identity::fresh("marker");
    until("it was heard", || {
        shouter.shout(&payload(&marker));
        host.engine.snapshot().device(&marker.plain()).is_some().then_some(())
    });
    let found = host.find_at(device.address());
    assert_eq!(found.name, "true-one");
    assert!(!found.address.ip().to_string().starts_with("192.168."), "{}", found.address);
}
