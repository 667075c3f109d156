//! What a line says of itself: how loud it is, and which part of the program says it.

use std::ops::Range;

use super::line::Level;
use super::panic;

/// What was found in a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub level: Level,
    /// Bytes of the tag; empty if there is none.
    pub tag: Range<usize>,
    /// Where the message begins.
    pub message: usize,
    /// Who speaks.
    pub voice: Voice,
}

/// Who speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Voice {
    /// The ROM, about a reset that has just been.
    Reset,
    /// A program, through its logger.
    Logger,
    /// A program that ends.
    Panic,
    /// Whoever.
    Anyone,
}

/// What the ROM says at a reset, and it alone.
const ROM: [&str; 15] = [
    "ESP-ROM:",
    "ets ",
    "rst:0x",
    "Build:",
    "SPIWP:0x",
    "mode:",
    "load:0x",
    "entry 0x",
    "Saved PC:0x",
    "configsip:",
    "clk_drv:",
    "waiting for download",
    "invalid header: 0x",
    "wait uart download",
    "flash read err",
];
/// How many of them only a reset is followed by.
const RESETS: usize = 3;

/// Reads a line, whose text is clean.
pub(super) fn read(text: &str) -> Said {
    let forms = [esp_idf, log_crate, arduino, skylift, bracketed, rom];
    forms.iter().find_map(|form| form(text)).unwrap_or_else(|| {
        let (level, voice) =
            if panic::begins(text) { (Level::Error, Voice::Panic) } else { (Level::None, Voice::Anyone) };
        Said { level, tag: 0..0, message: 0, voice }
    })
}

/// `I (1234) wifi: connected`, as ESP-IDF's `esp_log` writes it; its time may be that of a clock.
fn esp_idf(text: &str) -> Option<Said> {
    let (level, rest) = text.split_once(" (")?;
    let level = letter(level)?;
    let (time, rest) = rest.split_once(") ")?;
    if time.is_empty() || !time.bytes().all(|byte| byte.is_ascii_digit() || b":.- ".contains(&byte)) {
        return None;
    }
    let (tag, message) = rest.split_once(':')?;
    Some(said(text, level, tag, message.strip_prefix(' ').unwrap_or(message)))
}

