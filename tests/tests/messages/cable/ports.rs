//! Ports that cannot be had.

use std::io::Read as _;
use std::process::{Child, Command, Stdio};

use skylift::usb::ports::{Fix, Holder, Port, State};
use skylift::usb::wire::{Approach, Link};
use skylift::usb::{UsbError, Work};

use super::{PORT, approach, at, blank, of, port};
use crate::files::Place;
use crate::table::Line;

/// A program that ends with the test.
struct Program(Child);

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

pub fn lines() -> Vec<Line> {
    let place = Place::new();
    let open = |port: &str| Link::connect(&Approach::new(port), &mut Work::unwatched()).err().unwrap();
    let missing = place.path("ttyUSB7").display().to_string();
    let no_port = place.write("notes.txt", "buy milk").display().to_string();
    let gone = State::of(&Port::named(&missing));
    let mut lines = vec![
        of("Nothing is plugged in there", &open(&missing)),
        of("The name is that of another file", &open(&no_port)),
        state("The port of the list is gone by now", &missing, &gone),
    ];
    lines.extend(held());
    lines.extend(forbidden());
    place.settle(lines)
}

fn state(symptom: &'static str, port: &str, state: &State) -> Line {
    Line::advised(symptom, format!("{port}: {state}"), state.advice(), state)
}

/// Ports that somebody has.
fn held() -> Vec<Line> {
    let board = blank();
    let path = board.path().display().to_string();
    let open = || Link::connect(&approach(&board), &mut Work::unwatched()).err().unwrap();
    let ours = serialport::new(&path, 115_200).open_native().unwrap();
    let mut lines = vec![
        at("Skylift has the port itself, in its monitor perhaps", &board, &open()),
        state("The list shows a port that is in use", &path, &State::of(&Port::named(&path)))
            .calling(&path, PORT),
    ];
    drop(ours);
    let monitor = locked(&path);
    let named = format!("process {}", monitor.0.id());
    lines.push(at("Another program has the port", &board, &open()).calling(&named, "process 4711"));
    drop(monitor);
    // Who these are, their names say.
    let by = |symptom, program: &str| {
        let by = Some(Holder { program: program.to_owned(), pid: 4711 });
        of(symptom, &UsbError::InUse { port: port(), by })
    };
    lines.push(by("The system looks for a modem there", "ModemManager"));
    lines.push(by("The system takes it for a braille display", "brltty"));
    lines
}

/// A shell that has locked the port, as serial monitors do.
fn locked(path: &str) -> Program {
    let mut command = Command::new("flock");
    command.args(["--exclusive", "--no-fork", path, "sh", "-c", "echo locked; read end"]);
    let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("flock starts");
    let mut said = [0; 7];
    program.stdout.take().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"locked\n");
    Program(program)
}

/// By hand: tests may run as root, who may open everything.
fn forbidden() -> Vec<Line> {
    let group = || "dialout".to_owned();
    [
        ("Others may use the port: a group", Fix::JoinGroup { group: group(), user: "ada".to_owned() }),
        ("You have joined that group just now", Fix::LogInAgain { group: group() }),
        ("Nobody may use the port, and no group helps", Fix::UdevRule),
        ("The port is another user's own", Fix::OfAnother { owner: "bob".to_owned() }),
    ]
    .into_iter()
    .map(|(symptom, fix)| {
        let error = UsbError::NoPermission { port: port(), fix: fix.clone() };
        Line::of(symptom, &error).also(&fix).also(&State::NoPermission(fix))
    })
    .collect()
}
