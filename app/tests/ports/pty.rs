//! A pseudo-terminal, whose path is a port that a person may name; and programs that hold it.

use std::fs::File;
use std::process::{Child, Command, Stdio};

use rustix::fd::OwnedFd;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use skylift::usb::ports::Port;

/// A pseudo-terminal. Without it, its path is gone, or that of another.
pub struct Pty {
    _board: OwnedFd,
    pub path: String,
}

impl Pty {
    pub fn new() -> Self {
        // No program that another test starts may inherit it.
        let board = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)
            .expect("a pseudo-terminal");
        grantpt(&board).expect("it is ours");
        unlockpt(&board).expect("it is ours");
        let path = ptsname(&board, Vec::new()).expect("it has a path").into_string().expect("text");
        Self { _board: board, path }
    }

    pub fn port(&self) -> Port {
        Port::named(&self.path)
    }

    /// A program that has it open, and takes no lock.
    pub fn opened_by_sleep(&self) -> Program {
        let port = File::options().read(true).write(true).open(&self.path).expect("it opens");
        Program(Command::new("sleep").arg("1000").stdin(port).spawn().expect("sleep starts"))
    }

    /// A shell that has locked it, as serial monitors do. It is ready when it says so, and waits for its input then.
    pub fn locked_by_sh(&self) -> Program {
        let mut command = Command::new("flock");
        command.args(["--exclusive", "--no-fork", &self.path, "sh", "-c", "echo locked; read end"]);
        let mut program = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("flock starts");
        let mut said = [0; 7];
        let mut stdout = program.stdout.take().expect("its output");
        std::io::Read::read_exact(&mut stdout, &mut said).expect("it says that it has the lock");
        assert_eq!(&said, b"locked\n");
        Program(program)
    }
}

/// A program that ends with the test.
pub struct Program(Child);

impl Program {
    pub fn pid(&self) -> u32 {
        self.0.id()
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.0.kill().expect("it is ours");
        self.0.wait().expect("it ends");
    }
}
