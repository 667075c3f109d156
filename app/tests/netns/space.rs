//! A network namespace, and running programs in it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Output, Stdio};

/// Whether namespaces can be made here; says why not.
pub fn permitted(programs: &[&str]) -> bool {
    for program in ["ip", "nsenter", "unshare"].iter().chain(programs) {
        let there =
            Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        if there.is_err() {
            println!("SKIPPED: the program {program} is not installed");
            assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "{program} may not be missing here");
            return false;
        }
    }
    let made = Command::new("unshare").args(["-n", "true"]).stderr(Stdio::null()).status();
    let permitted = made.is_ok_and(|status| status.success());
    if !permitted {
        println!("SKIPPED: the kernel lets this user make no network namespaces");
    }
    permitted
}

/// A network namespace. It ends with this value, and with the test however that ends.
pub struct Space {
    /// Waits for the end of its input, which is a pipe that only this process holds.
    keeper: Child,
}

impl Space {
    pub fn new() -> Self {
        let mut keeper = Command::new("unshare")
            .args(["-n", "sh", "-c", "ip link set lo up && echo up && exec cat"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(keeper.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "up\n");
        Self { keeper }
    }

    /// The process that keeps it, which names it for `ip`.
    pub fn id(&self) -> String {
        self.keeper.id().to_string()
    }

    /// A program that will run in it.
    pub fn command(&self, program: &str) -> Command {
        let mut command = Command::new("nsenter");
        command.args(["-t", &self.id(), "-n", "--", program]).stdin(Stdio::null());
        command
    }

    /// Runs a command line to its end.
    #[track_caller]
    pub fn run(&self, line: &str) -> Output {
        let mut words = line.split(' ');
        let output = self.command(words.next().unwrap()).args(words).output().unwrap();
        assert!(output.status.success(), "{line}: {output:?}");
        output
    }

    /// Gives the firewall a rule for what comes in.
    #[track_caller]
    pub fn drops(&self, what: &str) {
        self.rule("type filter hook input priority 0", &format!("{what} drop"));
    }

    /// Forwards a port of this space to another of it.
    #[track_caller]
    pub fn forwards(&self, from: u16, to: u16) {
        self.rule("type nat hook prerouting priority -100", &format!("tcp dport {from} redirect to :{to}"));
    }

    #[track_caller]
    fn rule(&self, hook: &str, rule: &str) {
        let table = format!("table ip t {{ chain c {{ {hook};\n{rule}\n}}\n}}\n");
        let output = self.command("nft").arg(table).output().unwrap();
        assert!(output.status.success(), "{output:?}");
    }
}

impl Drop for Space {
    fn drop(&mut self) {
        self.keeper.kill().ok();
        self.keeper.wait().ok();
    }
}
