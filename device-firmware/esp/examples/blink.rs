//! A firmware that blinks, and can be updated over the air.
#![no_std]
#![no_main]

use embassy_executor::Spawner;
use embassy_time::Timer;
use esp_hal::Config;
use esp_hal::gpio::{Level, Output, OutputConfig};
use skylift_esp::{Nothing, Options};

skylift_esp::firmware!(project = "blink");

#[esp_hal::main]
async fn main(spawner: Spawner) {
    let mut peripherals = skylift_esp::init(Config::default());
    let parts = skylift_esp::parts!(peripherals);
    let device = skylift_esp::start(spawner, parts, Options::new(&Nothing)).await;

    // The LED of many boards with an ESP32-C3 is on this pin.
    let mut led = Output::new(peripherals.GPIO8, Level::High, OutputConfig::default());
    device.log(format_args!("blinking"));
    loop {
        led.toggle();
        Timer::after_millis(500).await;
    }
}
