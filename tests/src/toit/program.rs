//! A compiled program as a model: what its snapshot is written from, and independently of that its image.

/// What stands in a table or a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Slot {
    /// A number. Too large ones become objects in an image.
    Int(i64),
    /// The object of this number. An object refers only to earlier ones.
    Object(usize),
}

/// What an object is made of.
#[derive(Clone, Debug)]
pub enum Content {
    /// An array.
    Array(Vec<Slot>),
    /// A string.
    Text(Vec<u8>),
    /// An instance of a class, with its fields.
    Instance(Vec<Slot>),
    /// `null`, `true` or `false`.
    Oddball,
    /// A number with a fraction.
    Float(f64),
    /// A byte array.
    Bytes(Vec<u8>),
}

/// An object of the heap.
#[derive(Clone, Debug)]
pub struct Object {
    /// Its class, as the number in front of it.
    pub header: i64,
    /// What it is made of.
    pub content: Content,
}

impl Object {
    /// The slots in it, in their order.
    #[must_use]
    pub fn slots(&self) -> &[Slot] {
        match &self.content {
            Content::Array(slots) | Content::Instance(slots) => slots,
            _ => &[],
        }
    }
}

/// A compiled program. [`Program::sample`] has an object of every kind.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// The objects.
    pub objects: Vec<Object>,
    /// The size and the tag of every class: the tag in the low four bits, bit 4 clear.
    pub class_bits: Vec<u16>,
    /// The class of large integers.
    pub large_class: u32,
    /// Global variables.
    pub globals: Vec<Slot>,
    /// Literals.
    pub literals: Vec<Slot>,
    /// Roots.
    pub roots: Vec<Slot>,
    /// The ids of the builtin classes, numbers all.
    pub classes: Vec<Slot>,
    /// Offsets of the bytecodes that invoke, from -1.
    pub invokes: Vec<i32>,
    /// Indexes of the entry points; `None` for one that is missing.
    pub entries: Vec<Option<u32>>,
    /// Class check ids.
    pub class_checks: Vec<u16>,
    /// Interface check selectors.
    pub interface_checks: Vec<u16>,
    /// The dispatch table.
    pub dispatch: Vec<i32>,
    /// The bytecodes.
    pub bytecodes: Vec<u8>,
    /// The global maximum of the stack's height.
    pub max_height: u32,
}

impl Program {
    /// A program with an object of every kind, long and short, shared and not; its heap has more than one page of 32 bits.
    #[must_use]
    pub fn sample() -> Self {
        let mut program = Self {
            class_bits: vec![0x0040, 0x0081, 0x00c2, 0x0043, 0x0104, 0x0065, 0x0146],
            large_class: 5,
            classes: (0..5).map(Slot::Int).collect(),
            invokes: vec![-1, 0, 17, 300],
            entries: vec![Some(3), None, Some(200_000)],
            class_checks: vec![0, 7, 7, 65535],
            interface_checks: vec![3],
            dispatch: vec![-1, 0, 70000, -70000, 5],
            bytecodes: (0..997_u32).map(|at| (at * 31 % 251) as u8).collect(),
            max_height: 321,
            ..Self::default()
        };
        program.fill();
        program
    }

    /// [`Program::sample`] with another text in it: another snapshot.
    #[must_use]
    pub fn saying(text: &str) -> Self {
        let mut program = Self::sample();
        let text = program.add(7, Content::Text(text.as_bytes().to_vec()));
        program.literals.push(text);
        program
    }

    /// Adds an object.
    pub fn add(&mut self, class: i64, content: Content) -> Slot {
        self.objects.push(Object { header: class << 5 | 3, content });
        Slot::Object(self.objects.len() - 1)
    }

    fn fill(&mut self) {
        let null = self.add(0, Content::Oddball);
        let yes = self.add(1, Content::Oddball);
        let empty = self.add(2, Content::Text(Vec::new()));
        let word = self.add(2, Content::Text("grüezi".into()));
        let edge = self.add(2, Content::Text(vec![b'e'; 1024]));
        let long = self.add(2, Content::Text(vec![b'l'; 1025]));
        let float = self.add(3, Content::Float(-12.625));
        let bytes = self.add(4, Content::Bytes((0..=255).collect()));
        let edge_bytes = self.add(4, Content::Bytes(vec![0xe7; 1024]));
        let long_bytes = self.add(4, Content::Bytes(vec![0x18; 3000]));
        let none = self.add(5, Content::Array(Vec::new()));
        let (smallest, beyond) = (Slot::Int(-(1 << 30)), Slot::Int(1 << 30));
        let numbers = self.add(5, Content::Array(vec![Slot::Int(0), Slot::Int(-1), smallest, beyond]));
        let point = self.add(6, Content::Instance(vec![numbers, word, null, Slot::Int(i64::MIN)]));
        let nested = self.add(5, Content::Array(vec![point, none, point, long, long_bytes]));
        let many = self.add(5, Content::Array((0..700).map(Slot::Int).collect()));
        self.globals = vec![null, nested, Slot::Int(42), beyond];
        self.literals = vec![word, edge, long, float, bytes, edge_bytes, Slot::Int(1 << 62), many];
        self.roots = vec![null, yes, empty, none, Slot::Int(-7)];
    }
}
