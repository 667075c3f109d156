//! Boards on a cable, for stills: a board that runs somebody's program, one that is being flashed, and ports that cannot
//! be used.

use std::sync::Arc;
use std::time::Duration;

use skylift::gui::{
    BoardView, Contact, Event, PlanView, UsbEnd, UsbEvent, UsbFailure, UsbNews, UsbPart, UsbPlanned,
};
use skylift::image::Image;
use skylift::usb::board::{
    Board, Bootloader, Contents, FlashChip, Held, Holds, RollsBack, Setting, Shown, Slot, Table,
};
use skylift::usb::flash::{Firmware, Plan, Target, Wish};
use skylift::usb::ports::{Behind, Fix, Holder, Port, Seen, State, Usb};
use skylift::usb::provision::{ContactEnd, Place};
use skylift::usb::wire::{Identity, Security};
use skylift::usb::{Progress, Step, Told};
use skylift_protocol::{Chip, Digest};
use skylift_simulator::demo_image::DemoImage;

use super::Still;

const C6: &str = "/dev/ttyACM0";
const BRIDGE: &str = "/dev/ttyUSB0";
const TABLE: &str = "nvs, data, nvs, 0x9000, 0x6000\nphy_init, data, phy, 0xf000, 0x1000\n\
    factory, app, factory, 0x10000, 0x1f0000\nstorage, data, spiffs, 0x200000, 0x1e0000\n";

fn port(path: &str, [vid, pid]: [u16; 2], product: &str) -> Port {
    let usb = Usb {
        vid,
        pid,
        serial: None,
        manufacturer: None,
        product: Some(product.to_owned()),
        location: None,
        interface: None,
    };
    Port::new(path, Behind::Usb(usb))
}

fn ports() -> Vec<Seen> {
    let seen = |port, state| Seen { port, state };
    let minicom = Holder { program: "minicom".to_owned(), pid: 4711 };
    let fix = Fix::JoinGroup { group: "dialout".to_owned(), user: "ada".to_owned() };
    vec![
        seen(port(C6, [0x303A, 0x1001], "USB JTAG/serial debug unit"), State::Ready),
        seen(port(BRIDGE, [0x10C4, 0xEA60], "CP2102N USB to UART Bridge Controller"), State::Ready),
        seen(port("/dev/ttyUSB1", [0x1A86, 0x7523], "USB Serial"), State::InUse { by: Some(minicom) }),
        seen(port("/dev/ttyUSB2", [0x0403, 0x6001], "FT232R USB UART"), State::NoPermission(fix)),
    ]
}

fn identity(chip: Chip, name: &str) -> Identity {
    Identity {
        chip,
        name: name.to_owned(),
        revision: Some((0, 1)),
        mac: Some("62:55:f9:4f:1b:9c".to_owned()),
        crystal: 40,
        features: ["WiFi 6", "BLE 5", "802.15.4"].map(str::to_owned).to_vec(),
        flash_size: 4 << 20,
    }
}

/// A board that runs somebody's program.
fn lived_in() -> Board {
    let table = Table::from_csv(TABLE).unwrap();
    let setting = |key: &str, kind, value| Setting {
        partition: "nvs".to_owned(),
        namespace: if key.starts_with("sta.") { "nvs.net80211" } else { "storage" }.to_owned(),
        key: key.to_owned(),
        kind,
        value,
    };
    let value = |text: &str| Shown::Value(text.to_owned());
    let held = Held {
        project: "hello_world".to_owned(),
        version: "1.0".to_owned(),
        chip: Chip::Esp32C6,
        guard: None,
        elf_sha256: Digest([7; 32]),
        image_sha256: None,
    };
    let partition = table.called("factory").unwrap().clone();
    let holds = Holds {
        is_blank: false,
        bootloader: Some(Bootloader {
            size: 28 << 10,
            version: Some("v5.1.2".to_owned()),
            rolls_back: RollsBack::Unknown,
            sha256: Digest([9; 32]),
        }),
        slots: vec![Slot { partition, contents: Contents::Image(held), state: None }],
        boots: Some(0),
        settings: vec![
            setting("boot_count", "u32", value("4120")),
            setting("calibration", "blob", Shown::Bytes(48)),
            setting("name", "string", value("bench lamp")),
            setting("sta.ssid", "string", value("workshop-old")),
            setting("sta.pswd", "string", Shown::Hidden),
        ],
        owner: None,
        table: Ok(table),
    };
    Board {
        port: C6.to_owned(),
        identity: identity(Chip::Esp32C6, "ESP32-C6"),
        security: Security::default(),
        flash_chip: Some(FlashChip { maker: 0xEF, family: 0x40 }),
        holds: Some(holds),
    }
}

fn blank() -> Board {
    let holds = Holds {
        is_blank: true,
        bootloader: None,
        slots: Vec::new(),
        boots: None,
        settings: Vec::new(),
        owner: None,
        table: Err(skylift_updater::partition::TableError::Missing),
    };
    Board {
        identity: identity(Chip::Esp32C3, "ESP32-C3"),
        holds: Some(holds),
        port: BRIDGE.to_owned(),
        ..lived_in()
    }
}

fn tell(still: &mut Still, event: UsbEvent) {
    still.hear(Event::Usb(event));
}

