//! Range headers: the server selects the bytes that a slow reading of the RFC selects, one by one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use skylift::server::{Selection, select};
use skylift_fuzz::Input;

/// RFC 9110, 14.1.2: the bytes of one range, as a list; `None` for a text that is no range.
fn selected(spec: &str, length: u128) -> Option<Vec<u128>> {
    let (first, last) = spec.split_once('-')?;
    let number = |text: &str| {
        let digits = !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
        // No image has more bytes than the largest number that is told apart.
        digits.then(|| text.parse::<u128>().unwrap_or(u128::MAX))
    };
    let is_in: Box<dyn Fn(u128) -> bool> = match (first, last) {
        ("", count) => {
            let count = number(count)?;
            Box::new(move |at| at >= length.saturating_sub(count))
        }
        (first, "") => {
            let first = number(first)?;
            Box::new(move |at| at >= first)
        }
        (first, last) => {
            let (first, last) = (number(first)?, number(last)?);
            if u64::try_from(first).unwrap_or(u64::MAX) > u64::try_from(last).unwrap_or(u64::MAX) {
                return None;
            }
            Box::new(move |at| (first..=last).contains(&at))
        }
    };
    Some((0..length).filter(|&at| is_in(at)).collect())
}

fn naive(header: &str, length: u64) -> Selection {
    let Some((unit, list)) = header.split_once('=') else { return Selection::Whole };
    let specs: Vec<&str> =
        list.split(',').map(|spec| spec.trim_matches([' ', '\t'])).filter(|spec| !spec.is_empty()).collect();
    let ([spec], true) = (&*specs, unit.to_ascii_lowercase() == "bytes") else { return Selection::Whole };
    match selected(spec, length.into()) {
        None => Selection::Whole,
        Some(bytes) => match (bytes.first(), bytes.last()) {
            (Some(&first), Some(&last)) => Selection::Part(first as u64..last as u64 + 1),
            _ => Selection::Unsatisfiable,
        },
    }
}

fuzz_target!(|data: &[u8]| {
    let mut input = Input::new(data);
    let small = u64::from(input.byte() % 40);
    let large = u64::from_le_bytes(input.array());
    let Ok(header) = str::from_utf8(input.rest()) else { return };
    assert_eq!(select(header, small), naive(header, small));
    if let Selection::Part(bytes) = select(header, large) {
        assert!(bytes.start < bytes.end && bytes.end <= large);
    }
});
