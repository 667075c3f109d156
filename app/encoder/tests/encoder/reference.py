"""The format of encoded images, read by a program that shares nothing with encoder and decoder.

    reference.py OLD STREAM NEW

Writes what STREAM makes of OLD, which is empty for a compressed image, to NEW. Whole files, no speed, every rule checked.
"""

import hashlib
import sys

HALF, MOST = 1 << 10, 1 << 28
# First probability of each table.
KIND, AGAIN, SECOND, THIRD, FOURTH = 0, 24, 36, 48, 60
LENGTH, LENGTH_AGAIN, DISTANCE, BYTE, DIFFERENCE, ALL = 72, 267, 462, 849, 1361, 1873
SLOTS = 64


def sha256(data):
    return hashlib.sha256(data).digest()


class Decisions:
    """The range decoder over one chunk, which begins at `at`."""

    def __init__(self, payload, at):
        self.payload, self.at = payload, at + 4
        self.code = int.from_bytes(payload[at : at + 4], "big")
        self.range = 0xFFFFFFFF
        self.zero = [HALF] * ALL

    def widen(self):
        if self.range < 1 << 24:
            self.range <<= 8
            self.code = (self.code << 8 | self.payload[self.at]) & 0xFFFFFFFF
            self.at += 1

    def bit(self, index):
        self.widen()
        likely = self.zero[index]
        bound = (self.range >> 11) * likely
        if self.code < bound:
            self.range = bound
            self.zero[index] += (2048 - likely) >> 5
            return 0
        self.range -= bound
        self.code -= bound
        self.zero[index] -= likely >> 5
        return 1

    def even(self, count):
        value = 0
        for _ in range(count):
            self.widen()
            self.range >>= 1
            bit = int(self.code >= self.range)
            self.code -= self.range * bit
            value = value << 1 | bit
        return value

    def tree(self, base, bits):
        node = 1
        for _ in range(bits):
            node = node << 1 | self.bit(base + node)
        return node - (1 << bits)

    def tree_from_below(self, base, bits):
        node, value = 1, 0
        for place in range(bits):
            bit = self.bit(base + node)
            node = node << 1 | bit
            value |= bit << place
        return value

    def number(self, slots, extra):
        slot = self.tree(slots, 6)
        if slot < 4:
            return slot
        bits = (slot >> 1) - 1
        first = (2 | slot & 1) << bits
        if slot < 14:
            return first + self.tree_from_below(extra + first - slot - 1, bits)
        high = self.even(bits - 4)
        return first + (high << 4) + self.tree_from_below(extra + 115, 4)


def chunk(decisions, window, old, end):
    """Appends one chunk to the window, up to its place `end`."""
    state, distances = 0, [max(old, 1)] * 4
    while len(window) < end:
        odd = (len(window) - old) & 1
        after_match = state >= 7
        if not decisions.bit(KIND + 2 * state + odd):
            if state < 4:
                window.append(decisions.tree(BYTE + 256 * odd, 8))
            else:
                value = decisions.tree(DIFFERENCE + 256 * odd, 8)
                window.append((value + window[-distances[0]]) % 256)
            state = [0, 0, 0, 0, 1, 2, 3, 4, 5, 6, 4, 5][state]
            continue
        if decisions.bit(AGAIN + state):
            which = 0
            for place, base in enumerate((SECOND, THIRD, FOURTH), 1):
                if not decisions.bit(base + state):
                    break
                which = place
            distances.insert(0, distances.pop(which))
            length = 1 + decisions.number(LENGTH_AGAIN, LENGTH_AGAIN + SLOTS)
            state = 11 if after_match else 9 if length == 1 else 8
        else:
            length = 2 + decisions.number(LENGTH, LENGTH + SLOTS)
            tree = DISTANCE + SLOTS * min(length - 2, 3)
            distances = [1 + decisions.number(tree, DISTANCE + 4 * SLOTS)] + distances[:3]
            state = 10 if after_match else 7
        assert 1 <= distances[0] <= len(window), "a distance leads out of the window"
        assert length <= end - len(window), "an operation crosses the end of its chunk"
        for _ in range(length):
            window.append(window[-distances[0]])
    decisions.widen()
    assert decisions.code == 0, "a chunk does not end where it should"


def decode(old, stream):
    head = stream[:88]
    log = head[5]
    old_size, new_size, size, zero = (int.from_bytes(head[at : at + 4], "little") for at in (8, 12, 16, 20))
    assert head[:5] == b"ODF1\0" and head[6:8] == b"\0\0" and zero == 0 and 12 <= log <= 28
    assert 1 <= new_size <= MOST and old_size <= MOST and size <= MOST
    assert old_size == len(old) and head[24:56] == (sha256(old) if old else bytes(32)), "the base is another one"
    chunks = -(-new_size // (1 << log))
    table, payload = stream[88 : 88 + 8 * chunks], stream[88 + 8 * chunks :]
    assert len(table) == 8 * chunks and len(payload) == size
    window, at = bytearray(old), 0
    for index in range(chunks):
        decisions = Decisions(payload, at)
        chunk(decisions, window, old_size, old_size + min(new_size, (index + 1) << log))
        at = decisions.at
        end, tag = table[8 * index : 8 * index + 4], table[8 * index + 4 : 8 * index + 8]
        assert int.from_bytes(end, "little") == at, "the table names another end of a chunk"
        assert tag == sha256(window[old_size:])[:4], "the table names another tag"
    new = bytes(window[old_size:])
    assert at == size and sha256(new) == head[56:88], "the file is another one"
    return new


if __name__ == "__main__":
    old_path, stream_path, new_path = sys.argv[1:]
    with open(old_path, "rb") as old_file, open(stream_path, "rb") as stream_file, open(new_path, "wb") as new_file:
        new_file.write(decode(old_file.read(), stream_file.read()))