/// Of a size that does not change with the firmware that comes along. Simulated boards take it, by their MAC address.
fn firmware(chip: Chip) -> Firmware {
    let demo = DemoImage {
        project: "skylift-device".to_owned(),
        version: "0.1.0".to_owned(),
        chip,
        size: 829 << 10,
        ..DemoImage::default()
    };
    let image = Image::from_bytes("ota.bin".as_ref(), demo.build().unwrap()).unwrap();
    Firmware::app(image, "a test".to_owned())
}

/// The board on a port has been read, by the work of this number, and its plan is made.
fn has_read(still: &mut Still, job: u64, seen: &Seen, board: Board) {
    still.click("Read board");
    let view = Arc::new(BoardView::new(board, &seen.port));
    let firmware = firmware(view.chip());
    let plan = Plan::make(&firmware, &Wish::default(), &Target::from(&view.board)).unwrap();
    let place = Place::in_table(&plan.table, plan.flash_size, seen.port.path()).unwrap();
    let plan = Arc::new(PlanView::new(&plan, &view, Some(&place)));
    tell(still, UsbEvent::Work(job, UsbNews::Board(view)));
    tell(still, UsbEvent::Work(job, UsbNews::Ended(UsbEnd::Done(String::new()))));
    tell(still, UsbEvent::Planned(seen.port.path().to_owned(), 1, Ok(plan)));
}

/// One board was read, another is being flashed.
pub fn plug_in(still: &mut Still) {
    let ports = ports();
    tell(still, UsbEvent::Ports(ports.clone()));
    tell(still, UsbEvent::Networks(vec!["workshop".to_owned()]));
    still.click("USB");
    has_read(still, 1, &ports[0], lived_in());
    let name = "CP2102N, USB to UART, /dev/ttyUSB0, Ready";
    still.click(name);
    has_read(still, 2, &ports[1], blank());
    still.click("Flash and set up");
    let mut steps = |ms: u64, step, done: u64, total: u64| {
        let [done, total] = [done, total].map(|kib| kib << 10);
        let state = still.harness.state_mut();
        state.now.steady += Duration::from_millis(ms);
        state.now.wall += Duration::from_millis(ms);
        let told = Told::Progress(Progress { step, done, total, unchanged: 0 });
        tell(still, UsbEvent::Work(3, UsbNews::Told(told)));
    };
    steps(0, Step::Connect, 0, 0);
    steps(1200, Step::Read, 8, 8);
    steps(300, Step::App, 0, 829);
    steps(2000, Step::App, 170, 829);
    steps(2000, Step::App, 330, 829);
    for baud in [921_600, 460_800] {
        tell(still, UsbEvent::Work(3, UsbNews::Told(Told::Baud(baud))));
    }
    let note = "921600 baud arrives damaged, lowered to 460800".to_owned();
    tell(still, UsbEvent::Work(3, UsbNews::Told(Told::Note(note))));
}

/// A board was read, and its choices are unfolded.
pub fn choose(still: &mut Still) {
    plug_in(still);
    still.click("ESP32-C6, native USB, /dev/ttyACM0, Ready");
    still.click("More choices");
}

/// Three boards are flashed at once: one is done, one is being written, and one is of another kind.
pub fn flash_several(still: &mut Still) {
    let third = Seen {
        port: port("/dev/ttyUSB4", [0x10C4, 0xEA60], "CP2102N USB to UART Bridge Controller"),
        state: State::Ready,
    };
    let ports: Vec<_> = ports().into_iter().chain([third]).collect();
    tell(still, UsbEvent::Ports(ports));
    tell(still, UsbEvent::Networks(vec!["workshop".to_owned()]));
    still.click("USB");
    still.click("Flash several…");
    still.click("Flash 3 boards");
    let planned = |step, bytes: u64| UsbPlanned {
        part: UsbPart::Cable(step),
        about: String::new(),
        bytes: bytes << 10,
    };
    let steps = vec![planned(Step::App, 829), planned(Step::Bootloader, 20), planned(Step::BootSelection, 8)];
    for job in [1, 2] {
        tell(still, UsbEvent::Work(job, UsbNews::Planned(steps.clone())));
    }
    let told = Progress { step: Step::App, done: 330 << 10, total: 829 << 10, unchanged: 0 };
    tell(still, UsbEvent::Work(2, UsbNews::Told(Told::Progress(told))));
    let address = ([192, 168, 1, 47], 80).into();
    let end = ContactEnd::OnTheNetwork { address, paired: true };
    let contact = Contact::Ended(skylift_protocol::bounded("esp-6255f94f1b9c"), end);
    tell(still, UsbEvent::Work(1, UsbNews::Contact(contact)));
    let done = "board-1 was flashed with skylift-device 0.1.0".to_owned();
    tell(still, UsbEvent::Work(1, UsbNews::Ended(UsbEnd::Done(done))));
    let failure = UsbFailure {
        what: "The firmware is made for the esp32c6, the board has an esp32c3.".to_owned(),
        advice: vec!["Firmware that is built for the chip that is there.".to_owned()],
    };
    tell(still, UsbEvent::Work(3, UsbNews::Ended(UsbEnd::Failed(failure))));
}
