//! UBJSON against bytes worked out by hand.

use proptest::prelude::*;

use super::super::Value;
use super::*;

#[test]
fn values_are_written_as_toit_writes_them() {
    let text = |text: &str| Value::Text(text.to_owned());
    for (value, bytes) in [
        (Value::Null, b"Z".as_slice()),
        (Value::Bool(true), b"T"),
        (Value::Int(200), b"U\xc8"),
        (Value::Int(-128), b"i\x80"),
        (Value::Int(-200), b"I\xff\x38"),
        (Value::Int(256), b"I\x01\x00"),
        (Value::Int(32768), b"l\x00\x00\x80\x00"),
        (Value::Int(-2_147_483_649), b"L\xff\xff\xff\xff\x7f\xff\xff\xff"),
        (Value::Float(1.0), b"D\x3f\xf0\0\0\0\0\0\0"),
        (text("ab"), b"SU\x02ab"),
        (Value::Bytes(vec![1, 2]), b"[$U#U\x02\x01\x02"),
        (Value::List(vec![Value::Null]), b"[#U\x01Z"),
        (Value::Map(vec![("k".to_owned(), Value::Bool(false))]), b"{#U\x01U\x01kF"),
    ] {
        assert_eq!(encode(&value), bytes, "{value:?}");
        assert_eq!(decode(bytes).unwrap(), value);
    }
}

#[test]
fn what_others_write_is_read_too() {
    let ints = Value::List(vec![Value::Int(1), Value::Int(-1)]);
    for bytes in [b"[$i#U\x02\x01\xff".as_slice(), b"[i\x01Ni\xff]", b"N[#i\x02U\x01i\xffNN"] {
        assert_eq!(decode(bytes).unwrap(), ints);
    }
    let map = Value::Map(vec![("k".to_owned(), Value::Int(3))]);
    for bytes in [b"{U\x01kU\x03}".as_slice(), b"{$U#U\x01U\x01k\x03"] {
        assert_eq!(decode(bytes).unwrap(), map);
    }
}

#[test]
fn broken_ones_are_refused() {
    let deep = b"[".repeat(100_000);
    let many = b"[$Z#l\x7f\xff\xff\xff".to_vec();
    for wrong in [
        b"".as_slice(),
        b"?",
        b"SU\x05ab",
        b"[#i\xff",
        b"[$U",
        b"{#U\x01",
        b"ZZ",
        b"SU\x01\xff",
        &deep,
        &many,
    ] {
        assert!(decode(wrong).is_err(), "{:?}", wrong.get(..10));
    }
}

proptest! {
    #[test]
    fn whole_numbers_read_back(number: i64) {
        prop_assert_eq!(decode(&encode(&Value::Int(number))).unwrap(), Value::Int(number));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(bytes: Vec<u8>, shaped in "[\\[{$#UiIlLSZTFN\\]}\\x00-\\x03]{0,40}") {
        let _ = decode(&bytes);
        let _ = decode(shaped.as_bytes());
    }
}
