//! What a board has said, for the still of the monitor: a start, a panic that is decoded, and the start after it.

use std::time::Duration;

use skylift::gui::{Event, MonitorEvent};
use skylift::image::backtrace::{Frame, Place};
use skylift::usb::monitor::{Batch, Decoded, Reader};
use skylift_protocol::Digest;

use super::{Material, Still};

/// Each with the milliseconds since the first.
const LINES: [(u64, &str); 34] = [
    (0, "ESP-ROM:esp32c3-api1-20210207"),
    (1, "rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)"),
    (24, "\x1b[0;32mI (24) boot: ESP-IDF v6.1 2nd stage bootloader\x1b[0m"),
    (31, "\x1b[0;32mI (31) esp_image: segment 0: paddr=00020020 vaddr=3c0a0020 size=1b5e4h map\x1b[0m"),
    (114, "I (114) guard: ota_1 is pending validation, boot 1 of 2"),
    (121, "I (121) guard: watchdog armed, 8 s"),
    (188, "I (188) main: climate 1.9.0, built 2026-11-22 13:55, ESP32-C3 rev 0.4"),
    (190, "D (190) heap: 184 KiB free"),
    (204, "I (204) nvs: name greenhouse-3, 1 network, paired"),
    (391, "I (391) wifi: connecting to workshop"),
    (640, "D (640) i2c: bus 0 at 400 kHz, SDA 4, SCL 5"),
    (655, "D (655) i2c: found 0x76, 0x3c"),
    (671, "I (671) bme280: chip id 0x60, reading calibration"),
    (702, "\x1b[0;33mW (702) bme280: short read, 4 of 7 bytes\x1b[0m"),
    (706, "panic: index out of bounds: the len is 4 but the index is 4"),
    (706, "at src/sensors/bme280.rs:118"),
    (707, "0x42012a3e"),
    (707, "0x4201187c"),
    (707, "0x42008d10"),
    (708, "0x4203f1b2"),
    (708, "restarting"),
    (911, "ESP-ROM:esp32c3-api1-20210207"),
    (912, "rst:0x3 (RTC_SW_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)"),
    (1240, "W (240) guard: ota_1 aborted after 2 of 2, starting ota_0"),
    (1306, "I (306) main: climate 1.8.0, built 2026-10-30 09:12, ESP32-C3 rev 0.4"),
    (
        1310,
        "plain text of a program that has \x1b[1;32mgreen\x1b[0m, \x1b[35mmagenta\x1b[0m and \x1b[36mcyan\x1b[0m",
    ),
    (1402, "E (402) bme280: no answer, going on without it"),
    (1470, "I (470) nvs: name greenhouse-3, 1 network, paired"),
    (1655, "I (655) wifi: connecting to workshop"),
    (3031, "I (2031) esp_netif_handlers: sta ip: 192.168.1.63, mask: 255.255.255.0, gw: 192.168.1.1"),
    (3048, "I (2048) api: serving on port 80"),
    (3050, "I (2050) skylift: ota_0 valid, last rollback kept"),
    (3051, "V (2051) skylift: nothing to do"),
    (3052, "D (2052) heap: 171 KiB free"),
];

/// The monitor has read that.
pub fn read(still: &mut Still, material: &Material) {
    let path = "/dev/ttyACM1".to_owned();
    let tell = |still: &mut Still, event| still.hear(Event::Monitor(event));
    tell(still, MonitorEvent::Opening { path: path.clone(), baud: 115_200 });
    tell(still, MonitorEvent::Connected { path, baud: 115_200 });
    let (mut reader, mut batch) = (Reader::default(), Batch::default());
    for (millis, line) in LINES {
        let at = material.now + Duration::from_millis(millis);
        reader.read(format!("{line}\n").as_bytes(), at, &mut batch);
    }
    tell(still, MonitorEvent::Read(batch));
    tell(still, MonitorEvent::Decoded { first_line: 14, reading: Ok(decoded()) });
}

fn decoded() -> Decoded {
    let frame = |address, function: &str, file: &str, line, own| Frame {
        address,
        function: Some(function.to_owned()),
        place: Some(Place { file: file.to_owned(), line, own }),
    };
    let poll = "embassy_executor::raw::SyncExecutor::poll::{{closure}}";
    Decoded {
        frames: vec![
            frame(0x4201_2A3E, "climate::sensors::bme280::calibrate", "src/sensors/bme280.rs", 118, true),
            frame(0x4201_187C, "climate::sensors::init", "src/sensors/mod.rs", 42, true),
            frame(0x4200_8D10, "climate::main::{{closure}}", "src/main.rs", 84, true),
            frame(0x4203_F1B2, poll, "embassy-executor-0.10.0/src/raw/mod.rs", 402, false),
        ],
        certain: 4,
        elf: "/home/ada/.local/share/skylift/images/climate.elf".into(),
        elf_sha256: Digest([0x9F; 32]),
        named_by_board: true,
    }
}
