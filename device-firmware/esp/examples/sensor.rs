//! A sensor: its readings are fields of `/status`, and a page of its own at `/readings`; a new image is kept only once
//! the sensor has answered; an LED shows which of thirty sensors it is.
#![no_std]
#![no_main]

use core::cell::Cell;
use core::fmt::{self, Write};

use embassy_executor::Spawner;
use embassy_sync::blocking_mutex::CriticalSectionMutex;
use embassy_time::Timer;
use esp_hal::Config;
use esp_hal::analog::adc::{Adc, AdcConfig, Attenuation};
use esp_hal::gpio::{Level, Output, OutputConfig};
use skylift_esp::{FieldFlaw, Fields, Firmware, Media, Options, Page, Readers, SelfTest};

skylift_esp::firmware!(project = "sensor");

/// A reading of the moisture in the soil is never above this; a wire that is off gives more.
const WHOLE: u16 = 4000;

/// What the sensor last said, and how often it was asked.
#[derive(Clone, Copy)]
struct Reading {
    raw: u16,
    count: u32,
}

struct Sensor {
    last: CriticalSectionMutex<Cell<Option<Reading>>>,
}

static SENSOR: Sensor = Sensor { last: CriticalSectionMutex::new(Cell::new(None)) };

impl Sensor {
    fn last(&self) -> Option<Reading> {
        self.last.lock(Cell::get)
    }

    fn note(&self, raw: u16) {
        let count = self.last().map_or(0, |last| last.count);
        self.last.lock(|last| last.set(Some(Reading { raw, count: count.saturating_add(1) })));
    }
}

impl Firmware for Sensor {
    fn self_test(&self) -> SelfTest {
        match self.last() {
            Some(reading) if reading.raw <= WHOLE => SelfTest::Passed,
            _ => SelfTest::NotYet,
        }
    }

    fn fields(&self, fields: &mut Fields) -> Result<(), FieldFlaw> {
        let Some(reading) = self.last() else { return fields.put("soil", "no reading yet") };
        fields.put("soil", format_args!("{} %", u32::from(reading.raw) * 100 / u32::from(WHOLE)))?;
        fields.put("readings", reading.count)
    }

    fn page(&self, path: &str) -> Option<Page> {
        (path == "/readings").then_some(Page { media: Media::JSON, readers: Readers::Everybody })
    }

    fn write_page(&self, _path: &str, _query: Option<&str>, body: &mut dyn Write) -> fmt::Result {
        match self.last() {
            Some(Reading { raw, count }) => write!(body, r#"{{"raw":{raw},"count":{count}}}"#),
            None => body.write_str("{}"),
        }
    }
}

#[esp_hal::main]
async fn main(spawner: Spawner) {
    let mut peripherals = skylift_esp::init(Config::default());
    let parts = skylift_esp::parts!(peripherals);
    let led = Output::new(peripherals.GPIO8, Level::High, OutputConfig::default());
    let options = Options::new(&SENSOR).with_led(led, Level::Low);
    let device = skylift_esp::start(spawner, parts, options).await;

    let mut config = AdcConfig::new();
    let mut pin = config.enable_pin(peripherals.GPIO2, Attenuation::_11dB);
    let mut adc = Adc::new(peripherals.ADC1, config).into_async();
    device.log(format_args!("reading the sensor every ten seconds"));
    loop {
        SENSOR.note(adc.read_oneshot(&mut pin).await);
        Timer::after_secs(10).await;
    }
}
