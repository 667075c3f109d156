//! Random operations against the simplest model of a NOR flash.

use proptest::prelude::*;
use proptest::test_runner::RngSeed;
use skylift_updater::{Erase, Flash, SECTOR};

use super::{CAPACITY, nor};

/// An operation.
#[derive(Clone, Debug)]
enum Op {
    Program(u32, Vec<u8>),
    Erase(u32, Erase),
}

fn any_unit() -> impl Strategy<Value = Erase> {
    prop_oneof![Just(Erase::Sector), Just(Erase::Block)]
}

fn any_op() -> impl Strategy<Value = Op> {
    prop_oneof![
        (0..CAPACITY + 300, proptest::collection::vec(any::<u8>(), 0..300))
            .prop_map(|(offset, data)| Op::Program(offset, data)),
        (0..CAPACITY / 4, proptest::collection::vec(any::<u8>(), 4))
            .prop_map(|(word, data)| Op::Program(word * 4, data)),
        (0..40_u32, any_unit()).prop_map(|(sector, unit)| Op::Erase(sector * SECTOR, unit)),
        (0..3_u32).prop_map(|block| Op::Erase(block << 16, Erase::Block)),
        (0..CAPACITY, any_unit()).prop_map(|(offset, unit)| Op::Erase(offset, unit)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, rng_seed: RngSeed::Fixed(1), ..ProptestConfig::default() })]

    /// Whatever is asked: no panic, refusals change and count nothing, successes do exactly what a NOR does.
    #[test]
    fn any_operations_keep_the_rules(ops in proptest::collection::vec(any_op(), 1..40)) {
        let mut nor = nor();
        let mut model = vec![0xFF_u8; CAPACITY as usize];
        let mut done = 0;
        for op in ops {
            let (start, len) = match &op {
                Op::Program(offset, data) => (*offset, data.len() as u32),
                Op::Erase(offset, unit) => (*offset, unit.bytes()),
            };
            let fits = start + len <= CAPACITY;
            let (result, allowed) = match &op {
                Op::Program(_, data) => {
                    let words = start % 4 == 0 && len % 4 == 0;
                    (nor.program(start, data), fits && words && start % 256 + len <= 256)
                }
                Op::Erase(_, unit) => (nor.erase(start, *unit), fits && start % len == 0),
            };
            prop_assert_eq!(result.is_ok(), allowed);
            if allowed && len > 0 {
                done += 1;
                let cells = &mut model[start as usize..(start + len) as usize];
                match &op {
                    Op::Program(_, data) => cells.iter_mut().zip(data).for_each(|(cell, byte)| *cell &= byte),
                    Op::Erase(..) => cells.fill(0xFF),
                }
            }
            prop_assert!(nor.bytes() == model);
            prop_assert_eq!(nor.operations(), done);
        }
    }
}
