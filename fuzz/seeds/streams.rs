//! Encoded images: of demo images, and of bytes that are copied, repeated and changed.

use skylift_encoder::{ChunkLog, encode, unwatched};
use skylift_fuzz::images;
use skylift_simulator::demo_image::{DemoImage, MIN_SIZE};
use skylift_updater::stream::Header;

use super::Seeds;

pub fn add(seeds: &mut Seeds<'_>) {
    let squares: Vec<u8> = (0..200_u32).map(|index| (index * index) as u8).collect();
    let mut edited = squares.clone();
    edited[20] ^= 5;
    edited.extend_from_slice(b"to be or not to be, that is the question: to be, or not");
    edited.extend_from_slice(&squares[..90]);
    let steps: Vec<u8> = (0..9000_u32).map(|index| (index / 100) as u8).collect();
    for (old, new) in
        [(&[][..], &edited), (&squares, &edited), (&[], &steps), (&squares, &steps), (&[], &vec![0; 20_000])]
    {
        both(seeds, old, new);
    }
    let image = |version: &str, size| {
        DemoImage { version: version.into(), size, ..DemoImage::default() }.build().expect("an image")
    };
    for new in [image("1.0.1", MIN_SIZE), image("2.0.0", 6000)] {
        both(seeds, &[], &new);
        both(seeds, images::good(), &new);
    }
}

/// A stream for the decoder, and one for the writer where that runs what it builds on.
fn both(seeds: &mut Seeds<'_>, old: &[u8], new: &[u8]) {
    for log in [12, 14] {
        let chunks = ChunkLog::new(log).expect("a size of chunks");
        let Ok(stream) = encode(old, new, chunks, &mut unwatched) else { continue };
        let header = stream.first_chunk().and_then(|head| Header::parse(head).ok()).expect("a head");
        let payload = &stream[header.payload_at() as usize..];
        let base = [&(old.len() as u16).to_le_bytes(), old].concat();
        seeds.add("stream", &[0, 255], [&base, &stream[..]].concat());
        let size = (new.len() as u32 - 1).to_le_bytes();
        seeds.add("stream", &[1 | (log - 12) << 1, 60], [&base, &size[..2], payload].concat());
        let delta = u8::from(!old.is_empty());
        if delta == 0 || old == images::good() {
            for how in [0, 4 | 8 | 16] {
                seeds.add("stream_writer", &[how | delta, 20, log - 12], [&size, payload].concat());
            }
            seeds.add("stream_writer", &[2 | delta, 255], &stream);
        }
    }
}
