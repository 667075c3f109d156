//! `skylift monitor`, run as a user or a script runs it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Output, Stdio};
use std::sync::mpsc::{Receiver, channel};

use serde_json::Value;

use crate::debug_info::ENTRY;
use crate::panics::Known;
use crate::pty::{Cable, PATIENCE};

/// The command at work.
struct Program {
    child: Child,
    lines: Receiver<String>,
}

fn command(cable: &Cable, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_skylift"));
    command.args(["monitor", "--port"]).arg(cable.path()).args(arguments);
    command.env("SKYLIFT_HOME", cable.folder().join("data")).stdin(Stdio::piped());
    command
}

impl Program {
    fn start(cable: &Cable, arguments: &[&str]) -> Self {
        Self::run(command(cable, arguments))
    }

    fn run(mut command: Command) -> Self {
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let (send, lines) = channel();
        for out in [
            Box::new(child.stdout.take().unwrap()) as Box<dyn std::io::Read + Send>,
            Box::new(child.stderr.take().unwrap()),
        ] {
            let send = send.clone();
            std::thread::spawn(move || {
                BufReader::new(out).lines().map_while(Result::ok).try_for_each(|line| send.send(line))
            });
        }
        Self { child, lines }
    }

    #[track_caller]
    fn line_with(&self, word: &str) -> String {
        loop {
            let line = self.lines.recv_timeout(PATIENCE).unwrap_or_else(|_| panic!("no line with {word}"));
            if line.contains(word) {
                return line;
            }
        }
    }

    /// Ctrl-C; its exit code, and the lines that were left.
    fn interrupt(mut self) -> (Option<i32>, Vec<String>) {
        let killed = Command::new("kill").args(["-INT", &self.child.id().to_string()]).status().unwrap();
        assert!(killed.success());
        let code = self.child.wait().unwrap().code();
        (code, self.lines.iter().collect())
    }
}

#[test]
fn lines_are_shown_as_they_are_and_typed_ones_are_sent() {
    let mut cable = Cable::plugged_in();
    let mut program = Program::start(&cable, &["--ending", "crlf"]);
    program.line_with("Connected to ");
    cable.say("\x1b[0;32mI (12) wifi: joined\x1b[0m\n");
    assert_eq!(program.line_with("wifi"), "I (12) wifi: joined");
    program.child.stdin.as_mut().unwrap().write_all(b"wifi off\n").unwrap();
    assert_eq!(cable.hear(10), b"wifi off\r\n");
    assert_eq!(program.interrupt().0, Some(0));
}

#[test]
fn levels_and_expressions_choose_lines_and_the_file_has_all() {
    let mut cable = Cable::plugged_in();
    let file = cable.folder().join("all.log");
    let program = Program::start(
        &cable,
        &["--level", "warn", "--grep", "a+b", "--timestamps", "--save", file.to_str().unwrap()],
    );
    program.line_with("Connected to ");
    cable.say("E (1) x: b\nW (2) x: aab\nI (3) x: ab\nab\nE (4) x: ab\n");
    let line = program.line_with("W (2)");
    assert_eq!(line.split_once("  ").unwrap().0.len(), "07:35:25.123".len(), "{line}");
    program.line_with("E (4)");
    let (code, rest) = program.interrupt();
    assert_eq!((code, rest), (Some(0), vec![]));
    assert_eq!(std::fs::read_to_string(file).unwrap().lines().count(), 5);
}

#[test]
fn programs_read_objects() {
    let known = Known::new();
    let mut cable = Cable::plugged_in();
    let mut command = command(&cable, &["--json"]);
    command.env("SKYLIFT_HOME", known.data_dir());
    let program = Program::run(command);
    let object = |word: &str| serde_json::from_str::<Value>(&program.line_with(word)).unwrap();
    assert_eq!(object("connected")["baud"], 115_200);
    cable.say("W (2) wifi: lost\n");
    let line = object("wifi");
    assert_eq!(
        (&line["level"], &line["tag"], &line["message"]),
        (&"warn".into(), &"wifi".into(), &"lost".into())
    );
    cable.say(format!(
        "panic: no sensor\n{:#x}\nELF file SHA256: {}\nrestarting\n",
        ENTRY + 0x28,
        known.digest
    ));
    let panic = object("\"panic\":");
    assert_eq!(panic["panic"]["message"], "no sensor");
    let decoded = object("\"decoded\":");
    assert_eq!(decoded["decoded"]["frames"][0]["function"], "climate::run");
    assert_eq!(decoded["decoded"]["first_line"], panic["panic"]["first_line"]);
}

#[test]
fn a_panic_is_decoded_below_it() {
    let known = Known::new();
    let mut cable = Cable::plugged_in();
    let program = Program::start(&cable, &["--elf", known.elf().to_str().unwrap(), "--level", "error"]);
    program.line_with("Connected to ");
    cable.say(format!("panic: no sensor\nat src/main.rs:7\n{:#x}\nrestarting\n", ENTRY + 0x28));
    assert_eq!(program.line_with("--- panic"), "--- panic: no sensor, at src/main.rs:7");
    assert!(program.line_with("---   0x").contains("climate::run"));
    assert!(program.line_with("decoded with").ends_with("climate.elf, as you say"));
}

#[test]
fn a_board_that_is_gone_for_good_ends_it_with_a_sentence() {
    let mut cable = Cable::plugged_in();
    let mut program = Program::start(&cable, &["--wait", "0.3"]);
    program.line_with("Connected to ");
    cable.unplug();
    program.line_with("The board is gone; waiting for it.");
    let path = cable.path();
    assert_eq!(program.line_with("error: "), format!("error: the board on {} is gone", path.display()));
    assert_eq!(program.child.wait().unwrap().code(), Some(1));
}

#[test]
fn what_cannot_be_done_is_said_at_once() {
    let cable = Cable::plugged_in();
    let run =
        |arguments: &[&str]| -> Output { command(&cable, arguments).stdin(Stdio::null()).output().unwrap() };
    let missing = cable.folder().join("missing/board.log");
    for (arguments, code, words) in [
        (vec!["--grep", "("], 2, "it is no regular expression: unclosed group"),
        (vec!["--elf", "/no/such.elf"], 1, "such.elf"),
        (vec!["--save", missing.to_str().unwrap()], 1, "the log cannot be written to "),
        (vec!["--baud", "7"], 2, "7 is not in 300..=4000000"),
    ] {
        let output = run(&arguments);
        let text = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {text}");
        assert!(text.contains(words), "{text}");
    }
}
