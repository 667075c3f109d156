//! What several pages draw, each a pure function of what it is given.

pub mod arrows;
pub mod bar;
pub mod button;
pub mod compiler;
pub mod dropdown;
pub mod field;
pub mod flash_map;
pub mod frame;
pub mod partition_map;
pub mod phases;
pub mod signal;
pub mod signature;
pub mod slot_card;
pub mod slots;
pub mod state;
pub mod text;
pub mod way_row;
