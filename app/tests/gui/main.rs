//! The window, worked as a person would, with real simulated devices on the other side.

mod alarm;
mod buttons;
mod desk;
mod endings;
mod four_clicks;
mod no_network;
mod pictures;
mod repaints;
mod steadiness;
mod text;
mod tours;
mod trouble;
mod world;
