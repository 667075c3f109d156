//! The device double itself, asked by hand: it says what the description of the protocol says.

use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::time::{Duration, Instant};

use serde_json::Value;
use skylift_tests::jaguar::{
    Faults, Identity, Jaguar, Next, Setup, image_for, image_without_jaguar, is_verified, jaguar_in,
};
use skylift_tests::toit::body::Chip;
use skylift_tests::wait::{PATIENCE, until};

/// What a device says to these bytes until it closes, after the client has said all it will say.
fn say(device: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(device).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut answer = Vec::new();
    // Who hangs up in the middle of it may do so.
    let _ = stream.write_all(bytes).and_then(|()| stream.shutdown(std::net::Shutdown::Write));
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8(answer).unwrap()
}

fn request(method: &str, path: &str, fields: &str, body: &[u8]) -> Vec<u8> {
    let length = if body.is_empty() { String::new() } else { format!("Content-Length: {}\r\n", body.len()) };
    [format!("{method} {path} HTTP/1.1\r\n{fields}{length}\r\n").as_bytes(), body].concat()
}

fn as_owner(device: &Jaguar) -> String {
    format!("X-Jaguar-Device-ID: {}\r\n", device.identity().dashed())
}

fn put(device: &Jaguar, image: &[u8]) -> String {
    say(device.address(), &request("PUT", "/firmware", &as_owner(device), image))
}

fn first_line(answer: &str) -> &str {
    answer.split("\r\n").next().unwrap()
}

#[test]
fn it_checks_in_the_order_of_the_description() {
    let device = Jaguar::start(Setup::new("happy-otter"));
    let (at, id, sdk) = (device.address(), device.identity().dashed(), device.identity().sdk_version);
    let line =
        |method, path, fields: &str| first_line(&say(at, &request(method, path, fields, &[]))).to_owned();
    let owner = as_owner(&device);
    assert_eq!(line("HEAD", "/identify", ""), "HTTP/1.1 405 HEAD not implemented");
    assert_eq!(line("GET", "/identify", ""), "HTTP/1.1 200 OK");
    assert_eq!(line("GET", "/", ""), "HTTP/1.1 200 OK");
    let forbidden =
        |who: &str| format!("HTTP/1.1 403 Device has id '{id}', jag is trying to talk to '{who}'");
    assert_eq!(line("GET", "/ping", ""), forbidden("null"));
    assert_eq!(line("PUT", "/firmware", "X-Jaguar-Device-ID: me\r\n"), forbidden("me"));
    assert_eq!(line("GET", "/status", ""), forbidden("null"));
    assert_eq!(line("GET", "/ping", &owner), "HTTP/1.1 200 OK");
    assert_eq!(line("GET", "/status", &owner), format!("HTTP/1.1 406 Device has {sdk}, jag has null"));
    let both = format!("{owner}X-Jaguar-SDK-Version: {sdk}\r\n");
    assert_eq!(line("GET", "/status", &both), "HTTP/1.1 500 Internal Server Error");
    let without_length = "HTTP/1.1 500 Internal Server error - AS_CHECK_FAILED";
    assert_eq!(line("PUT", "/firmware", &owner), without_length);
    let ping = say(at, &request("GET", "/ping", &owner, &[]));
    assert!(ping.ends_with("Content-Length: 18\r\n\r\n{ \"status\": \"OK\" }"), "{ping}");
}

#[test]
fn it_says_who_it_is_alike_by_both_ways() {
    let listener = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.set_read_timeout(Some(PATIENCE)).unwrap();
    let mut setup = Setup::new("happy-otter");
    setup.announces_to = Some(listener.local_addr().unwrap());
    let device = Jaguar::start(setup);
    let mut datagram = [0; 1024];
    let len = listener.recv(&mut datagram).unwrap();
    let answer = say(device.address(), &request("GET", "/identify", "", &[]));
    let (_, body) = answer.split_once("\r\n\r\n").unwrap();
    assert_eq!(body.as_bytes(), &datagram[..len]);
    let told: Value = serde_json::from_str(body).unwrap();
    assert_eq!(told["method"], "jaguar.identify");
    assert_eq!(told["payload"]["id"], device.identity().dashed());
    assert_eq!(told["payload"]["address"], format!("http://{}", device.address()));
    assert_eq!(told["payload"]["wordSize"], 4);
}

