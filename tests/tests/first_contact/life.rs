//! From a blank board to a validated update over the air.

use skylift::engine::{UpdateOptions, Verdict};
use skylift::usb::Work;
use skylift::usb::board::{Board as Facts, Depth};
use skylift::usb::flash::{Firmware, Plan, Target, Wish, write};
use skylift::usb::provision::{ContactEnd, Settings, Wishes, board_id};
use skylift_protocol::{Access, bounded};
use skylift_simulator::demo_image::{Behaviour, DemoImage, MarkerKind};
use skylift_simulator::serial::BoardConfig;
use skylift_tests::devices::demo;
use skylift_tests::wifi::DEN;

use crate::bench::{Bench, on};

#[test]
fn a_blank_board_is_flashed_named_paired_seen_and_updated() {
    let bench = Bench::with(BoardConfig::blank());
    let wishes = Wishes { name: Some(bounded("porch lamp")), ..on("den", DEN) };
    let (mut link, mut work) = (bench.link(), Work::unwatched());
    let firmware = Firmware::bundled(link.chip()).unwrap();
    let facts = Facts::read(&mut link, Depth::Heads, &mut work).unwrap();
    let plan = Plan::make(&firmware, &Wish::default(), &Target::from(&facts)).unwrap();
    let device = board_id(&mut link).unwrap();
    let settings = Settings::for_table(&plan.table, &mut link, &mut work).unwrap();
    let prepared = settings.prepared(&device, &wishes, &*bench.keys).unwrap();
    let plan = plan.with_provisioning(prepared.place.region.offset, prepared.bytes.clone());
    write(&plan, &mut link, &mut work).unwrap();
    prepared.settle(&*bench.keys).unwrap();
    link.leave(&mut work).unwrap();

    let address = bench.board.device_address();
    assert_eq!(bench.contact(&prepared, &wishes), ContactEnd::OnTheNetwork { address, paired: true });
    let found = bench.host.find_at(address);
    assert_eq!((found.id.as_str(), found.name.as_str()), (bench.board.id(), "porch lamp"));
    assert_eq!(found.status.as_ref().unwrap().access, Access::Paired);

    // One that is no simulated device's: the firmware that runs is a chip's.
    let newer = DemoImage { kind: MarkerKind::Real, ..demo("2.0.0", Behaviour::Healthy) }.build().unwrap();
    let options = UpdateOptions { allow_other_project: true, ..UpdateOptions::default() };
    let job = bench.host.begin_at(address, &newer, options);
    assert_eq!(bench.host.verdict(job).verdict, Some(Verdict::Validated));
}
