//! TISON against bytes worked out by hand.

use proptest::prelude::*;

use super::*;

#[test]
fn values_are_written_as_toit_writes_them() {
    let wifi = Value::Map(vec![("wifi.ssid".to_owned(), Value::Text("Attic".to_owned()))]);
    for (value, payload) in [
        (Value::Int(5), b"\x01\x05".as_slice()),
        (Value::Int(300), b"\x01\xac\x02"),
        (Value::Int(-1), b"\x02\x01"),
        (Value::Int(i64::MAX), b"\x08\xff\xff\xff\xff\xff\xff\xff\x7f"),
        (Value::Null, b"\x03"),
        (Value::List(vec![Value::Bool(true), Value::Bool(false)]), b"\x06\x02\x04\x05"),
        (Value::Float(1.0), b"\x07\0\0\0\0\0\0\xf0\x3f"),
        (Value::Bytes(vec![9, 8]), b"\x0d\x02\x09\x08"),
        (wifi, b"\x09\x01\x0b\x09wifi.ssid\x0b\x05Attic"),
    ] {
        let whole = [&MAGIC, [u8::try_from(payload.len()).unwrap()].as_slice(), payload].concat();
        assert_eq!(encode(&value).unwrap(), whole, "{value:?}");
        assert_eq!(decode(&whole).unwrap(), value);
        assert_eq!(decode(&whole[..whole.len() - 1]), Err(Undecodable::Truncated));
    }
}

#[test]
fn nothing_is_nested_deeper_than_the_virtual_machine_nests() {
    let nested = |depth| (0..depth).fold(Value::Null, |value, _| Value::List(vec![value]));
    assert!(decode(&encode(&nested(7)).unwrap()).is_ok());
    assert_eq!(encode(&nested(8)), Err(Undecodable::TooDeep));
    // Eight lists with nothing in the last.
    let empty = (0..7).fold(Value::List(Vec::new()), |value, _| Value::List(vec![value]));
    assert!(decode(&encode(&empty).unwrap()).is_ok());
    let deep = [&MAGIC, b"\x13".as_slice(), &b"\x06\x01".repeat(9), b"\x03"].concat();
    assert_eq!(decode(&deep), Err(Undecodable::TooDeep));
}

proptest! {
    #[test]
    fn whole_numbers_read_back(number: i64) {
        prop_assert_eq!(decode(&encode(&Value::Int(number)).unwrap()).unwrap(), Value::Int(number));
    }

    #[test]
    fn arbitrary_bytes_do_no_harm(payload in prop::collection::vec(0_u8..16, 0..60)) {
        let length = u8::try_from(payload.len()).unwrap();
        let _ = decode(&[&MAGIC, [length].as_slice(), &payload].concat());
    }
}
