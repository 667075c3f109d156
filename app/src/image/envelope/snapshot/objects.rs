//! The objects of a snapshot's program, read without recursion: a hostile one could nest them without end.

use std::borrow::Cow;

use crate::image::envelope::Undecodable;
use crate::image::envelope::reader::Reader;

/// The most values that objects may hold altogether: more do not fit the largest image.
const MAX_VALUES: usize = super::memory::MAX_BYTES / 4;
/// Texts and bytes longer than this lie outside of the heap, and are written as a list.
pub(super) const LONGEST_INSIDE: usize = 1024;

/// What a variable, an element or a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Int(i64),
    /// By its number in [`Objects`].
    Object(usize),
}

/// An object of the heap.
pub(super) struct Object<'a> {
    /// Its class, and what the virtual machine keeps beside it.
    pub header: i64,
    pub body: Body<'a>,
}

pub(super) enum Body<'a> {
    Array(Vec<Value>),
    Text(&'a [u8]),
    Instance(Vec<Value>),
    /// True, false and null: nothing but their header.
    Oddball,
    Float([u8; 8]),
    Bytes(Cow<'a, [u8]>),
}

/// All objects in the order they begin in.
#[derive(Default)]
pub(super) struct Objects<'a> {
    all: Vec<Object<'a>>,
    /// Those that others refer to.
    pub named: Vec<usize>,
    values: usize,
    /// Objects whose values are being read, and how many of these are to come.
    open: Vec<(usize, usize)>,
}

impl<'a> Objects<'a> {
    pub fn get(&self, number: usize) -> Option<&Object<'a>> {
        self.all.get(number)
    }

    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// A counted list of values, with all objects below them.
    pub fn list(&mut self, reader: &mut Reader<'a>) -> Result<Vec<Value>, Undecodable> {
        let count = reader.count()?;
        let mut values = Vec::new();
        for _ in 0..count {
            self.count_value()?;
            values.push(self.value(reader)?);
        }
        Ok(values)
    }

    fn value(&mut self, reader: &mut Reader<'a>) -> Result<Value, Undecodable> {
        let value = self.begin(reader)?;
        while let Some((object, left)) = self.open.last_mut() {
            let object = *object;
            match left.checked_sub(1) {
                Some(less) => *left = less,
                None => {
                    self.open.pop();
                    continue;
                }
            }
            self.count_value()?;
            let value = self.begin(reader)?;
            if let Some(Object { body: Body::Array(values) | Body::Instance(values), .. }) =
                self.all.get_mut(object)
            {
                values.push(value);
            }
        }
        Ok(value)
    }

    fn count_value(&mut self) -> Result<(), Undecodable> {
        self.values += 1;
        if self.values > MAX_VALUES { Err(Undecodable::TooLarge) } else { Ok(()) }
    }

    /// The beginning of a value: all of it, but for the values in an array or an instance, which are left open.
    fn begin(&mut self, reader: &mut Reader<'a>) -> Result<Value, Undecodable> {
        let head = reader.cardinal()?;
        let (kind, extra) = (head & 7, head >> 3);
        match kind {
            0 | 1 => self.object(reader, kind == 1, extra).map(Value::Object),
            2 => {
                let named = usize::try_from(extra).ok().and_then(|index| self.named.get(index));
                let missing = Undecodable::Malformed("it refers to an object that it does not have");
                named.copied().map(Value::Object).ok_or(missing)
            }
            // The complement of two: both signs go around as they do in the virtual machine.
            3 => Ok(Value::Int(reader.cardinal()?.cast_signed())),
            4 => Ok(Value::Int(reader.cardinal()?.wrapping_neg().cast_signed())),
            _ => Err(Undecodable::Malformed("a value in it is of no known kind")),
        }
    }

    fn object(&mut self, reader: &mut Reader<'a>, named: bool, extra: u64) -> Result<usize, Undecodable> {
        let tag = reader.byte()?;
        let number = self.all.len();
        if named {
            self.named.push(number);
        }
        let header = header(reader)?;
        let (body, open) = match tag {
            0 => (Body::Array(Vec::new()), reader.there(extra)?),
            1 => (Body::Text(text(reader, extra)?), 0),
            2 => (Body::Instance(Vec::new()), reader.count()?),
            3 => (Body::Oddball, 0),
            4 => (Body::Float(reader.array()?), 0),
            5 => (Body::Bytes(bytes(reader, extra)?), 0),
            _ => return Err(Undecodable::Malformed("an object in it is of no known kind")),
        };
        self.all.push(Object { header, body });
        if open > 0 {
            self.open.push((number, open));
        }
        Ok(number)
    }
}

/// The header of an object is a number.
fn header(reader: &mut Reader) -> Result<i64, Undecodable> {
    match reader.cardinal()? & 7 {
        3 => Ok(reader.cardinal()?.cast_signed()),
        4 => Ok(reader.cardinal()?.wrapping_neg().cast_signed()),
        _ => Err(Undecodable::Malformed("the header of an object is no number")),
    }
}

fn inside(length: u64) -> Option<usize> {
    usize::try_from(length).ok().filter(|length| *length <= LONGEST_INSIDE)
}

fn text<'a>(reader: &mut Reader<'a>, length: u64) -> Result<&'a [u8], Undecodable> {
    if let Some(length) = inside(length) {
        return reader.bytes(length);
    }
    let ended = reader.list(1)?.split_last();
    ended.map(|(_, text)| text).ok_or(Undecodable::Malformed("a long text has no end"))
}

fn bytes<'a>(reader: &mut Reader<'a>, length: u64) -> Result<Cow<'a, [u8]>, Undecodable> {
    let Some(length) = inside(length) else { return reader.list(1).map(Cow::Borrowed) };
    let wide = |_| Undecodable::Malformed("a byte in it is greater than 255");
    let one = |reader: &mut Reader| u8::try_from(reader.cardinal()?).map_err(wide);
    (0..length).map(|_| one(reader)).collect::<Result<Vec<_>, _>>().map(Cow::Owned)
}
