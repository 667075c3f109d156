//! The memory of an image while it is laid out: the part outside of the heap, then the pages of the heap.

use super::SnapshotError;
use crate::image::envelope::{WordSize, relocatable};

/// The most an image may take.
pub(super) const MAX_BYTES: usize = 16 << 20;
/// Each page of the heap begins with the address of the next one, and of its own end of use.
const PAGE_HEAD_WORDS: usize = 2;
/// What the address of an object has in its low bits, and what of them is looked at.
pub(super) const OBJECT_TAG: u64 = 1;
const TAG_MASK: u64 = 3;

/// Memory that is given away from below and never taken back.
pub(super) struct Memory {
    word: WordSize,
    bytes: Vec<u8>,
    /// A bit for each word that is an address.
    marks: Vec<u8>,
    /// Where the part outside of the heap is free, and where it ends.
    free: usize,
    heap: usize,
    /// Where each page in use is free.
    tops: Vec<usize>,
}

/// The heap as the record of the program has it: the addresses of its first and last page, and how many there are.
pub(super) struct Pages {
    pub first: usize,
    pub last: usize,
    pub count: usize,
}

impl Memory {
    /// Memory with `outside` bytes before the heap (rounded up to pages), and `pages` of heap.
    pub fn new(word: WordSize, outside: u64, pages: u32) -> Result<Self, SnapshotError> {
        let page = page(word) as u64;
        let heap = outside.checked_next_multiple_of(page);
        let total = heap.and_then(|heap| heap.checked_add(u64::from(pages) * page));
        let within = |size: Option<u64>| {
            let size = size.and_then(|size| usize::try_from(size).ok());
            size.filter(|size| *size <= MAX_BYTES).ok_or(SnapshotError::TooLarge)
        };
        let (heap, total) = (within(heap)?, within(total)?);
        let marks = vec![0; total / word.bytes() / 8];
        let mut memory = Self { word, bytes: vec![0; total], marks, free: 0, heap, tops: Vec::new() };
        memory.open_page()?;
        Ok(memory)
    }

    /// All of it, in bytes.
    pub fn len(&self) -> usize {
        self.bytes.len()
    }

    /// The address of so many free bytes outside of the heap.
    pub fn outside(&mut self, bytes: usize) -> Result<usize, SnapshotError> {
        let at = self.free;
        let end = at + bytes.next_multiple_of(self.word.bytes());
        if end > self.heap {
            return Err(SnapshotError::Overfull);
        }
        self.free = end;
        Ok(at)
    }

    /// The address of so many free bytes in the heap. No object goes over the end of a page.
    pub fn inside(&mut self, bytes: usize) -> Result<usize, SnapshotError> {
        let bytes = bytes.next_multiple_of(self.word.bytes());
        if bytes > page(self.word) - PAGE_HEAD_WORDS * self.word.bytes() {
            return Err(SnapshotError::Overfull);
        }
        let end = self.heap + self.tops.len() * page(self.word);
        if self.tops.last().is_none_or(|top| top + bytes > end) {
            self.open_page()?;
        }
        let top = self.tops.last_mut().ok_or(SnapshotError::Overfull)?;
        let at = *top;
        *top += bytes;
        Ok(at)
    }

    fn open_page(&mut self) -> Result<(), SnapshotError> {
        let at = self.page_at(self.tops.len());
        if at + page(self.word) > self.bytes.len() {
            return Err(SnapshotError::Overfull);
        }
        self.tops.push(at + PAGE_HEAD_WORDS * self.word.bytes());
        Ok(())
    }

    fn page_at(&self, index: usize) -> usize {
        self.heap + index * page(self.word)
    }

    /// Writes the heads of the pages: nothing is put into the heap afterwards.
    pub fn chain_pages(&mut self) -> Result<Pages, SnapshotError> {
        let tops = std::mem::take(&mut self.tops);
        let last = tops.len().saturating_sub(1);
        for (index, top) in tops.iter().enumerate() {
            let at = self.page_at(index);
            let next = if index == last { 0 } else { self.page_at(index + 1) };
            self.put_address(at, next)?;
            self.put_address(at + self.word.bytes(), *top)?;
        }
        Ok(Pages { first: self.heap, last: self.page_at(last), count: tops.len() })
    }

    /// Bytes as they are.
    pub fn put(&mut self, at: usize, bytes: &[u8]) -> Result<(), SnapshotError> {
        let place = at.checked_add(bytes.len()).and_then(|end| self.bytes.get_mut(at..end));
        place.ok_or(SnapshotError::Overfull)?.copy_from_slice(bytes);
        Ok(())
    }

    /// A number as wide as a word.
    pub fn put_word(&mut self, at: usize, value: u64) -> Result<(), SnapshotError> {
        self.put(at, value.to_le_bytes().get(..self.word.bytes()).unwrap_or_default())
    }

    /// A number as wide as half a word.
    pub fn put_half_word(&mut self, at: usize, value: u16) -> Result<(), SnapshotError> {
        self.put(at, u64::from(value).to_le_bytes().get(..self.word.bytes() / 2).unwrap_or_default())
    }

    /// An address. It moves with the image, unless there is none.
    pub fn put_address(&mut self, at: usize, address: usize) -> Result<(), SnapshotError> {
        if address != 0 {
            self.mark(at);
        }
        self.put_word(at, address as u64)
    }

    /// The address of the image itself.
    pub fn put_base(&mut self, at: usize) -> Result<(), SnapshotError> {
        self.mark(at);
        self.put_word(at, 0)
    }

    /// A small number or the address of an object, told apart by their low bits.
    pub fn put_value(&mut self, at: usize, value: u64) -> Result<(), SnapshotError> {
        if value & TAG_MASK == OBJECT_TAG {
            self.mark(at);
        }
        self.put_word(at, value)
    }

    fn mark(&mut self, at: usize) {
        let word = at / self.word.bytes();
        if let Some(marks) = self.marks.get_mut(word / 8) {
            *marks |= 1 << (word % 8);
        }
    }

    /// The relocatable image.
    pub fn finish(&self) -> Vec<u8> {
        relocatable::with_masks(&self.bytes, &self.marks, self.word)
    }
}

/// A page of the heap, in bytes.
const fn page(word: WordSize) -> usize {
    match word {
        WordSize::W32 => 4096,
        WordSize::W64 => 32 * 1024,
    }
}
