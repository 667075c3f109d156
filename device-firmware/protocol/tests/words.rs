//! The frozen words: this list may grow, and never change. A released device says them for as long as it hangs there.

use skylift_protocol as p;

macro_rules! assert_words {
    ($name:ty, $($word:literal),+ $(,)?) => {
        let words: Vec<&str> = <$name>::ALL.iter().map(|word| word.as_str()).collect();
        assert_eq!(words, [$($word),+], stringify!($name));
        for &word in <$name>::ALL {
            assert_eq!(<$name>::from_word(word.as_str()), word);
        }
        assert_eq!(<$name>::from_word("a word of tomorrow"), <$name>::Unknown);
    };
}

#[test]
fn words_are_frozen() {
    assert_words!(
        p::Phase,
        "idle",
        "checking",
        "downloading",
        "verifying",
        "rebooting",
        "pending_validation",
        "preparing"
    );
    assert_words!(p::Outcome, "validated", "rolled_back", "refused", "failed");
    assert_words!(
        p::Reason,
        "panic",
        "watchdog",
        "no_network",
        "not_validated",
        "restarted",
        "validation_interrupted",
        "crash_loop",
        "by_hand",
        "bootloader_refused",
        "unreachable",
        "http_status",
        "withdrawn",
        "no_content_length",
        "wrong_size",
        "link_lost",
        "stalled",
        "digest_mismatch",
        "not_an_image",
        "wrong_chip",
        "wrong_revision",
        "wrong_project",
        "downgrade",
        "unguarded",
        "simulated",
        "mismatch",
        "unsigned",
        "signer_unknown",
        "signature_invalid",
        "signature_unsupported",
        "flash",
        "push_ended",
        "power_lost",
        "wrong_base",
        "bad_stream",
    );
    assert_words!(
        p::ErrorCode,
        "bad_request",
        "malformed",
        "unauthorised",
        "forbidden",
        "not_found",
        "method_not_allowed",
        "timeout",
        "busy",
        "pending_validation",
        "nothing_pending",
        "no_other_image",
        "length_required",
        "wrong_chip",
        "wrong_revision",
        "wrong_project",
        "downgrade",
        "unguarded",
        "simulated",
        "mismatch",
        "unsigned",
        "signer_unknown",
        "signature_invalid",
        "signature_unsupported",
        "not_an_image",
        "encoding",
        "wrong_base",
        "too_large",
        "header_too_large",
        "no_stream",
        "flash",
        "no_wifi",
    );
    assert_words!(
        p::WifiOutcome,
        "trying",
        "joined",
        "not_found",
        "wrong_password",
        "no_address",
        "not_joined",
        "lost",
        "not_reached",
        "not_kept",
    );
    assert_words!(p::SlotState, "undefined", "new", "pending_verify", "valid", "invalid", "aborted");
    assert_words!(p::ValidationState, "valid", "pending", "untracked");
    assert_words!(p::Protection, "guard", "bootloader");
    assert_words!(p::FirmwareKind, "real", "simulated", "foreign");
    assert_words!(p::Access, "open", "paired", "key_damaged");
    assert_words!(p::Encoding, "raw", "compressed", "delta");
    assert_words!(p::Confirm, "auto", "manual");
    assert_words!(
        p::ResetReason,
        "power_on",
        "software",
        "panic",
        "watchdog",
        "brownout",
        "deep_sleep",
        "external"
    );
    assert_words!(
        p::Chip,
        "esp32",
        "esp32s2",
        "esp32c3",
        "esp32s3",
        "esp32c2",
        "esp32c6",
        "esp32h2",
        "esp32p4",
        "esp32c61",
        "esp32c5",
    );
}

#[test]
fn reasons_to_deny_are_frozen() {
    assert_words!(
        p::auth::Denied,
        "missing",
        "malformed",
        "unknown_key",
        "algorithm",
        "incomplete",
        "digest_mismatch",
        "nonce_foreign",
        "nonce_expired",
        "replayed",
        "wrong_signature",
        "key_damaged",
    );
}

#[test]
fn http_statuses_are_frozen() {
    let statuses: Vec<u16> = p::ErrorCode::ALL.iter().map(|code| code.status()).collect();
    assert_eq!(
        statuses,
        [
            400, 400, 401, 403, 404, 405, 408, 409, 409, 409, 409, 411, 412, 412, 412, 412, 412, 412, 412,
            412, 412, 412, 412, 412, 412, 412, 413, 431, 503, 500, 409
        ]
    );
}

#[test]
fn chips_have_esp_idfs_numbers() {
    for &chip in p::Chip::ALL {
        assert_eq!(chip.image_id().map(p::Chip::from_image_id), Some(chip));
    }
    assert_eq!(p::Chip::Esp32C3.image_id(), Some(5));
    assert_eq!(p::Chip::from_image_id(0x7777), p::Chip::Unknown);
}
