//! Toit's envelopes: what is read is written back, edited and made into firmware, and that firmware holds what went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift::image::envelope::app_image::AppImage;
use skylift::image::envelope::extract::{
    Config, Content, Firmware, Format, HostFirmware, PartitionContent, Partitions, extract,
};
use skylift::image::envelope::inside::Inside;
use skylift::image::envelope::{Envelope, Esp32Parts, Kind, Start, Value, is_container_name};
use skylift_fuzz::Input;
use skylift_fuzz::toit::{ENTRIES, archive, bundle, envelope, firmware, sealed};

/// The file that the input stands for: itself, or an envelope of the entries in it.
fn file(choice: u8, mut input: Input<'_>) -> Vec<u8> {
    match choice % 4 {
        0 => return input.rest().to_vec(),
        1 => {
            return archive([("$envelope", &b"\x70\xca\xbe\x0a\x08\0\0\0"[..]), ("$metadata", input.rest())]);
        }
        _ => {}
    }
    let mut entries: Vec<(&str, Vec<u8>)> = Vec::new();
    for _ in 0..ENTRIES.len() {
        let kind = input.byte();
        let name = ENTRIES[usize::from(kind & 15) % ENTRIES.len()];
        let bytes = input.counted();
        let data = match kind >> 4 {
            1 => firmware(),
            2 => bundle(bytes),
            3 => bundle(&sealed(bytes)),
            _ => bytes.to_vec(),
        };
        if !entries.iter().any(|(known, _)| *known == name) {
            entries.push((name, data));
        }
    }
    envelope(choice % 4 == 3, entries.iter().map(|(name, data)| (*name, data.as_slice())))
}

/// Written and read again it is the same.
fn stays(envelope: &Envelope) {
    let Ok(bytes) = envelope.to_bytes() else { return };
    assert_eq!(Envelope::parse(&bytes).as_ref().ok(), Some(envelope), "it reads differently");
}

fn edited(mut envelope: Envelope) {
    let names: Vec<String> = envelope.entries().map(|(name, _)| name.to_owned()).collect();
    if envelope.set_property("number", Value::Int(-1)).is_ok() {
        assert_eq!(envelope.property("number"), Some(&Value::Int(-1)));
        stays(&envelope);
    }
    for name in names.iter().filter(|name| is_container_name(name)) {
        let content = envelope.entry(name).map(<[u8]>::to_vec).expect("an entry");
        if envelope.install(name, content, None, Start::default()).is_ok() {
            assert_eq!(envelope.entry(&format!("+{name}")), None);
            stays(&envelope);
        }
        if envelope.uninstall(name).is_ok() {
            assert_eq!(envelope.entry(name), None);
            stays(&envelope);
        }
    }
}

fn for_chip(envelope: &Envelope, config: &Config) {
    let Ok(firmware) = Firmware::extract(envelope, config) else { return };
    assert_eq!(Some(firmware.chip()), envelope.chip());
    let parts = firmware.parts();
    assert_eq!((parts[0].place.start, parts[4].place.end), (0, firmware.as_bytes().len()));
    assert!(parts.windows(2).all(|pair| pair[0].place.end == pair[1].place.start));
    let mut image = AppImage::parse(firmware.as_bytes()).expect("an app image");
    assert_eq!(image.to_bytes(), firmware.as_bytes(), "its checksum or its hash is wrong");
    let containers = envelope.entries().filter(|(name, _)| is_container_name(name)).count();
    match Inside::read(firmware.as_bytes()) {
        Ok(inside) => assert_eq!(inside.expect("containers").containers.len(), containers),
        // Images and assets that are taken as they are may be anything; the table is ours.
        Err(_) => assert_eq!(image.extension().expect("an extension").is_some(), true),
    }
    // Made anew of it, the firmware is what it was without containers.
    let system_snapshot = bundle(&[]);
    let made = Envelope::create_esp32(Esp32Parts {
        firmware_bin: firmware.as_bytes().to_vec(),
        system_snapshot,
        ..Esp32Parts::default()
    });
    image.cut_extension().expect("an extension");
    assert_eq!(made.expect("an envelope").entry("$firmware.bin"), Some(image.to_bytes().as_slice()));
}

fn for_host(envelope: &Envelope, config: &Config) {
    let Ok(firmware) = HostFirmware::extract(envelope, config) else { return };
    let (bytes, parts) = (firmware.as_bytes(), firmware.parts());
    assert_eq!((parts.len(), parts[6].place.end, parts[6].place.len()), (7, bytes.len(), 32));
    for (part, size) in parts.iter().zip(bytes.chunks(4)) {
        let said = u32::from_le_bytes(size.try_into().expect("a word")) as usize;
        assert!(part.kind == "checksum" || part.place.len() == said, "{}", part.kind);
    }
}

fn whole_flash(envelope: &Envelope, config: &Config) {
    let extra = PartitionContent { name: "extra".to_owned(), content: Content::Empty(5000) };
    for partitions in [Partitions::default(), Partitions { table: None, contents: vec![extra] }] {
        let Ok(made) = extract(envelope, Format::Image, config, &partitions) else { continue };
        assert!(made.bytes.len() <= 128 << 20 && made.bytes.len() % (1 << 20) == 0);
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let choice = input.byte();
    let config = match choice >> 6 {
        0 => Config::default(),
        _ => Config::read(input.counted()).unwrap_or_default(),
    };
    let Ok(envelope) = Envelope::parse(&file(choice, input)) else { return };
    assert!(!format!("{envelope:?}").contains("password\":"), "a password is shown");
    stays(&envelope);
    let _ = envelope.containers();
    match envelope.kind() {
        Kind::Esp32 if choice & 4 == 0 => for_chip(&envelope, &config),
        Kind::Esp32 => whole_flash(&envelope, &config),
        Kind::Host => for_host(&envelope, &config),
    }
    edited(envelope);
});
