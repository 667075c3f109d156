//! Encoded images: the format's test vectors, what is refused, and the decoder with any pieces of input.

mod refused;
mod support;
mod vectors;
