//! JSON against texts worked out by hand from the rules of Toit's library.

use proptest::prelude::*;

use super::super::{Undecodable, Value};
use super::{decode, encode};

fn again(text: &str) -> String {
    let value = decode(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
    String::from_utf8(encode(&value).unwrap()).unwrap()
}

#[test]
fn numbers_are_written_as_toit_writes_them() {
    for (read, written) in [
        ("1.0", "1.0"),
        ("1e0", "1.0"),
        ("-0.0", "-0.0"),
        ("0.5", "0.5"),
        ("100000000000000000000.0", "100000000000000000000.0"),
        ("123456.75", "123456.75"),
        ("1e21", "1e21"),
        ("1.5E+21", "1.5e21"),
        ("0.00001", "0.00001"),
        ("0.000001", "0.000001"),
        ("1.5e-7", "1.5e-07"),
        ("-2e-100", "-2e-100"),
        ("01", "1"),
        ("-9223372036854775808", "-9223372036854775808"),
    ] {
        assert_eq!(again(read), written);
    }
}

#[test]
fn texts_are_escaped_as_toit_escapes_them() {
    let text = Value::Text("\u{8}\u{c}\n\r\t\"\\/\u{1}\u{1f}\u{7f}é😀".to_owned());
    let written = "\"\\b\\f\\n\\r\\t\\\"\\\\/\\u0001\\u001f\u{7f}é😀\"";
    assert_eq!(String::from_utf8(encode(&text).unwrap()).unwrap(), written);
    assert_eq!(decode(written.as_bytes()).unwrap(), text);
    assert_eq!(again(r#""\u00e9\ud83d\ude00\/""#), "\"é😀/\"");
}

#[test]
fn maps_keep_their_order_and_the_last_of_equal_keys() {
    assert_eq!(again(r#" { "b" : 1 , "a" : [ ] , "b" : null } "#), r#"{"b":null,"a":[]}"#);
    assert_eq!(again("[true,false,{}]"), "[true,false,{}]");
}

#[test]
fn what_is_no_json_is_refused() {
    for wrong in [
        "",
        "+1",
        ".5",
        "NaN",
        "-",
        "1e",
        "1-2",
        "9223372036854775808",
        "1e999",
        "tru",
        "nulL",
        "{",
        "[1,]",
        "[1 2]",
        "{1:2}",
        "\"",
        "\"\\u12\"",
        r#""\ud800""#,
        r#""\ud800\u0041""#,
        r#""\udc00""#,
        "1 2",
        "battery staple",
    ] {
        assert!(decode(wrong.as_bytes()).is_err(), "{wrong}");
    }
    assert_eq!(decode(b"\"\xff\""), Err(Undecodable::NotText));
    assert_eq!(decode(&b"[".repeat(100_000)), Err(Undecodable::TooDeep));
    assert!(decode(&[b"[".repeat(64), b"]".repeat(64)].concat()).is_ok());
}

#[test]
fn what_json_has_not_is_refused() {
    for wrong in [Value::Float(f64::NAN), Value::Float(f64::INFINITY), Value::Bytes(vec![1])] {
        assert!(encode(&wrong).is_err());
    }
}

proptest! {
    #[test]
    fn every_finite_number_reads_back(number in any::<f64>().prop_filter("finite", |n| n.is_finite())) {
        let text = encode(&Value::Float(number)).unwrap();
        prop_assert_eq!(decode(&text).unwrap(), Value::Float(number));
    }

    #[test]
    fn every_text_reads_back(text in ".*") {
        let value = Value::List(vec![Value::Text(text)]);
        prop_assert_eq!(decode(&encode(&value).unwrap()).unwrap(), value);
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(text in "[\\[\\]{}\",:\\\\u0-9eE.tfn-]{0,60}", bytes: Vec<u8>) {
        let _ = decode(text.as_bytes());
        let _ = decode(&bytes);
    }
}