#[test]
fn it_runs_as_who_is_in_the_image() {
    for chip in Chip::ALL {
        let device = Jaguar::start(Setup { chip, ..Setup::new("old") });
        let (before, new) = (device.identity(), Identity::fresh("new"));
        let image = image_for(chip, &new, b"Z");
        assert!(is_verified(&image, chip), "{chip:?}");
        assert_eq!(jaguar_in(&image).map(|(id, name, _)| (id, name)), Some((new.id, "new".to_owned())));
        assert_eq!(first_line(&put(&device, &image)), "HTTP/1.1 200 OK");
        until("it is the new one", || (device.is_on() && device.identity() == new).then_some(()));
        assert_ne!(device.identity(), before);
        assert_eq!(device.seen().images, [image]);
    }
}

#[test]
fn it_takes_only_what_its_bootloader_takes() {
    let device = Jaguar::start(Setup { slot: 400 << 10, ..Setup::new("picky") });
    let image = image_for(Chip::Esp32, &Identity::fresh("new"), b"Z");
    let refused = "HTTP/1.1 500 Internal Server error - OUT_OF_BOUNDS";
    let mut flipped = image.clone();
    flipped[image.len() / 2] ^= 1;
    let too_large = vec![0xe9; (400 << 10) + 1];
    let other_chip = image_for(Chip::Esp32C3, &Identity::fresh("new"), b"Z");
    let short = &image[..image.len() - 1];
    for wrong in [flipped.as_slice(), &too_large, &other_chip, short, b"#"] {
        assert_eq!(first_line(&put(&device, wrong)), refused, "{} bytes", wrong.len());
    }
    assert!(device.is_on() && device.seen().images.is_empty());
    assert_eq!(jaguar_in(&image_without_jaguar(Chip::Esp32)), None);
}

#[test]
fn its_ends_are_those_that_were_ordered() {
    let device = Jaguar::start(Setup { next: Next::RollsBack, ..Setup::new("old") });
    let (old, new) = (device.identity(), Identity::fresh("new"));
    let image = image_for(Chip::Esp32, &new, b"Z");
    assert_eq!(first_line(&put(&device, &image)), "HTTP/1.1 200 OK");
    until("it has gone", || (!device.is_on()).then_some(()));
    until("it is back", || device.is_on().then_some(()));
    assert_eq!(device.identity(), old);

    device.set_next(Next::Lost);
    assert_eq!(first_line(&put(&device, &image)), "HTTP/1.1 200 OK");
    until("it has gone", || (!device.is_on()).then_some(()));
    device.switch_on_as(new.clone());
    assert_eq!(device.identity(), new);

    device.set_faults(Faults { throws: Some((5000, "OUT_OF_SPACE".to_owned())), ..Faults::default() });
    let thrown = put(&device, &image);
    assert_eq!(first_line(&thrown), "HTTP/1.1 500 Internal Server error - OUT_OF_SPACE");
    device.set_faults(Faults { breaks_at: Some(5000), ..Faults::default() });
    assert_eq!(put(&device, &image), "");
}

#[test]
fn it_serves_one_connection_at_a_time() {
    let read_timeout = Duration::from_millis(700);
    let device = Jaguar::start(Setup { read_timeout, ..Setup::new("busy") });
    let begun = Instant::now();
    let idle = TcpStream::connect(device.address()).unwrap();
    until("it is served", || (device.seen().connections == 1).then_some(()));
    assert!(say(device.address(), &request("GET", "/identify", "", &[])).starts_with("HTTP/1.1 200 OK"));
    assert!(begun.elapsed() >= read_timeout, "the second did not wait for the first");
    drop(idle);
    let seen = device.seen();
    assert_eq!((seen.connections, seen.waited, seen.overstayed, seen.reused), (2, 1, 1, 0));

    let twice = request("GET", "/identify", "", &[]).repeat(2);
    assert_eq!(say(device.address(), &twice).matches("HTTP/1.1 200 OK").count(), 2);
    assert_eq!(device.seen().reused, 1);
}
