//! The serial line: what the node writes into its log is shown there as well.

use core::fmt::Arguments;

/// Prints a line. A line that nobody reads is lost.
pub fn echo(line: Arguments<'_>) {
    esp_println::println!("{line}");
}
