//! A stand-in for Toit's SDK: what `x.toit` compiles to lies beside it as `x.toit.snapshot`.

use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use crate::toit::envelope::SDK;
use crate::toit::program::Program;
use crate::toit::snapshot::Bundle;

use super::file;
use crate::desk::Desk;

const SCRIPT: &str = r#"#!/bin/sh
case "$1" in
version) echo VERSION; exit;;
compile) [ "$2 $3" = "--snapshot -o" ] || exit 64; out=$4; in=$5;;
*) exit 64;;
esac
grep -q mistake "$in" && { echo "$in:1:1: error: a mistake" >&2; exit 1; }
grep -q endless "$in" && { sleep 600 & echo "begun"; wait; }
echo "read $in"
cp "$in.snapshot" "$out"
"#;

/// Installs it; the folder.
pub fn install(desk: &Desk) -> PathBuf {
    let program = file(desk, "sdk/bin/toit", SCRIPT.replace("VERSION", SDK));
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
    desk.world.home.path().join("sdk")
}

/// A program, and what it compiles to.
pub fn source(desk: &Desk, name: &str, text: &str) -> (PathBuf, Bundle) {
    let bundle = Bundle::new(SDK, Program::saying(name));
    file(desk, &format!("{name}.toit.snapshot"), bundle.to_bytes());
    (file(desk, &format!("{name}.toit"), text), bundle)
}
