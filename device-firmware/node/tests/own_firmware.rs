//! What a user's own firmware adds to a device, over real sockets: fields in the status, and pages under the node's rules.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a failed unwrap is a failed test"
)]

#[path = "support/device.rs"]
mod device;
#[path = "support/owner.rs"]
mod owner;

use std::fmt;
use std::net::Ipv4Addr;

use device::Device;
use edge_nal_std::Stack;
use owner::{Client, ID, NAME, image, key};
use skylift_node::http::{MAX_PAGE, Media};
use skylift_node::{Api, BootFacts, BootSecret, Config, Identity, Node, NotKept, Page, Platform, Readers};
use skylift_protocol::auth::Denied;
use skylift_protocol::{Chip, FieldFlaw, Fields, Floor, Networks, Pairing, Status, Trust, bounded};
use skylift_provisioning::Provisioning;
use skylift_simulator::demo_image::{Behaviour, DemoImage};
use skylift_simulator::layout::{DEFAULT_CAPACITY, DEFAULT_TABLE, factory_flash};
use skylift_simulator::{DeviceConfig, FactoryFlash, FlashSource};
use skylift_updater::Flash;
use skylift_updater::guard::{Boot, Reset};
use skylift_updater::partition::Layout;
use skylift_updater::rtc::RTC_LEN;

/// A firmware that tells all it can, one field too many for the rules, and claims a path of the node's.
struct Greenhouse;

impl Platform for Greenhouse {
    fn network_up(&self) -> bool {
        true
    }

    fn chip_revision(&self) -> Option<u16> {
        None
    }

    fn rssi_dbm(&self) -> Option<i8> {
        None
    }

    fn heap_free(&self) -> Option<u32> {
        Some(70_000)
    }

    fn heap_least(&self) -> Option<u32> {
        Some(61_000)
    }

    fn temperature_c(&self) -> Option<i8> {
        Some(-3)
    }

    fn identify(&self) {}

    fn store_name<F: Flash>(&self, _: &mut F, _: &Layout, _: &str) -> Result<(), NotKept> {
        Err(NotKept)
    }

    fn store_networks<F: Flash>(&self, _: &mut F, _: &Layout, _: &Networks) -> Result<(), NotKept> {
        Err(NotKept)
    }

    fn store_secure_floor<F: Flash>(&self, _: &mut F, _: &Layout, _: u32) -> Result<(), NotKept> {
        Err(NotKept)
    }

    fn store_trust<F: Flash>(&self, _: &mut F, _: &Layout, _: &Trust) -> Result<(), NotKept> {
        Err(NotKept)
    }

    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        fields.put("soil", format_args!("{} %", 41))?;
        fields.put("label", "so-called \"tomatoes\"\n")?;
        fields.put("Not A Name", 1)?;
        fields.put("behind_it", 2)
    }

    fn page(&self, path: &str) -> Option<Page> {
        let readers = if path == "/secret" { Readers::Owner } else { Readers::Everybody };
        let media = if path == "/csv" { Media::new("text/csv").unwrap() } else { Media::TEXT };
        ["/status", "/update", "/open", "/secret", "/csv", "/full", "/overfull"]
            .contains(&path)
            .then_some(Page { media, readers })
    }

    fn write_page(&self, path: &str, query: Option<&str>, body: &mut impl fmt::Write) -> fmt::Result {
        match path {
            "/csv" => body.write_str("bed,soil\n1,41\n"),
            "/full" => (0..MAX_PAGE).try_for_each(|_| body.write_char('f')),
            "/overfull" => (0..=MAX_PAGE).try_for_each(|_| body.write_char('f')),
            path => write!(body, "{path} {query:?}"),
        }
    }
}

/// A node of this firmware, served.
fn serve(pairing: Pairing, boot: Boot) -> (Device, Client) {
    let config = Config::default();
    let http = config.http.clone();
    let device = Device::start(http, move || {
        let mut flash = factory_flash(DEFAULT_CAPACITY, &DEFAULT_TABLE, &image("1.0.0")).unwrap();
        let layout = Layout::read(&mut flash).unwrap();
        let secret = BootSecret::new([5; 32]);
        let reset = Reset::PowerOn;
        let facts = BootFacts { layout, running: Some(0), boot, reset, boot_id: 1, secret };
        let identity = Identity {
            id: bounded(ID),
            name: bounded(NAME),
            chip: Chip::Esp32C3,
            simulated: true,
            bootloader_rolls_back: false,
            secure_floor: Floor::default(),
            trust: Trust::default(),
            pairing,
            networks: Networks::default(),
        };
        let rtc = Box::leak(Box::new([0; RTC_LEN]));
        let node = Box::leak(Box::new(Node::new(flash, rtc, Greenhouse, identity, facts, config)));
        Api::new(node, Box::leak(Box::new(Stack::new())))
    });
    let client = Client { device: device.address, from: Ipv4Addr::LOCALHOST.into() };
    (device, client)
}

fn status(json: &str) -> Status {
    serde_json_core::from_slice_escaped(json.as_bytes(), &mut [0; 256]).unwrap().0
}

#[test]
fn the_status_has_its_fields_and_the_log_names_the_flawed_one_once() {
    let (_device, client) = serve(Pairing::Open, Boot::Settled);
    for _ in 0..3 {
        let told = status(&client.get("/status").body);
        assert_eq!((told.heap_least, told.temperature_c), (Some(61_000), Some(-3)));
        let fields: Vec<_> = told.fields.iter().collect();
        assert_eq!(fields, [("soil", "41 %"), ("label", "so-called \"tomatoes\" ")]);
    }
    let log = client.get("/log").body;
    let lines: Vec<_> = log.lines().filter(|line| line.contains("a field of the firmware")).collect();
    assert_eq!(lines.len(), 1, "{log}");
    assert!(lines[0].contains("1 to 16 of a-z, 0-9 and _"), "{log}");
}

