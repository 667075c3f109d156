//! A program that is run to its end, or killed with everything it has started.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::time::timeout;

/// Longer lines lose their ends.
const MAX_LINE: usize = 256 * 1024;
/// How long lines are waited for after the program has ended: a daemon that it left may keep its output open.
const DRAIN: Duration = Duration::from_secs(1);

/// Runs a program and gives its lines, those of standard output and those of standard error, as they come.
///
/// When the future is dropped, the program and its children are killed.
pub(in crate::image) async fn run(
    mut command: Command,
    mut on_stdout: impl FnMut(&[u8]),
    mut on_stderr: impl FnMut(&[u8]),
) -> io::Result<ExitStatus> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    // A group of its own: one signal reaches compilers and build scripts too.
    #[cfg(unix)]
    command.process_group(0);
    let mut group = Group { child: command.spawn()?, ended: false };
    let (stdout, stderr) = (group.child.stdout.take(), group.child.stderr.take());
    let mut lines = std::pin::pin!(async {
        tokio::join!(each_line(stdout, &mut on_stdout), each_line(stderr, &mut on_stderr));
    });
    tokio::select! {
        status = group.child.wait() => {
            group.ended = true;
            let _ = timeout(DRAIN, &mut lines).await;
            return status;
        }
        () = &mut lines => {}
    }
    let status = group.child.wait().await;
    group.ended = true;
    status
}

/// Takes from a program of Rust's what `cargo run` has set, if that started Skylift: its toolchain is not the project's.
pub(super) fn as_from_a_shell(command: &mut Command) {
    if std::env::var_os("CARGO").is_some() {
        command.env_remove("CARGO").env_remove("RUSTUP_TOOLCHAIN");
    }
}

async fn each_line(output: Option<impl AsyncRead + Unpin>, on_line: &mut impl FnMut(&[u8])) {
    let Some(output) = output else { return };
    let mut output = BufReader::new(output);
    let mut line = Vec::new();
    loop {
        // A broken pipe ends the output as its end does.
        let Ok(bytes) = output.fill_buf().await else { return };
        if bytes.is_empty() {
            break;
        }
        let end = bytes.iter().position(|&byte| byte == b'\n');
        let part = bytes.get(..end.unwrap_or(bytes.len())).unwrap_or(bytes);
        let room = MAX_LINE.saturating_sub(line.len()).min(part.len());
        line.extend_from_slice(part.get(..room).unwrap_or(part));
        let used = part.len() + usize::from(end.is_some());
        output.consume(used);
        if end.is_some() {
            on_line(line.strip_suffix(b"\r").unwrap_or(&line));
            line.clear();
        }
    }
    if !line.is_empty() {
        on_line(&line);
    }
}

/// A running program and all that it has started.
struct Group {
    child: Child,
    ended: bool,
}

impl Drop for Group {
    fn drop(&mut self) {
        if !self.ended {
            self.kill();
        }
    }
}

impl Group {
    #[cfg(unix)]
    fn kill(&self) {
        let id = self.child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).ok()?));
        if let Some(id) = id {
            // It may have ended in this moment.
            let _ = rustix::process::kill_process_group(id, rustix::process::Signal::KILL);
        }
    }

    #[cfg(not(unix))]
    fn kill(&self) {
        if let Some(id) = self.child.id() {
            let mut taskkill = std::process::Command::new("taskkill");
            taskkill.args(["/T", "/F", "/PID", &id.to_string()]).stdout(Stdio::null()).stderr(Stdio::null());
            // It may have ended in this moment.
            let _ = taskkill.status();
        }
    }
}
