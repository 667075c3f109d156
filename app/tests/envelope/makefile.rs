//! The recipe that tutorials give, as a Makefile: an envelope is downloaded and unpacked, programs are compiled and
//! installed, WiFi is set, and an image comes out. Toit's own tools are replaced; `make` is the real one.
#![cfg(unix)]

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;
use std::thread;

use crate::bench::*;
use crate::toit::archive::gzip;
use crate::toit::body::Chip;
use crate::toit::envelope::{Container, Envelope, SDK};
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

const MAKEFILE: &str = r#"
PROGRAMS := validate sensor

ota.bin: ready.envelope
	$(FIRMWARE) -e $< extract --format=binary -o $@

ready.envelope: firmware-esp32.envelope $(PROGRAMS:=.snapshot)
	cp $< $@
	$(FIRMWARE) -e $@ container install validate validate.snapshot
	$(FIRMWARE) container install sensor sensor.snapshot --trigger=none --critical -e $@
	$(FIRMWARE) -e $@ property set wifi '{"wifi.ssid": "$(SSID)", "wifi.password": "$(PASSWORD)"}'

firmware-esp32.envelope: firmware-esp32.gz
	gunzip -c $< > $@

firmware-esp32.gz:
	curl --fail --silent --show-error -o $@ $(DOWNLOADS)/$@

%.snapshot: %.toit
	$(TOIT_COMPILE) -w $@ $<
"#;

/// In place of a compiler: it knows the outcome already.
const COMPILER: &str = r#"#!/bin/sh
test "$1" = -w || exit 64
cp "compiled/$(basename "$3" .toit)" "$2"
"#;

/// Serves one file once, under any name. Gives its address.
fn served(bytes: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            head.extend(byte);
        }
        let reply =
            format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", bytes.len());
        stream.write_all(&[reply.as_bytes(), &bytes].concat()).unwrap();
    });
    format!("http://{address}")
}

#[test]
fn the_makefile_of_the_tutorial() {
    if is_missing("make") || is_missing("curl") {
        return;
    }
    let bench = Bench::with("Makefile", MAKEFILE.as_bytes());
    let program = |name: &str| Bundle::new(SDK, Program::saying(name));
    std::fs::create_dir(bench.path("compiled")).unwrap();
    for name in ["validate", "sensor"] {
        bench.write(&format!("{name}.toit"), "main: print \"compiled elsewhere\"");
        bench.write(&format!("compiled/{name}"), program(name).to_bytes());
    }
    bench.write("compile", COMPILER);
    std::fs::set_permissions(bench.path("compile"), std::fs::Permissions::from_mode(0o755)).unwrap();
    let mut envelope = Envelope::new(Chip::Esp32);
    let downloads = served(gzip(&envelope.to_bytes()));

    let output = bench
        .program("make")
        .arg(format!("FIRMWARE={} envelope", env!("CARGO_BIN_EXE_skylift")))
        .args(["TOIT_COMPILE=./compile", "SSID=Attic", &format!("PASSWORD={PASSWORD}")])
        .arg(format!("DOWNLOADS={downloads}"))
        .env("no_proxy", "*")
        .output()
        .unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success(), "{said}");
    assert_eq!(said.lines().filter(|line| line.starts_with("warning: ")).count(), 1, "{said}");

    envelope.containers.push(Container::snapshot("validate", program("validate")));
    envelope.containers.push(Container { flags: 2, ..Container::snapshot("sensor", program("sensor")) });
    envelope.wifi = Some(("Attic".to_owned(), PASSWORD.to_owned()));
    same(&bench.read("ota.bin"), &envelope.app_image(&[]));
    let inspected = bench.skylift(&["inspect", "ota.bin", "--json"]);
    assert!(inspected.status.success(), "{inspected:?}");
    assert_eq!(bench.mode("ota.bin"), 0o600);
}

fn is_missing(program: &str) -> bool {
    if Command::new(program).arg("--version").output().is_ok() {
        return false;
    }
    println!("SKIPPED: {program} is not installed");
    assert!(std::env::var_os("SKYLIFT_REQUIRE_ALL").is_none(), "nothing may be skipped here: {program}");
    true
}
