//! Images that go wrong, each in one way, for trying what a device makes of it. `SKYLIFT_MISBEHAVIOUR` says at compile
//! time which: `crash`, `hang`, `no-network`, `never-validates` or `late-crash`; without it, the image is sound.
#![no_std]
#![no_main]
#![allow(clippy::panic, reason = "some of these images are made to panic")]

use embassy_executor::Spawner;
use embassy_net::ConfigV4;
use embassy_time::{Duration, Timer};
use esp_hal::Config;
use skylift_esp::{Device, Firmware, Options, SelfTest, ValidationState};

// As the stock firmware, so that its devices take these images as updates.
skylift_esp::firmware!(project = "skylift-device");

const MISBEHAVIOUR: Option<&str> = option_env!("SKYLIFT_MISBEHAVIOUR");

/// How long an image that was kept runs before it crashes.
const LATE: Duration = Duration::from_secs(2);

struct Moody;

impl Firmware for Moody {
    fn self_test(&self) -> SelfTest {
        if is("never-validates") { SelfTest::NotYet } else { SelfTest::Passed }
    }
}

fn is(misbehaviour: &str) -> bool {
    MISBEHAVIOUR == Some(misbehaviour)
}

#[esp_hal::main]
async fn main(spawner: Spawner) {
    let mut peripherals = skylift_esp::init(Config::default());
    if is("hang") {
        stand_still();
    }
    if is("crash") {
        panic!("sensor bus does not answer");
    }
    let device = skylift_esp::start(spawner, skylift_esp::parts!(peripherals), Options::new(&Moody)).await;
    if is("no-network") {
        // Joins its network, and never has an address there.
        device.stack().set_config_v4(ConfigV4::None);
    }
    if is("late-crash") {
        crash_once_kept(device).await;
    }
}

fn stand_still() -> ! {
    loop {
        core::hint::spin_loop();
    }
}

async fn crash_once_kept(device: Device) {
    while device.validation() != ValidationState::Valid {
        Timer::after_millis(100).await;
    }
    Timer::after(LATE).await;
    panic!("out of memory in the report queue");
}