#[test]
fn a_page_goes_under_the_rules_of_every_path() {
    let (_device, client) = serve(Pairing::Open, Boot::Settled);
    let page = client.get("/secret?a=1&b");
    assert_eq!((page.status, page.body.as_str()), (200, r#"/secret Some("a=1&b")"#));
    assert_eq!(page.field("content-type"), Some("text/plain; charset=utf-8"));
    assert_eq!(page.field("content-length"), Some("21"));
    assert_eq!((page.field("connection"), page.field("cache-control")), (Some("close"), Some("no-store")));
    let csv = client.get("/csv");
    assert_eq!((csv.field("content-type"), csv.body.as_str()), (Some("text/csv"), "bed,soil\n1,41\n"));
    let head = client.say("HEAD /csv HTTP/1.1\r\n\r\n");
    assert_eq!((head.status, head.field("content-length"), head.body.as_str()), (200, Some("14"), ""));
    for (request, code) in [
        ("GET /nothing HTTP/1.1\r\n\r\n", 404),
        ("GET /open/ HTTP/1.1\r\n\r\n", 404),
        ("POST /open HTTP/1.1\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}", 405),
        ("GET /open HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}", 413),
        ("GET /open HTTP/1.1\r\nHost: evil.example\r\n\r\n", 403),
        ("GET /open HTTP/1.1\r\nOrigin: http://evil.example\r\n\r\n", 403),
    ] {
        assert_eq!(client.say(request).status, code, "{request}");
    }
    assert_eq!(client.say("GET /open HTTP/1.1\r\nHost: lamp.local\r\n\r\n").status, 200);
}

#[test]
fn the_nodes_own_paths_win() {
    let (_device, client) = serve(Pairing::Open, Boot::Settled);
    assert_eq!(status(&client.get("/status").body).id, ID);
    assert_eq!(client.get("/update").status, 405);
}

#[test]
fn a_page_has_as_much_room_whatever_the_request_is() {
    let (_device, client) = serve(Pairing::Open, Boot::Settled);
    for padding in [0, 1900] {
        let request = |path: &str| format!("GET {path} HTTP/1.1\r\nX: {}\r\n\r\n", "x".repeat(padding));
        let full = client.say(request("/full"));
        assert_eq!((full.status, full.body), (200, "f".repeat(MAX_PAGE)), "{padding}");
        let over = client.say(request("/overfull"));
        assert_eq!(over.status, 500, "{padding}: {over:?}");
        assert!(over.body.contains("page of the firmware's own"), "{over:?}");
    }
}

#[test]
fn of_a_paired_device_strangers_read_what_is_for_everybody() {
    let (_device, client) = serve(Pairing::Paired(key(7)), Boot::Settled);
    let open = client.get("/open");
    assert_eq!((open.status, open.body.as_str()), (200, "/open None"));
    assert_eq!(open.field("signature"), None);
    client.get("/secret").is_denied(Denied::Missing);
    assert_eq!(client.own("GET", "/secret?x", "").body, r#"/secret Some("x")"#);
    assert_eq!(client.own("GET", "/open", "").status, 200);
    // Who signed, and wrongly, should know that it was in vain.
    let forged = client.signed("GET", "/open", "").but("/open", "/csv");
    client.say(forged.bytes()).is_denied(Denied::WrongSignature);
    // Fields are for the owner.
    assert!(!client.get("/status").body.contains("soil"));
    assert!(client.own("GET", "/status", "").body.contains(r#""fields":{"soil":"41 %","#));
    // A path that is none tells strangers no more than it did.
    assert_eq!(client.get("/nothing").status, 404);
}

#[test]
fn a_damaged_key_opens_nothing_but_what_is_for_everybody() {
    let (_device, client) = serve(Pairing::KeyDamaged, Boot::Settled);
    assert_eq!((client.get("/open").status, client.get("/secret").status), (200, 401));
}

#[test]
fn in_safe_mode_nothing_of_the_firmware_runs() {
    let (_device, client) = serve(Pairing::Open, Boot::SafeMode);
    let told = status(&client.get("/status").body);
    assert!(told.safe_mode && told.fields.is_empty());
    assert_eq!((client.get("/open").status, client.get("/secret").status), (404, 404));
}

#[test]
fn a_simulated_device_has_them_with_a_sensor_image() {
    let sensor = DemoImage { behaviour: Behaviour::Sensor, size: 64 << 10, ..DemoImage::default() };
    let provisioning =
        Provisioning { name: NAME.into(), pairing: Pairing::Paired(key(7)), ..Provisioning::default() };
    let flash = FlashSource::Factory(FactoryFlash::new(sensor.build().unwrap(), provisioning));
    let (device, _) = owner::start(DeviceConfig { flash, ..owner::paired() });
    let client = Client::of(&device);
    let told = status(&client.own("GET", "/status", "").body);
    assert!(told.temperature_c.is_some_and(|celsius| (36..=37).contains(&celsius)), "{told:?}");
    assert!(told.fields.get("soil").is_some_and(|soil| soil.ends_with(" %")), "{told:?}");
    assert!(matches!(told.fields.get("door"), Some("open" | "closed")), "{told:?}");
    assert!(client.get("/metrics").body.starts_with("soil_percent "));
    client.get("/door").is_denied(Denied::Missing);
    let door = client.own("GET", "/door?since", "");
    assert_eq!(door.field("content-type"), Some("application/json"));
    assert!(door.body.starts_with(r#"{"door":""#) && door.body.contains(r#","since_s":"#), "{door:?}");
}
