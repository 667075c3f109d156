//! What a device is provisioned with: any NVS partition is borne, and reads the same twice, before and after it is written
//! to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift_fuzz::flash::Patched;
use skylift_fuzz::{Input, seal};
use skylift_protocol::{MAX_NETWORKS, Network};
use skylift_provisioning::Provisioning;
use skylift_updater::Region;

const LEN: usize = 0x2000;
const REGION: Region = Region { offset: 0x1000, size: LEN as u32 };

/// What is read, which is the same when it is read again.
fn read(flash: &mut Patched<'_>) -> Provisioning {
    let found = Provisioning::read(flash, REGION);
    assert!(found.networks.iter().count() <= MAX_NETWORKS);
    assert!(found.networks.iter().all(|network: &Network| network.check().is_ok()));
    assert_eq!(Provisioning::read(flash, REGION), found, "the second look finds something else");
    found
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let sealed = input.byte() & 1 == 0;
    let bytes = input.rest();
    let mut pages = [0xFF; LEN];
    let len = bytes.len().min(LEN);
    pages[..len].copy_from_slice(&bytes[..len]);
    if sealed {
        seal::nvs(&mut pages);
    }
    let mut flash = Patched::new(0x1000 + LEN as u32).with(REGION.offset, &pages);
    let found = read(&mut flash);
    let stored = Provisioning::store_networks(&mut flash, REGION, &found.networks);
    // In a partition that is damaged, a new entry may not be found again; but none is half there.
    let networks = read(&mut flash).networks;
    assert!(stored.is_err() || networks == found.networks || networks.iter().next().is_none());
    let _ = Provisioning::store_name(&mut flash, REGION, "lamp");
    read(&mut flash);
});
