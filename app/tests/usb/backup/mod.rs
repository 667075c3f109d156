//! Backups of simulated boards over a real pseudo-terminal: taken, kept, given back, and refused.

mod board;
mod by_command;
mod kept;
mod restored;
mod taken;
