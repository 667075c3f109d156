//! scratch
use skylift_simulator::{bootloader::Bootloader, certify::*, demo_image::DemoImage};
fn main() {
    let size: u32 = std::env::args().nth(1).unwrap().parse().unwrap();
    let mk = |v: &str| DemoImage { version: v.into(), size, seed: v.len() as u64, ..DemoImage::default() }.build().unwrap();
    let (old, new) = (mk("1.0"), mk("1.0.1"));
    for bootloader in [Bootloader::Stock, Bootloader::Rollback] {
        let c = certify(&Request { old: &old, new: &new, table: None, bootloader, seed: 1 },
          Watch { progress: &|_| {}, cancel: &std::sync::atomic::AtomicBool::new(false) }).unwrap();
        println!("{size} {bootloader:?} {} of {} in {:?}", c.survived, c.points, c.took);
        for f in &c.failures { println!("{f}"); }
    }
}
