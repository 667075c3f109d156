//! Proof for two images: the updater itself, with exactly these, through every power-cut point of an update's life.

pub mod chip;
pub mod image;
pub mod life;
