//! Images, and what they are made from.

use skylift_fuzz::signer;
use skylift_protocol::Chip;
use skylift_simulator::demo_image::{Behaviour, DemoImage, MIN_SIZE};
use skylift_simulator::layout::{TABLE_OFFSET, partition_table, table_with};

use super::Seeds;

#[path = "../../app/tests/images/elf.rs"]
#[allow(dead_code, reason = "the app's tests use all of it")]
mod elf;

#[path = "../../app/tests/support/debug_info.rs"]
#[allow(dead_code, reason = "the app's tests use all of it")]
mod debug_info;

pub fn add(seeds: &mut Seeds<'_>) {
    for chip in Chip::ALL {
        let image = DemoImage { chip: *chip, size: MIN_SIZE, ..DemoImage::default() };
        seeds.add("image", &[0, 255], image.build().expect("an image"));
    }
    let image =
        DemoImage { behaviour: Behaviour::Hang, size: 2048, secure_version: 3, ..DemoImage::default() };
    let built = image.build().expect("an image");
    let signed = [&built[..], &vec![0xFF; 4096 - built.len()], &[0xE7, 0x02], &[0; 4094]].concat();
    for (choices, bytes) in [
        ([1, 7], built.clone()),
        ([0, 99], image.foreign().expect("an image")),
        ([0, 255], signed.clone()),
        ([0, 0], built[..built.len() - 40].to_vec()),
    ] {
        seeds.add("image", &choices, bytes);
    }
    for program in [elf::Program::C3, elf::Program::S3, elf::Program { chip_note: None, ..elf::Program::C3 }]
    {
        seeds.add("build_source", &[0, 255], program.build());
        seeds.add("build_source", &[0, 2], program.build());
    }
    seeds.add("build_source", &[0, 255], &built);
    seeds.add("build_source", &[0, 255], signed);
    seeds.add("build_source", &[0, 255], merged(&built));
    descriptions(seeds);
    seeds.add("backtrace", &[0x1C, 0x48], debug_info::elf());
    seeds.add("backtrace", &[0x80, 0x20], debug_info::with_depth(3));
    let block = signer::block();
    let lengths = [0, 0, 4, 0, 0, 0, 16, 4, 0];
    seeds.add("signature_sector", &lengths, block);
    seeds.add("signature_sector", &lengths, [block, block, block].concat());
    let rsa = [&[0xE7, 2][..], &[1; 1194]].concat();
    seeds.add("signature_sector", &lengths, [&rsa[..], &[0; 20], &block].concat());
}

/// Bootloader, table and app in one, for flashing from the start of flash.
fn merged(app: &[u8]) -> Vec<u8> {
    let table = partition_table(&table_with(2, 0x1_0000)).expect("a table");
    let mut flash = vec![0xFF; 0x1_0000];
    flash[TABLE_OFFSET as usize..TABLE_OFFSET as usize + table.len()].copy_from_slice(&table);
    flash.extend(app);
    flash
}

fn descriptions(seeds: &mut Seeds<'_>) {
    for text in [
        r#"{"project_name":"lamp","app_bin":"app.bin","app_elf":"app.elf","target":"esp32c3"}"#,
        r#"{"app_elf":"app.bin","target":"esp32c3"}"#,
        r#"{"app_bin":"../build/app.bin"}"#,
    ] {
        seeds.add("build_source", &[1, 255], text);
    }
    for text in [
        r#"{"app":{"offset":"0x10000","file":"app.bin","encrypted":"false"},"extra_esptool_args":{"chip":"esp32c3"}}"#,
        r#"{"flash_files":{"0x10000":"app.bin"},"app":{"file":"/nowhere"}}"#,
    ] {
        seeds.add("build_source", &[2, 2], text);
    }
}
