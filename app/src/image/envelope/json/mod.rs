//! JSON as Toit's library reads and writes it: what the metadata and the properties of an envelope are.

mod decode;
mod encode;
mod number;
#[cfg(test)]
mod tests;

pub use decode::decode;
pub use encode::encode;
