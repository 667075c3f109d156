//! A second reader of encoded images: whole buffers, and none of the device's code. Format: `updater/SPEC.md`,
//! "Encoded images".

/// What a payload makes.
pub struct Made {
    /// The new file.
    pub bytes: Vec<u8>,
    /// The byte of the payload behind each chunk.
    pub ends: Vec<u32>,
}

/// Makes `new_size` bytes from a payload and the old ones; `None` if it is damaged, or not used up by them.
#[must_use]
pub fn decode(old: &[u8], new_size: usize, chunk_log: u8, payload: &[u8]) -> Option<Made> {
    let mut reader = Reader { old: old.len(), window: old.to_vec(), rest: payload, ..Reader::default() };
    let (mut ends, end) = (Vec::new(), old.len() + new_size);
    while reader.window.len() < end {
        reader.chunk(end.min(reader.window.len() + (1 << chunk_log)))?;
        ends.push((payload.len() - reader.rest.len()) as u32);
    }
    let whole = reader.rest.is_empty();
    whole.then(|| Made { bytes: reader.window.split_off(old.len()), ends })
}

#[derive(Default)]
struct Reader<'a> {
    old: usize,
    /// The old bytes, and behind them the new ones so far.
    window: Vec<u8>,
    rest: &'a [u8],
    probs: Vec<u32>,
    range: u32,
    code: u32,
}

impl Reader<'_> {
    fn chunk(&mut self, end: usize) -> Option<()> {
        self.probs = vec![1024; 1873];
        (self.range, self.code) = (u32::MAX, 0);
        for _ in 0..4 {
            self.code = self.code << 8 | self.byte()?;
        }
        let (mut state, mut repeats) = (0, vec![self.old.max(1); 4]);
        while self.window.len() < end {
            state = self.operation(state, &mut repeats, end)?;
        }
        self.normalise()?;
        (self.code == 0).then_some(())
    }

    /// One operation; the state after it.
    fn operation(&mut self, state: usize, repeats: &mut Vec<usize>, end: usize) -> Option<usize> {
        let parity = (self.window.len() - self.old) % 2;
        if self.bit(state * 2 + parity)? == 0 {
            let (tree, from) =
                if state < 4 { (849, 0) } else { (1361, self.window[self.window.len() - repeats[0]]) };
            let coded = self.tree(tree + parity * 256, 8)?;
            self.window.push(from.wrapping_add(coded as u8));
            return Some([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5][state]);
        }
        let (length, next) = if self.bit(24 + state)? == 1 {
            let which = if self.bit(36 + state)? == 0 {
                0
            } else if self.bit(48 + state)? == 0 {
                1
            } else {
                2 + self.bit(60 + state)? as usize
            };
            let distance = repeats.remove(which);
            repeats.insert(0, distance);
            let length = u64::from(self.number(267, 331)?) + 1;
            let next = match (state, length) {
                (7.., _) => 11,
                (_, 1) => 9,
                _ => 8,
            };
            (length, next)
        } else {
            let number = self.number(72, 136)?;
            let distance = self.number(462 + 64 * number.min(3) as usize, 718)? as usize + 1;
            repeats.insert(0, distance);
            repeats.truncate(4);
            (u64::from(number) + 2, if state < 7 { 7 } else { 10 })
        };
        let room = (end - self.window.len()) as u64;
        if repeats[0] > self.window.len() || length > room {
            return None;
        }
        for _ in 0..length {
            self.window.push(self.window[self.window.len() - repeats[0]]);
        }
        Some(next)
    }

    fn byte(&mut self) -> Option<u32> {
        let (first, rest) = self.rest.split_first()?;
        self.rest = rest;
        Some(u32::from(*first))
    }

    fn normalise(&mut self) -> Option<()> {
        if self.range < 1 << 24 {
            self.range <<= 8;
            self.code = self.code << 8 | self.byte()?;
        }
        Some(())
    }

    fn bit(&mut self, index: usize) -> Option<u32> {
        self.normalise()?;
        let prob = self.probs[index];
        let bound = (self.range >> 11) * prob;
        let bit = u32::from(self.code >= bound);
        if bit == 0 {
            self.range = bound;
            self.probs[index] += (2048 - prob) >> 5;
        } else {
            self.range -= bound;
            self.code -= bound;
            self.probs[index] -= prob >> 5;
        }
        Some(bit)
    }

    fn tree(&mut self, base: usize, bits: u32) -> Option<u32> {
        let mut node = 1;
        for _ in 0..bits {
            node = node << 1 | self.bit(base + node as usize)?;
        }
        Some(node - (1 << bits))
    }

    fn reverse(&mut self, base: usize, bits: u32) -> Option<u32> {
        let (mut node, mut number) = (1, 0);
        for place in 0..bits {
            let bit = self.bit(base + node as usize)?;
            node = node << 1 | bit;
            number |= bit << place;
        }
        Some(number)
    }

    fn number(&mut self, slots: usize, extra: usize) -> Option<u32> {
        let slot = self.tree(slots, 6)?;
        if slot < 4 {
            return Some(slot);
        }
        let bits = (slot >> 1) - 1;
        let top = (2 | slot & 1) << bits;
        if slot < 14 {
            return Some(top + self.reverse(extra + (top - slot) as usize - 1, bits)?);
        }
        let mut direct = 0;
        for _ in 0..bits - 4 {
            self.normalise()?;
            self.range /= 2;
            let bit = u32::from(self.code >= self.range);
            self.code -= self.range * bit;
            direct = direct << 1 | bit;
        }
        Some(top + (direct << 4) + self.reverse(extra + 115, 4)?)
    }
}
