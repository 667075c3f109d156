//! The serial protocol by hand, from its document: commands that no good program sends, and every byte of the answers.

use std::io::{ErrorKind, Read as _, Write as _};

use serialport::TTYPort;
use skylift_simulator::serial::Board;
use skylift_tests::wait::until;

use crate::boards::open;

/// What an answer ends with: four bytes from the ROM, two from the stub.
pub type Status = Vec<u8>;

/// Somebody who types commands.
pub struct Hand {
    port: TTYPort,
    came: Vec<u8>,
}

impl Hand {
    /// At a board that waits for a download, in step with it.
    pub fn at(board: &Board) -> Self {
        let mut hand = Self { port: open(board, 115_200), came: Vec::new() };
        hand.sync();
        hand
    }

    /// The same, after which a stub runs. It is none: what the chip would run is not looked at.
    pub fn with_stub(board: &Board) -> Self {
        let mut hand = Self::at(board);
        let entry = 0x4038_0000_u32;
        assert_eq!(hand.command(0x05, &words(&[2048, 1, 2048, entry])), OK_ROM);
        assert_eq!(hand.block(0x07, 0, &[7; 2048]), OK_ROM);
        assert_eq!(hand.command(0x06, &words(&[0, entry])), OK_ROM);
        assert_eq!(hand.frame(), b"OHAI");
        hand
    }

    fn sync(&mut self) {
        self.send(0x08, 0, &[&[7, 7, 0x12, 0x20][..], &[0x55; 32]].concat());
        for _ in 0..8 {
            let answer = self.frame();
            assert_eq!((answer[1], &answer[8..10]), (0x08, &[0, 0][..]), "{answer:?}");
        }
    }

    /// Sends a command, and takes the status of its answer.
    pub fn command(&mut self, op: u8, data: &[u8]) -> Status {
        self.send(op, 0, data);
        self.status(op)
    }

    /// Sends a block with its checksum.
    pub fn block(&mut self, op: u8, number: u32, bytes: &[u8]) -> Status {
        let sum = bytes.iter().fold(0xEF, |sum, byte| sum ^ byte);
        self.block_with(op, number, bytes, sum)
    }

    /// Sends a block with this checksum.
    pub fn block_with(&mut self, op: u8, number: u32, bytes: &[u8], sum: u8) -> Status {
        let data = [words(&[bytes.len() as u32, number, 0, 0]), bytes.to_vec()].concat();
        self.send(op, sum.into(), &data);
        self.status(op)
    }

    /// Sends a command and waits for nothing.
    pub fn send(&mut self, op: u8, checksum: u32, data: &[u8]) {
        let mut packet = vec![0, op];
        packet.extend((data.len() as u16).to_le_bytes());
        packet.extend(checksum.to_le_bytes());
        packet.extend(data);
        self.send_frame(&packet);
    }

    /// Sends anything in a frame.
    pub fn send_frame(&mut self, frame: &[u8]) {
        let mut bytes = vec![0xC0];
        for &byte in frame {
            match byte {
                0xC0 => bytes.extend([0xDB, 0xDC]),
                0xDB => bytes.extend([0xDB, 0xDD]),
                byte => bytes.push(byte),
            }
        }
        bytes.push(0xC0);
        self.port.write_all(&bytes).unwrap();
    }

    /// The data and status of the answer to this command.
    pub fn status(&mut self, op: u8) -> Status {
        let answer = self.frame();
        assert_eq!((answer[0], answer[1]), (1, op), "{answer:02x?}");
        assert_eq!(
            usize::from(u16::from_le_bytes([answer[2], answer[3]])),
            answer.len() - 8,
            "{answer:02x?}"
        );
        answer[8..].to_vec()
    }

    /// The next frame.
    pub fn frame(&mut self) -> Vec<u8> {
        until("the board answers", || self.take_frame())
    }

    /// A frame, if one comes soon.
    fn take_frame(&mut self) -> Option<Vec<u8>> {
        let mut piece = [0; 4096];
        match self.port.read(&mut piece) {
            Ok(len) => self.came.extend_from_slice(&piece[..len]),
            Err(error) => assert_eq!(error.kind(), ErrorKind::TimedOut),
        }
        let from = self.came.iter().position(|&byte| byte == 0xC0)?;
        let to = from + 1 + self.came[from + 1..].iter().position(|&byte| byte == 0xC0)?;
        let frame: Vec<u8> = self.came.drain(..=to).skip(from + 1).collect();
        Some(unescape(&frame[..frame.len() - 1]))
    }
}

/// The status of a command that the ROM has carried out.
pub const OK_ROM: [u8; 4] = [0; 4];
/// The same of the stub.
pub const OK_STUB: [u8; 2] = [0; 2];

fn unescape(frame: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = frame.iter();
    while let Some(&byte) = rest.next() {
        bytes.push(match byte {
            0xDB => match rest.next() {
                Some(0xDC) => 0xC0,
                Some(0xDD) => 0xDB,
                other => panic!("a wrong escape: {other:?}"),
            },
            byte => byte,
        });
    }
    bytes
}

/// Parameters.
pub fn words(words: &[u32]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}
