//! How a first contact ends: what the board says over its cable, and who answers on the network.

use std::time::{Duration, Instant, SystemTime};

use skylift::usb::monitor::{Batch, Reader};
use skylift::usb::provision::{ContactEnd, FirstContact};
use skylift_protocol::bounded;

use crate::table::Line;

/// A board that was given `attic`, and says these lines; nobody answers until a minute is over.
fn says(symptom: &'static str, lines: &[&str]) -> Line {
    line(symptom, &heard(lines).end(Instant::now() + Duration::from_secs(120)).unwrap())
}

fn heard(lines: &[&str]) -> FirstContact {
    let mut contact =
        FirstContact::new(bounded("esp-a0b1c2000007"), Some(bounded("attic")), true, Instant::now());
    let (mut reader, mut batch) = (Reader::default(), Batch::default());
    for line in lines {
        reader.read(format!("[     1.204] {line}\r\n").as_bytes(), SystemTime::now(), &mut batch);
    }
    reader.quiet(&mut batch);
    contact.hears(&batch, Instant::now());
    contact
}

fn line(symptom: &'static str, end: &ContactEnd) -> Line {
    Line::advised(symptom, format!("the board {end}"), end.advice(), end)
}

pub fn lines() -> Vec<Line> {
    let joined = ["WiFi: joined attic", "the address is 10.0.0.7"];
    let mut doubted = heard(&joined);
    doubted.is_doubted("10.0.0.7:80".parse().unwrap(), "it has not signed its answer".to_owned());
    let later = Instant::now() + Duration::from_secs(120);
    vec![
        says("The password is wrong", &["WiFi: cannot join attic: wrong_password"]),
        says("No network of this name is near", &["WiFi: cannot join attic: not_found"]),
        says("The router gives no address", &["WiFi: cannot join attic: no_address"]),
        says("The network is not joined for another reason", &["WiFi: cannot join attic: not_joined"]),
        says(
            "The board was given no network",
            &["this device knows no WiFi network: it has to be provisioned by cable"],
        ),
        says("The board is on another network than this computer", &joined),
        says("The board says nothing", &[]),
        says("The board says nothing of its WiFi", &["hello"]),
        line("Another device answers in its name", &doubted.end(later).unwrap()),
        panicked(),
    ]
}

fn panicked() -> Line {
    let mut contact = heard(&[]);
    let (mut reader, mut batch) = (Reader::default(), Batch::default());
    reader.read(b"\npanic: no sensor\nat src/main.rs:7\n0x42000000\n", SystemTime::now(), &mut batch);
    reader.quiet(&mut batch);
    contact.hears(&batch, Instant::now());
    line("The new firmware panics", &contact.end(Instant::now()).unwrap())
}
