//! Pairs of images: some like firmware and its next version, some like nothing else.

/// Numbers that are the same in every run of a seed.
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// 0 to `below`, exclusive. Splitmix64.
    pub fn below(&mut self, below: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) % below as u64) as usize
    }

    pub fn bytes(&mut self, len: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(256) as u8).collect()
    }
}

/// Bytes as a compiler makes them: few instructions, many of them often, some with addresses in them, and texts.
pub fn firmware(seed: u64, len: usize) -> Vec<u8> {
    let mut numbers = Numbers::new(seed);
    let words: Vec<[u8; 4]> = (0..400).map(|_| numbers.bytes(4).try_into().unwrap()).collect();
    let mut bytes = Vec::with_capacity(len + 64);
    while bytes.len() < len {
        match numbers.below(100) {
            0 => bytes.extend(b"the next text in the table of texts, "),
            1..5 => bytes.extend([0; 8]),
            5..30 => {
                // A call: an opcode, and an address near the place it is at.
                let to = bytes.len() / 2 + numbers.below(4096);
                bytes.extend([0xEF, (to >> 4) as u8, (to >> 12) as u8, 0x40 + (to & 3) as u8]);
            }
            _ => {
                // The square makes some of them frequent.
                let index = numbers.below(400) * numbers.below(400) / 400;
                bytes.extend(words[index]);
            }
        }
    }
    bytes.truncate(len);
    bytes
}

/// What can happen to a part of an image. Places and lengths are taken modulo what there is.
#[derive(Clone, Debug)]
pub enum Edit {
    /// Other bytes at this place.
    Overwrite { at: usize, bytes: Vec<u8> },
    /// Bytes come in, and all behind moves.
    Insert { at: usize, bytes: Vec<u8> },
    /// Bytes go.
    Remove { at: usize, len: usize },
    /// A part lies elsewhere.
    Move { from: usize, len: usize, to: usize },
    /// A part is there twice.
    Repeat { from: usize, len: usize },
    /// Every so many bytes, one is greater: addresses after something was inserted before what they lead to.
    Shift { from: usize, every: usize, by: u8 },
    /// One byte, often.
    Fill { at: usize, len: usize, byte: u8 },
}

impl Edit {
    /// The bytes after it; never none.
    pub fn of(&self, mut image: Vec<u8>) -> Vec<u8> {
        let len = image.len();
        let part = |from: usize, most: usize| from % len..(from % len + most).min(len);
        match self {
            Self::Overwrite { at, bytes } => {
                let part = part(*at, bytes.len());
                image[part.clone()].copy_from_slice(&bytes[..part.len()]);
            }
            Self::Insert { at, bytes } => drop(image.splice(at % len..at % len, bytes.iter().copied())),
            Self::Remove { at, len: gone } if len > gone + 1 => drop(image.drain(part(*at, *gone))),
            Self::Remove { .. } => {}
            Self::Move { from, len: moved, to } => {
                let moved: Vec<u8> = image.drain(part(*from, *moved)).collect();
                let to = to % (image.len() + 1);
                image.splice(to..to, moved);
            }
            Self::Repeat { from, len } => image.extend_from_within(part(*from, *len)),
            Self::Shift { from, every, by } => {
                image
                    .iter_mut()
                    .skip(from % len)
                    .step_by(*every)
                    .for_each(|byte| *byte = byte.wrapping_add(*by));
            }
            Self::Fill { at, len, byte } => image[part(*at, *len)].fill(*byte),
        }
        image
    }
}

/// Pairs of old and new, each for one thing that an encoder can get wrong; the old one may be empty.
pub fn corners() -> Vec<(Vec<u8>, Vec<u8>)> {
    let code = firmware(7, 30_000);
    let noise = Numbers::new(8).bytes(5000);
    let mut pairs = vec![
        (vec![], vec![0]),
        (vec![1], vec![1]),
        (vec![1, 2, 3], vec![3, 2]),
        (vec![0; 100_000], vec![0; 100_000]),
        (vec![0xFF; 4096], vec![0; 4097]),
        (vec![], vec![0xFF; 70_000]),
        (noise.clone(), noise.clone()),
        (noise.clone(), code.clone()),
        (code.clone(), noise.clone()),
        (vec![], noise),
        (code.clone(), code[..1].to_vec()),
        (code[..1].to_vec(), code.clone()),
        (code.clone(), [&code[15_000..], &code[..15_000]].concat()),
        (vec![], (0..20_000).map(|at| (at / 3) as u8).collect()),
        (vec![], b"ab".repeat(9000)),
    ];
    // Pages and chunks, and a byte to either side.
    for border in [4096, 8192, 16_384] {
        for len in border - 1..=border + 1 {
            pairs.push((code.clone(), code[..len].iter().map(|byte| byte ^ 1).collect()));
            pairs.push((vec![], code[..len].to_vec()));
        }
    }
    pairs
}
