//! Encoded images written as the node writes them: what ends up in the slot, what is refused, and where an update goes on.

mod bench;
mod refused;
mod resumed;
mod written;
