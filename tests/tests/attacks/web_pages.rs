//! A page in a browser on the same network: cross-site requests, forms, and names that were made to point to the device.
//! Open devices refuse them as well; on a paired one not even the owner's signature lets a page in.

use skylift_protocol::{Pairing, Trust};
use skylift_simulator::{Device, Happening};
use skylift_tests::forge::Request;
use skylift_tests::paired::{Paired, with_pairing};
use skylift_tests::stranger::{Reply, Stranger};

const EVIL: [(&str, &str); 8] = [
    ("Origin", "http://evil.example"),
    ("Origin", "null"),
    ("Sec-Fetch-Site", "cross-site"),
    ("Sec-Fetch-Site", "same-origin"),
    ("Host", "evil.example"),
    ("Host", "evil.example:80"),
    ("Host", "127.0.0.1.evil.example"),
    ("Host", "localhost.evil.example."),
];

const FORMS: [&str; 4] =
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/json"];

const IDENTIFY: &str =
    "POST /identify HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\nX: x\r\n\r\n{}";

#[track_caller]
fn forbidden(reply: &Reply, case: &str) {
    assert!(reply.status == 403 && reply.body.contains(r#""error":"forbidden""#), "{case}: {reply:?}");
    let leave = reply.fields.iter().find(|(name, _)| name.starts_with("access-control"));
    assert_eq!(leave, None, "{case}: no page may read it");
}

fn hosts(address: &str, id: &str) -> [String; 3] {
    [address.to_owned(), format!("{id}.local"), format!("{}.LOCAL:80", id.to_uppercase())]
}

#[test]
fn no_page_drives_or_reads_an_open_device() {
    let device = Device::start(with_pairing(Pairing::Open, Trust::Anybody)).unwrap();
    let page = Stranger::at_home(device.address());
    let get = "GET /status HTTP/1.1\r\nX: x\r\n\r\n";
    for (name, value) in EVIL {
        let case = format!("{name}: {value}");
        for request in [get, IDENTIFY, "GET /log HTTP/1.1\r\nX: x\r\n\r\n"] {
            forbidden(&page.say(request.replace("X: x", &case)), &case);
        }
    }
    for form in FORMS {
        forbidden(&page.say(IDENTIFY.replace("application/json", form)), form);
    }
    // What a browser asks before it sends JSON to another site.
    let ask_leave = "OPTIONS /identify HTTP/1.1\r\nOrigin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n";
    forbidden(&page.say(ask_leave), "preflight");
    for host in hosts(&device.address().to_string(), device.id()) {
        for request in [get, IDENTIFY] {
            let reply = page.say(request.replace("X: x", &format!("Host: {host}")));
            assert_eq!(reply.status, 200, "{host}: {reply:?}");
        }
    }
}

#[test]
fn the_owners_signature_lets_no_page_in() {
    let paired = Paired::start();
    let page = Stranger::at_home(paired.address());
    assert_eq!(page.own(&paired.key, "GET", "/status", "").status, 200);
    let signed = || page.draft(&paired.key, "POST", "/identify", "{}").sign();
    for (name, value) in EVIL {
        forbidden(&page.say(signed().with(name, value).bytes()), value);
    }
    for form in FORMS {
        let form_sent = |request: Request| request.changed("Content-Type", |_| form.into());
        forbidden(&page.say(form_sent(signed()).bytes()), form);
    }
    assert_eq!(paired.happened(), [], "nothing blinked");
    for host in hosts(&paired.address().to_string(), &paired.id()) {
        assert_eq!(page.owned(&signed().with("Host", &host), &paired.key).status, 200, "{host}");
    }
    assert_eq!(paired.happened(), [const { Happening::Identifies }; 3]);
}
