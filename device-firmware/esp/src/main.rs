//! The firmware that is flashed first: nothing but Skylift. Boards differ in where their LED is, so it has none.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use esp_hal::Config;
use esp_hal::clock::CpuClock;
use skylift_esp::{Nothing, Options};

skylift_esp::firmware!(project = "skylift-device");

#[esp_hal::main]
async fn main(spawner: Spawner) {
    let mut peripherals = skylift_esp::init(Config::default().with_cpu_clock(CpuClock::max()));
    skylift_esp::start(spawner, skylift_esp::parts!(peripherals), Options::new(&Nothing)).await;
}
