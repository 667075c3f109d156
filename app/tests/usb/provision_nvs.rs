//! NVS beside Espressif's own generator (PyPI: esp-idf-nvs-partition-gen): what is written is what it writes, and what
//! others keep in a shared partition stays byte by byte.

use std::fmt::Write as _;
use std::path::Path;
use std::process::Command;

use skylift::usb::Work;
use skylift::usb::board::Table;
use skylift::usb::provision::{Prepared, Settings, TrustWish, Wishes};
use skylift_protocol::{Digest, Pairing, Signers, bounded};

use crate::boards::link;
use crate::provision::{Laptop, PLACE, den, holds, ours, put, set_up, with_table};

/// A table of Arduino's, without a partition of Skylift's.
const FOREIGN: &str = "nvs, data, nvs, 0x9000, 0x5000\notadata, data, ota, 0xe000, 0x2000\n\
    app0, app, ota_0, 0x10000, 0x140000\napp1, app, ota_1, 0x150000, 0x140000\n\
    spiffs, data, spiffs, 0x290000, 0x160000\n";

/// What a firmware keeps there.
const THEIRS: &str = "garden,namespace,,\nlitres,data,u32,17\nowner,data,string,somebody else\n\
    plan,data,hex2bin,000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122\n";

fn is_missing() -> bool {
    let there = Command::new("python3").args(["-c", "import esp_idf_nvs_partition_gen"]).output();
    if there.is_ok_and(|output| output.status.success()) {
        return false;
    }
    println!("SKIPPED: no NVS generator (pip install esp-idf-nvs-partition-gen)");
    assert!(
        std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(),
        "nothing may be skipped here: the NVS generator"
    );
    true
}

/// The partition that Espressif's generator makes of these lines.
fn generated(lines: &str, size: usize) -> Vec<u8> {
    let folder = tempfile::tempdir().unwrap();
    let (csv, bin) = (folder.path().join("in.csv"), folder.path().join("out.bin"));
    std::fs::write(&csv, format!("key,type,encoding,value\n{lines}")).unwrap();
    let text = |path: &Path| path.to_str().unwrap().to_owned();
    let arguments =
        ["-m", "esp_idf_nvs_partition_gen", "generate", &text(&csv), &text(&bin), &format!("{size:#x}")]
            .map(str::to_owned);
    let output = Command::new("python3").args(arguments).output().unwrap();
    assert!(output.status.success(), "{output:?}");
    std::fs::read(bin).unwrap()
}

/// What was written, as lines for the generator.
fn as_lines(prepared: &Prepared) -> String {
    let after = &prepared.after;
    let mut lines = "skylift,namespace,,\n".to_owned();
    let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut line = |key: &str, kind: &str, value: &str| writeln!(lines, "{key},data,{kind},{value}").unwrap();
    line("name", "string", &after.name);
    line("bl_rollback", "u8", "0");
    line("secure_floor", "u32", "3");
    if let Some(record) = after.trust.to_record() {
        line("signed_only", "u8", "1");
        line("trust", "hex2bin", &hex(&record));
    }
    line("paired", "u8", "1");
    line("pairing_key", "hex2bin", &hex(after.pairing.to_record().unwrap()));
    line("networks", "hex2bin", &hex(&after.networks.to_record()));
    lines
}

fn wishes() -> Wishes {
    let signers = Signers::from_slice(&[Digest([5; 32]), Digest([6; 32])]).unwrap();
    Wishes {
        name: Some(bounded("porch lamp")),
        networks: den("open sesame"),
        trust: TrustWish::Signers(signers),
        floor: Some(3),
        ..Wishes::default()
    }
}

#[test]
fn a_partition_of_its_own_is_what_espressifs_generator_writes() {
    if is_missing() {
        return;
    }
    let board = with_table(&ours());
    let prepared = set_up(&mut link(&board), &wishes(), &Laptop::new()).unwrap();
    let flash = board.flash();
    assert!(flash[PLACE] == generated(&as_lines(&prepared), PLACE.len())[..], "the bytes differ");
}

#[test]
fn in_a_partition_of_others_theirs_stays() {
    if is_missing() {
        return;
    }
    let (board, laptop) = (with_table(&Table::from_csv(FOREIGN).unwrap()), Laptop::new());
    let mut link = link(&board);
    put(&mut link, 0x9000, &generated(THEIRS, 0x5000));
    let prepared = set_up(&mut link, &wishes(), &laptop).unwrap();
    assert!(prepared.place.shared && prepared.place.partition == "nvs");
    let nvs = 0x9000..0xE000;
    let both = format!("{THEIRS}{}", as_lines(&prepared));
    assert!(
        board.flash()[nvs.clone()] == generated(&both, 0x5000)[..],
        "as if both had been there from the beginning"
    );

    // Again and again: passwords go, pages are tidied up, and theirs stays.
    for round in 0..40 {
        let again = Wishes { networks: den(&format!("open sesame {round}")), ..Wishes::default() };
        set_up(&mut link, &again, &laptop).unwrap();
    }
    let flash = board.flash();
    assert!(!holds(&flash[nvs.clone()], b"open sesame 38") && holds(&flash[nvs], b"open sesame 39"));
    let theirs = kept_by_others(&flash);
    assert_eq!(theirs, ["litres=17", "owner=somebody else", "plan=35 bytes"]);
    let says = Settings::of_board(&mut link, &mut Work::unwatched()).unwrap().says;
    assert!(matches!(says.pairing, Pairing::Paired(_)) && says.name == "porch lamp");
}

/// What is kept in the namespace of others, as a reader of NVS finds it that is not ours.
fn kept_by_others(flash: &[u8]) -> Vec<String> {
    let mut nvs = esp_nvs::Nvs::new(
        0,
        0x5000,
        esp_nvs::mem_flash::MemFlash::from_bytes(flash[0x9000..0xE000].to_vec()),
    )
    .unwrap();
    let namespace = esp_nvs::Key::from_str("garden");
    let key = esp_nvs::Key::from_str;
    vec![
        format!("litres={}", nvs.get::<u32>(&namespace, &key("litres")).unwrap()),
        format!("owner={}", nvs.get::<String>(&namespace, &key("owner")).unwrap()),
        format!("plan={} bytes", nvs.get::<Vec<u8>>(&namespace, &key("plan")).unwrap().len()),
    ]
}

#[test]
fn where_there_is_no_room_nothing_is_written() {
    if is_missing() {
        return;
    }
    let full: String = (0..490).fold("garden,namespace,,\n".to_owned(), |mut lines, n| {
        writeln!(lines, "k{n},data,u32,{n}").unwrap();
        lines
    });
    let (board, laptop) = (with_table(&Table::from_csv(FOREIGN).unwrap()), Laptop::new());
    let mut link = link(&board);
    put(&mut link, 0x9000, &generated(&full, 0x5000));
    let before = board.flash();
    let error = set_up(&mut link, &wishes(), &laptop).unwrap_err();
    assert!(error.to_string().contains("has no room left beside what its firmware keeps there"), "{error}");
    assert!(board.flash() == before);
    assert!(laptop.keys.list().unwrap().is_empty());
}
