//! A monitor that cannot do what it is asked for, searches, and panics that stay addresses.

use std::path::PathBuf;
use std::sync::mpsc::channel;
use std::time::SystemTime;

use skylift::image::library::Library;
use skylift::usb::UsbError;
use skylift::usb::monitor::{
    Batch, Decoder, Heard, MonitorError, Options, Panic, Reader, Search, Session, Unread, save,
};
use skylift::usb::ports::Port;

use super::{at, blank, port};
use crate::elf::Program;
use crate::files::Place;
use crate::table::Line;

pub fn lines() -> Vec<Line> {
    let place = Place::new();
    let nowhere = save(&place.path("missing").join("board.log"), &[]).unwrap_err();
    let mut lines = vec![
        no_lines(),
        Line::of("The folder of the log is missing", &nowhere),
        // A pseudo-terminal takes every rate, and the simulated board takes all that is sent.
        Line::of(
            "The port does not know this rate",
            &MonitorError::Baud { port: port(), baud: 74_880, problem: "Invalid argument".to_owned() },
        ),
        Line::of("The board does not read what is sent", &MonitorError::TakesNothing { port: port() }),
    ];
    lines.extend(searches());
    lines.extend(panics(&place));
    place.settle(lines)
}

/// A port without reset lines, asked to reset its board.
fn no_lines() -> Line {
    let board = blank();
    let path = board.path().display().to_string();
    let (told, hears) = channel();
    let options = Options { reset: true, ..Options::new(Port::named(&path)) };
    let session = Session::start(options, move |heard| drop(told.send(heard))).unwrap();
    let error: UsbError = hears
        .iter()
        .find_map(|heard| if let Heard::NotDone(error) = heard { Some(error) } else { None })
        .unwrap();
    session.stop();
    at("The board is to be reset, on a port without reset lines", &board, &error)
}

fn searches() -> Vec<Line> {
    let of = |symptom, typed: &str| {
        let flaw = Search::typed(typed).unwrap_err();
        Line::new(symptom, &flaw, &flaw)
    };
    vec![
        of("Nothing is searched for", "//"),
        of("What is searched for is very long", &"a".repeat(1001)),
        of("A regular expression is wrong", "/(/"),
        of("A regular expression would need too much memory", r"/(\w{100}){100}{100}/"),
    ]
}

/// What a board says, with this behind it, of its panic.
fn panic_in(log: &str) -> Panic {
    let (mut reader, mut batch) = (Reader::default(), Batch::default());
    reader.read(log.as_bytes(), SystemTime::now(), &mut batch);
    reader.quiet(&mut batch);
    batch.panics.remove(0)
}

fn panics(place: &Place) -> Vec<Line> {
    let library = Library::new(&place.data());
    let read = |symptom, log: &str, elf: Option<PathBuf>| {
        let why: Unread = Decoder::new(library.clone(), elf).decode(&panic_in(log)).unwrap_err();
        let advice = why.advice().map(str::to_owned).into_iter().collect();
        Line::advised(symptom, &why, advice, &why)
    };
    let unnamed = "\npanic: no sensor\nat src/main.rs:7\n0x42000000\nrestarting\n";
    let named = format!(
        "\npanic: no sensor\nat src/main.rs:7\n0x42000000\nELF file SHA256: {}\nrestarting\n",
        "5e".repeat(32)
    );
    let no_elf = place.write("notes.elf", "buy milk");
    vec![
        read("A panic tells no addresses", "panic: no sensor\nrestarting\n", None),
        read("A panic does not name its build", unnamed, None),
        read("The library does not know the build that panicked", &named, None),
        read(
            "The ELF that was given is of another build",
            &named,
            Some(place.write("host.elf", Program::C3.build())),
        ),
        read("The ELF that was given is none", unnamed, Some(no_elf)),
    ]
}
