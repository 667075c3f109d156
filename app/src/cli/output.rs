//! Standard output: lines, tables and JSON, for as long as somebody reads them.

use std::fmt::Display;
use std::io::{ErrorKind, IsTerminal, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use serde::Serialize;

/// Standard output. After the reader of a pipe has gone (`| head`), what is written is dropped: an update goes on.
#[derive(Debug, Default)]
pub(super) struct Output {
    reader_gone: AtomicBool,
}

impl Output {
    /// Whether bars can be drawn.
    pub(super) fn is_terminal() -> bool {
        std::io::stdout().is_terminal() && std::io::stderr().is_terminal()
    }

    pub(super) fn line(&self, line: impl Display) {
        self.part(format_args!("{line}\n"));
    }

    /// A part of a line.
    pub(super) fn part(&self, text: impl Display) {
        if self.reader_gone.load(Ordering::Relaxed) {
            return;
        }
        let mut stdout = std::io::stdout().lock();
        let written = write!(stdout, "{text}").and_then(|()| stdout.flush());
        if written.is_err_and(|error| error.kind() == ErrorKind::BrokenPipe) {
            self.reader_gone.store(true, Ordering::Relaxed);
        }
    }

    /// One JSON object on one line.
    pub(super) fn json(&self, object: &impl Serialize) {
        if let Ok(line) = serde_json::to_string(object) {
            self.line(line);
        }
    }

    /// Whether anybody still reads it, as far as that has shown.
    pub(super) fn has_reader(&self) -> bool {
        !self.reader_gone.load(Ordering::Relaxed)
    }

    /// Aligned columns under their titles.
    pub(super) fn table<const N: usize>(&self, titles: [&str; N], rows: &[[String; N]]) {
        table_lines(titles, rows).iter().for_each(|line| self.line(line));
    }
}

/// Aligned columns under their titles, as lines.
pub(super) fn table_lines<const N: usize>(titles: [&str; N], rows: &[[String; N]]) -> Vec<String> {
    let titles = titles.map(str::to_owned);
    let mut widths = [0; N];
    for row in std::iter::once(&titles).chain(rows) {
        for (width, cell) in widths.iter_mut().zip(row) {
            *width = (*width).max(cell.chars().count());
        }
    }
    std::iter::once(&titles).chain(rows).map(|row| table_line(row, &widths)).collect()
}

fn table_line<const N: usize>(cells: &[String; N], widths: &[usize; N]) -> String {
    let mut line = String::new();
    for (cell, width) in cells.iter().zip(widths) {
        line.push_str(&format!("{cell:width$}  "));
    }
    line.trim_end().to_owned()
}
