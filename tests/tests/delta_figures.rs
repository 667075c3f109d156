//! The figures of deltas are measured by hand; that they still can be is seen here.

use skylift_tests::programs::{has, run, stdout};

#[test]
fn what_is_measured_still_fits_the_source_and_the_document() {
    if !has("python3") {
        return;
    }
    let program = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/delta-figures");
    let output = run("python3", &[program, "--check"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(stdout(&output).ends_with("changes fit the source\n"), "{output:?}");
}
