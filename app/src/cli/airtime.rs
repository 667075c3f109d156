//! What goes over the air, in words: how it is encoded, how many bytes that takes, and what it spares.

use std::time::Duration;

use clap::ValueEnum;
use skylift_protocol::Encoding;

use super::figures;
use crate::engine::{Airtime, Cost};

/// How an image is to be sent.
#[derive(ValueEnum, Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Wish {
    /// Whatever is cheapest for the device
    #[default]
    Auto,
    /// The image as it is
    Raw,
    /// Compressed
    Compressed,
    /// What differs from the image that runs
    Delta,
}

impl Wish {
    /// None for whatever is cheapest.
    pub(super) const fn encoding(self) -> Option<Encoding> {
        match self {
            Self::Auto => None,
            Self::Raw => Some(Encoding::Raw),
            Self::Compressed => Some(Encoding::Compressed),
            Self::Delta => Some(Encoding::Delta),
        }
    }
}

/// A number of bytes. Small ones have a decimal: that is what a delta is about.
pub(super) fn size(bytes: u64) -> String {
    const KIB: u64 = 1 << 10;
    const GIB: u64 = 1 << 30;
    match bytes {
        KIB..0x2800 => format!("{:.1} KiB", in_units(bytes, KIB)),
        GIB.. => format!("{:.1} GiB", in_units(bytes, GIB)),
        _ => figures::bytes(bytes),
    }
}

/// So many of these, as a figure for people.
#[expect(clippy::cast_precision_loss, reason = "shown with one decimal")]
fn in_units(bytes: u64, unit: u64) -> f64 {
    bytes as f64 / unit as f64
}

/// Bytes as a part of the image's: `0.3 %`, `53 %`.
pub(super) fn share(bytes: u32, raw: u32) -> String {
    let percent = percent(bytes, raw);
    if percent < 10.0 { format!("{percent:.1} %") } else { format!("{percent:.0} %") }
}

/// Bytes in hundredths of the image's.
pub(super) fn percent(bytes: u32, raw: u32) -> f64 {
    f64::from(bytes) * 100.0 / f64::from(raw.max(1))
}

/// A predicted time, which nobody should read as an exact one. Short ones have a decimal: ways differ by less than a
/// second.
pub(super) fn about(seconds: f64) -> String {
    if seconds < 10.0 {
        return format!("about {:.1} s", seconds.max(0.1));
    }
    let whole = Duration::try_from_secs_f64(seconds.round().max(1.0)).unwrap_or(Duration::MAX);
    format!("about {}", figures::time(whole))
}

/// A way, before it is taken: `delta, 3.1 KiB instead of 1.0 MiB, about 6.2 s`.
pub(super) fn forecast(encoding: Encoding, cost: Cost, raw: u32) -> String {
    let instead = match encoding {
        Encoding::Raw => String::new(),
        _ => format!(" instead of {}", size(raw.into())),
    };
    format!("{encoding}, {}{instead}, {}", size(cost.bytes.into()), about(cost.seconds))
}

/// What is being done about a stream before it can be sent.
pub(super) const fn working_out(stream: Encoding) -> &'static str {
    match stream {
        Encoding::Delta => "working out the delta",
        _ => "compressing the image",
    }
}

/// What was sent, after it: `3.1 KiB over the air instead of 1.0 MiB, saves 99 %`. `None` if nothing was spared.
pub(super) fn spared(airtime: Airtime) -> Option<String> {
    if airtime.saved() == 0 {
        return None;
    }
    let saves = match airtime.saved_percent() {
        Some(percent) => format!("saves {percent} %"),
        None => "saves less than 1 %".to_owned(),
    };
    Some(format!("{} over the air instead of {}, {saves}", size(airtime.sent), size(airtime.raw)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_told_as_fine_as_they_matter() {
        let told = [812, 3148, 10_239, 10_240, 557_056, 1_048_576, 5 << 30].map(size);
        assert_eq!(told, ["812 bytes", "3.1 KiB", "10.0 KiB", "10 KiB", "544 KiB", "1.0 MiB", "5.0 GiB"]);
        assert_eq!([share(3148, 1 << 20), share(557_056, 1 << 20)], ["0.3 %", "53 %"]);
        assert_eq!(share(1 << 20, 1 << 20), "100 %");
    }

    #[test]
    fn a_way_is_told_before_and_after() {
        let cost = Cost { bytes: 3148, seconds: 6.2 };
        assert_eq!(
            forecast(Encoding::Delta, cost, 1 << 20),
            "delta, 3.1 KiB instead of 1.0 MiB, about 6.2 s"
        );
        let raw = Cost { bytes: 1 << 20, seconds: 75.4 };
        assert_eq!(forecast(Encoding::Raw, raw, 1 << 20), "raw, 1.0 MiB, about 1:15 min");
        let airtime = |sent, raw| Airtime { sent, raw };
        let told = spared(airtime(3148, 1 << 20));
        assert_eq!(told.as_deref(), Some("3.1 KiB over the air instead of 1.0 MiB, saves 99 %"));
        let little = spared(airtime(999, 1000));
        assert_eq!(
            little.as_deref(),
            Some("999 bytes over the air instead of 1000 bytes, saves less than 1 %")
        );
        assert_eq!(spared(airtime(1000, 1000)), None);
    }

    #[test]
    fn a_time_is_never_nothing() {
        let told = [0.0, 0.44, 6.5, 12.4, 61.0].map(about);
        assert_eq!(told, ["about 0.1 s", "about 0.4 s", "about 6.5 s", "about 12 s", "about 1:01 min"]);
    }

    #[test]
    fn the_words_of_the_option_are_those_of_the_protocol() {
        for wish in Wish::value_variants().iter().filter(|wish| **wish != Wish::Auto) {
            let name = wish.to_possible_value().map(|value| value.get_name().to_owned());
            assert_eq!(name.as_deref(), wish.encoding().map(Encoding::as_str));
        }
        assert_eq!(Wish::Auto.encoding(), None);
    }
}
