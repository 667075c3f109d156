//! What is concluded from what is heard, and when.

use std::time::SystemTime;

use skylift_protocol::bounded;

use super::*;
use crate::usb::monitor::Reader;

const ADDRESS: &str = "10.0.0.7:80";

struct Watch {
    contact: FirstContact,
    begun: Instant,
}

/// A paired board that was given `den`.
fn board() -> Watch {
    board_on(Some("den"), true)
}

fn board_on(wanted: Option<&str>, paired: bool) -> Watch {
    let begun = Instant::now();
    Watch { contact: FirstContact::new(bounded("esp-1"), wanted.map(bounded), paired, begun), begun }
}

impl Watch {
    fn at(&self, ms: u64) -> Instant {
        self.begun + Duration::from_millis(ms)
    }

    fn line(self, ms: u64, line: &str) -> Self {
        self.says(ms, &format!("[     1.204] {line}\r\n"))
    }

    fn says(mut self, ms: u64, text: &str) -> Self {
        let (now, mut batch) = (self.at(ms), Batch::default());
        let mut reader = Reader::default();
        reader.read(text.as_bytes(), SystemTime::UNIX_EPOCH, &mut batch);
        reader.quiet(&mut batch);
        self.contact.hears(&batch, now);
        self
    }

    fn answers(mut self, proven: bool) -> Self {
        self.contact.answers(ADDRESS.parse().unwrap(), proven);
        self
    }

    fn end(&self, ms: u64) -> Option<ContactEnd> {
        self.contact.end(self.at(ms))
    }

    /// The end comes at this moment, unasked, and not before.
    #[track_caller]
    fn ends_at(&self, ms: u64) -> &'static str {
        assert_eq!(self.end(ms - 1), None);
        assert_eq!(self.contact.next_look(), self.at(ms));
        self.end(ms).unwrap().as_str()
    }
}

#[test]
fn an_answer_is_on_the_network_and_a_signed_one_is_paired() {
    let end = board().line(900, "WiFi: joined den").answers(true).end(1000);
    assert_eq!(end, Some(ContactEnd::OnTheNetwork { address: ADDRESS.parse().unwrap(), paired: true }));
    assert_eq!(end.unwrap().to_string(), "is on the network as 10.0.0.7, paired");
    // Whose key is here, has to prove itself.
    assert_eq!(board().answers(false).end(1000), None);
    let open = board_on(Some("den"), false).answers(false).end(1000).unwrap();
    assert_eq!(open.to_string(), "is on the network as 10.0.0.7, not paired");
    // The log is not needed for that.
    assert!(board().answers(true).end(0).unwrap().is_well());
}

#[test]
fn a_wrong_password_is_told_within_seconds() {
    let refused = "WiFi: cannot join den: wrong_password";
    assert_eq!(board().line(4000, refused).ends_at(9000), "wrong_password");
    let twice = board().line(4000, refused).line(7000, refused);
    assert_eq!(twice.end(7000), Some(ContactEnd::WrongPassword { ssid: "den".to_owned() }));
    // Two lines about one try are one.
    let once = board().line(4000, "WiFi: den said FourWayHandshakeTimeout").line(4001, refused);
    assert_eq!(once.ends_at(9000), "wrong_password");
    // What goes right the second time, was no trouble.
    let mended = board().line(4000, refused).line(6000, "WiFi: joined den");
    assert_eq!(mended.end(30_000), None);
    assert!(mended.answers(true).end(30_000).unwrap().is_well());
}

#[test]
fn the_network_that_it_was_given_counts_and_not_its_fallbacks() {
    let den = "WiFi: cannot join den: wrong_password";
    let fallback = board().line(4000, den).line(5000, "WiFi: joined attic").answers(true);
    assert_eq!(fallback.ends_at(9000), "wrong_password");
    let attic = "WiFi: cannot join attic: not_found";
    assert_eq!(board().line(1000, attic).line(3000, attic).end(30_000), None);
    let knew_them = board_on(None, true).line(1000, attic).line(3000, "WiFi: joined den");
    assert!(knew_them.answers(true).end(3000).unwrap().is_well());
}

#[test]
fn every_other_end_has_its_name() {
    let lines = [
        ("WiFi: cannot join den: not_found", "no_such_network"),
        ("WiFi: cannot join den: no_address", "no_address"),
    ];
    for (line, end) in lines {
        assert_eq!(board().line(1000, line).ends_at(6000), end);
    }
    let other = board().line(1000, "WiFi: cannot join den: not_joined");
    assert_eq!(other.ends_at(60_000), "not_joined");
    let none = "this device knows no WiFi network: it has to be provisioned by cable";
    assert_eq!(board_on(None, false).line(1000, none).end(1000), Some(ContactEnd::NoNetworks));
    let crashed = board().says(0, "\npanic: out of memory\nat src/main.rs:7\n0x42001234\nrestarting\n");
    assert_eq!(crashed.end(0), Some(ContactEnd::Panicked { message: "out of memory".to_owned() }));
}

#[test]
fn who_is_not_seen_or_not_believed_is_waited_for() {
    assert_eq!(board().ends_at(60_000), "not_seen");
    assert!(matches!(board().end(60_000), Some(ContactEnd::NotSeen { silent: true, .. })));
    let there = board().line(900, "WiFi: joined den").line(950, "the address is 10.0.0.7").end(60_000);
    assert_eq!(
        there.unwrap().to_string(),
        "says that it is on den as 10.0.0.7, but this computer has not seen it there within 60 s"
    );
    let mut doubted = board();
    doubted.contact.is_doubted(ADDRESS.parse().unwrap(), "it has another key".to_owned());
    assert_eq!(doubted.ends_at(60_000), "not_proven");
    assert!(doubted.answers(true).end(1000).unwrap().is_well(), "the next answer was signed");
}
