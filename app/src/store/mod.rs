//! What Skylift keeps on this computer, and where.

mod data_dir;

pub use data_dir::DataDir;