/// `INFO - connected` and `INFO (1234) - connected`, as esp-println writes them.
fn log_crate(text: &str) -> Option<Said> {
    let (head, message) = text.split_once(" - ")?;
    let (level, time) = head.split_once(' ').unwrap_or((head, "(0)"));
    let time = time.strip_prefix('(')?.strip_suffix(')')?;
    let level = word(level).filter(|_| time.bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(said(text, level, "", message))
}

/// `[  1234][W][WiFi.cpp:12] begin(): ...`, as the Arduino core writes it.
fn arduino(text: &str) -> Option<Said> {
    let (time, rest) = text.strip_prefix('[')?.split_once("][")?;
    let (level, rest) = rest.split_once("][")?;
    let (place, message) = rest.split_once("] ")?;
    let level = letter(level).filter(|_| time.trim_start().bytes().all(|byte| byte.is_ascii_digit()))?;
    Some(said(text, level, place, message))
}

/// `[     1.234] WiFi: joined attic`, as Skylift's node writes it.
fn skylift(text: &str) -> Option<Said> {
    let message = own_message(text)?;
    let tag = if message.starts_with("WiFi: ") { &message[..4] } else { "" };
    let shown = if tag.is_empty() { message } else { &message[6..] };
    Some(said(text, loudness(message), tag, shown))
}

/// What the node says behind the seconds since its start.
pub(super) fn own_message(text: &str) -> Option<&str> {
    let (time, message) = text.strip_prefix('[')?.split_once("] ")?;
    let (seconds, millis) = time.trim_start().split_once('.')?;
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    (digits(seconds) && digits(millis) && millis.len() == 3).then_some(message)
}

/// The node's log has no levels: what says that something failed is known by its beginning.
fn loudness(message: &str) -> Level {
    let begins = |with: &[&str]| with.iter().any(|beginning| message.starts_with(beginning));
    if begins(&["validation failed", "giving this image up", "cannot go back", "the pairing key is damaged"])
    {
        Level::Error
    } else if begins(&[
        "last update: rolled_back",
        "last update: failed",
        "WiFi: cannot join",
        "WiFi: the network is lost",
        "safe mode",
        "cannot listen",
    ]) {
        Level::Warn
    } else {
        Level::Info
    }
}

/// `[wifi] INFO: connected`, as Toit writes it, and `[INFO ] connected`.
fn bracketed(text: &str) -> Option<Said> {
    let (first, rest) = text.strip_prefix('[')?.split_once("] ")?;
    if let Some(level) = word(first.trim_end()) {
        return Some(said(text, level, "", rest));
    }
    let (level, message) = rest.split_once(": ")?;
    Some(said(text, word(level)?, first, message))
}

/// Of the ROM's lines all but its complaints matter to those who look for a fault.
fn rom(text: &str) -> Option<Said> {
    let which = ROM.iter().position(|beginning| text.starts_with(beginning))?;
    let beginning = &ROM[which];
    if *beginning == "mode:" && !text.contains("clock div") {
        return None;
    }
    let level = match *beginning {
        "invalid header: 0x" | "flash read err" => Level::Error,
        "rst:0x" if ["WDT", "BROWN", "GLITCH", "LOCKUP"].iter().any(|why| text.contains(why)) => Level::Warn,
        _ => Level::Debug,
    };
    let voice = if which < RESETS { Voice::Reset } else { Voice::Anyone };
    Some(Said { level, tag: 0..0, message: 0, voice })
}

/// `tag` and `message` are parts of `text`.
fn said(text: &str, level: Level, tag: &str, message: &str) -> Said {
    let tag = tag.trim();
    let from = if tag.is_empty() { 0 } else { tag.as_ptr().addr() - text.as_ptr().addr() };
    let tag = from..from + tag.len();
    Said { level, tag, message: text.len() - message.len(), voice: Voice::Logger }
}

fn letter(level: &str) -> Option<Level> {
    Some(match level {
        "E" => Level::Error,
        "W" => Level::Warn,
        "I" => Level::Info,
        "D" => Level::Debug,
        "V" => Level::Trace,
        _ => return None,
    })
}

fn word(level: &str) -> Option<Level> {
    Some(match level {
        "ERROR" | "FATAL" => Level::Error,
        "WARN" => Level::Warn,
        "INFO" => Level::Info,
        "DEBUG" => Level::Debug,
        "TRACE" => Level::Trace,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, level: Level, tag: &str, message: &str) -> Voice {
        let said = read(text);
        assert_eq!(
            (said.level, &text[said.tag.clone()], &text[said.message..]),
            (level, tag, message),
            "{text}"
        );
        said.voice
    }

    #[test]
    fn every_logger_is_understood() {
        for (text, level, tag, message) in [
            ("I (1692) wifi: connected with huawei_cw", Level::Info, "wifi", "connected with huawei_cw"),
            ("I (801) wifi:state: init -> auth (b0)", Level::Info, "wifi", "state: init -> auth (b0)"),
            ("W (00:12:33.123) sensor: short read", Level::Warn, "sensor", "short read"),
            ("E (9) esp-tls: ", Level::Error, "esp-tls", ""),
            ("V (1) x: y", Level::Trace, "x", "y"),
            ("WARN - short read", Level::Warn, "", "short read"),
            ("DEBUG (1234) - bus at 400 kHz", Level::Debug, "", "bus at 400 kHz"),
            ("[  1234][E][WiFi.cpp:12] begin(): no", Level::Error, "WiFi.cpp:12", "begin(): no"),
            ("[     1.204] WiFi: joined attic", Level::Info, "WiFi", "joined attic"),
            (
                "[     1.204] WiFi: cannot join attic: not_found",
                Level::Warn,
                "WiFi",
                "cannot join attic: not_found",
            ),
            ("[   301.000] validation failed: flash", Level::Error, "", "validation failed: flash"),
            ("[wifi] WARN: connect failed", Level::Warn, "wifi", "connect failed"),
            ("[INFO ] hello", Level::Info, "", "hello"),
        ] {
            assert_eq!(check(text, level, tag, message), Voice::Logger);
        }
    }

    #[test]
    fn the_rom_speaks_after_a_reset() {
        for (text, level) in [
            ("ESP-ROM:esp32c3-api1-20210207", Level::Debug),
            ("rst:0x1 (POWERON),boot:0xc (SPI_FAST_FLASH_BOOT)", Level::Debug),
            ("rst:0x7 (TG0WDT_SYS_RST),boot:0xc (SPI_FAST_FLASH_BOOT)", Level::Warn),
        ] {
            assert_eq!(check(text, level, "", text), Voice::Reset);
        }
        for (text, level) in
            [("mode:DIO, clock div:2", Level::Debug), ("invalid header: 0xffffffff", Level::Error)]
        {
            assert_eq!(check(text, level, "", text), Voice::Anyone);
        }
    }

    #[test]
    fn what_is_no_log_line_has_no_level() {
        for text in [
            "",
            "hello",
            "mode: auto",
            "I am (here) now: yes",
            "I (x) y: z",
            "[1] a",
            "[ 1.23] a",
            "[a] b",
            "A - b",
            "I (",
            "[][][] ",
            "ü (1) x: y",
        ] {
            assert_eq!(check(text, Level::None, "", text), Voice::Anyone);
        }
        let panic = "Guru Meditation Error: Core  0 panic'ed (Load access fault). Exception was unhandled.";
        assert_eq!(check(panic, Level::Error, "", panic), Voice::Panic);
    }
}
