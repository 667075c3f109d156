//! Simulated boards on cables, as options of `skylift simulate`, and what somebody does to them by typing.

use std::io::BufRead as _;
use std::path::Path;

use clap::Args;
use skylift_protocol::{Chip, Id};
use skylift_simulator::layout::DEFAULT_CAPACITY;
use skylift_simulator::nor::Nor;
use skylift_simulator::serial::{Board, BoardConfig, Pace, mac_of};
use skylift_simulator::{DeviceConfig, FlashSource};
use tokio::sync::mpsc::UnboundedReceiver;

use crate::cli::demo_image::chip;
use crate::cli::failure::Failure;

/// How devices come as boards.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Their cables")]
pub(super) struct CableOptions {
    /// Each is a board on a cable: a serial port on which its chip's loader answers, and its program prints
    #[arg(long)]
    usb: bool,
    /// New boards have nothing in their flash, as they come from the factory
    #[arg(long, requires = "usb")]
    blank: bool,
    /// The chip of new boards: esp32, esp32s3, esp32c3 or esp32c6
    #[arg(long, value_name = "CHIP", requires = "blank", default_value = "esp32c3", value_parser = chip)]
    chip: Chip,
    /// Boards are as slow as real ones: bytes take the time of their baud rate, the flash that of a real one
    #[arg(long, requires = "usb")]
    real_speed: bool,
}

impl CableOptions {
    /// Whether there are cables at all.
    pub(super) const fn are_wanted(&self) -> bool {
        self.usb
    }

    /// Whether new boards are empty.
    pub(super) const fn are_blank(&self) -> bool {
        self.blank
    }

    /// The id of a new board, from its MAC address.
    pub(super) fn fresh_id() -> Id {
        BoardConfig::blank().device.id
    }

    /// Plugs one in.
    pub(super) fn plug_in(&self, mut device: DeviceConfig) -> Result<Board, Failure> {
        let id = device.id.clone();
        let mac = mac_of(&id).ok_or_else(|| {
            let problem = format!("{id} was made without a cable: its id is no MAC address");
            Failure::new(problem).try_this("Start it without --usb, or use another folder.")
        })?;
        if self.blank {
            device.chip = self.chip;
            device.flash = blank(device.flash)?;
        }
        let pace = if self.real_speed { Pace::Real } else { Pace::Instant };
        let config = BoardConfig { device, pace, ..BoardConfig::with_mac(mac, FlashSource::Blank(0)) };
        Board::plug_in(config).map_err(|error| Failure::new(error.to_string()))
    }
}

/// Nothing where the first flash would be; a file that is there stays as it is.
fn blank(flash: FlashSource) -> Result<FlashSource, Failure> {
    let make = |path: &Path| Nor::blank(DEFAULT_CAPACITY)?.keep_in(path);
    match flash {
        FlashSource::File(path, factory) => {
            if !path.exists() {
                make(&path).map_err(|error| Failure::new(error.to_string()))?;
            }
            Ok(FlashSource::File(path, factory))
        }
        _ => Ok(FlashSource::Blank(DEFAULT_CAPACITY)),
    }
}

/// What can be done to boards, for who has just plugged them in.
pub(super) fn help(boards: &[&Board]) -> String {
    let which = if boards.len() > 1 { ", and its number in this list" } else { "" };
    "Each PORT is a serial port with a board on it: flash it, look at it and watch it with --port PORT. It has no lines \
     that reset it; type what you do to it"
        .to_owned()
        + which
        + ": reset, boot (reset while BOOT is held), unplug, plug."
}

/// What somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Deed {
    Reset,
    Boot,
    Unplug,
    Plug,
}

/// Lines from the standard input. It may end; the boards go on.
pub(super) fn typed() -> UnboundedReceiver<String> {
    let (sender, lines) = tokio::sync::mpsc::unbounded_channel();
    std::thread::spawn(move || {
        let read = std::io::stdin().lock().lines().map_while(Result::ok);
        read.take_while(|line| sender.send(line.clone()).is_ok()).for_each(drop);
    });
    lines
}

/// Does what was typed; what came of it.
pub(super) fn act(line: &str, boards: &[&Board]) -> String {
    let (deed, number) = match parse(line) {
        Ok(typed) => typed,
        Err(problem) => return problem,
    };
    let Some(board) = number.checked_sub(1).and_then(|index| boards.get(index)) else {
        return format!("there is no board {number}: there are {}", boards.len());
    };
    let id = board.id();
    match deed {
        Deed::Plug => match board.plug() {
            Ok(()) => format!("{id} is on {} now", board.path().display()),
            Err(error) => error.to_string(),
        },
        _ if !board.is_plugged_in() => format!("{id} is not plugged in: type plug"),
        Deed::Unplug => {
            board.unplug();
            format!("{id} is unplugged")
        }
        Deed::Reset => {
            board.press_reset();
            format!("{id} has been reset")
        }
        Deed::Boot => {
            board.hold_boot_and_reset();
            format!("{id} waits for a download")
        }
    }
}

/// A word, and the number of a board from 1.
fn parse(line: &str) -> Result<(Deed, usize), String> {
    let mut words = line.split_whitespace();
    let deed = match words.next() {
        Some("reset") => Deed::Reset,
        Some("boot") => Deed::Boot,
        Some("unplug") => Deed::Unplug,
        Some("plug") => Deed::Plug,
        _ => return Err("what can be done: reset, boot, unplug, plug".to_owned()),
    };
    let number =
        words.next().map_or(Ok(1), str::parse).map_err(|_| "which board? a number from 1".to_owned())?;
    Ok((deed, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deed_is_a_word_and_a_number() {
        assert_eq!(parse("reset"), Ok((Deed::Reset, 1)));
        assert_eq!(parse(" boot 2\n"), Ok((Deed::Boot, 2)));
        assert!(parse("").is_err() && parse("flash").is_err() && parse("plug in").is_err());
    }
}
