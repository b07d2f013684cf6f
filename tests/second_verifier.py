"""A verifier of a second kind, written from docs/ledger.md alone: it imports nothing of the spooler's, no MessagePack
library and no cryptography, so that a mistake of ours and its twin cannot cover each other.

Slow on purpose: Ed25519 is that of RFC 8032 (section 5.1), in whole numbers.
"""

import hashlib
import zlib
from typing import Any, NamedTuple

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


class Bad(Exception):  # noqa: N818
    """(position that should come next, why)"""


class State(NamedTuple):
    position: int
    hash: bytes
    chain: str
    n: int
    at_ms: int


# -- MessagePack, as much of it as a ledger has ----------------------------------------------------------------


def unpack(data: bytes, at: int = 0) -> tuple[Any, int]:
    """(value, where it ends). Raises IndexError where the data ends too early, ValueError for anything else."""
    tag, at = data[at], at + 1
    if tag < 0x80:
        return tag, at
    if tag in (0xCC, 0xCD, 0xCE, 0xCF):
        size = 1 << (tag - 0xCC)
        return int.from_bytes(cut(data, at, size), "big"), at + size
    if tag in (0xD0, 0xD1, 0xD2, 0xD3):
        size = 1 << (tag - 0xD0)
        return int.from_bytes(cut(data, at, size), "big", signed=True), at + size
    if tag >= 0xE0:
        return tag - 0x100, at
    if 0xA0 <= tag < 0xC0 or tag in (0xD9, 0xDA):
        head = 0 if tag < 0xC0 else tag - 0xD8
        size = int.from_bytes(cut(data, at, head), "big") if head else tag & 31
        return cut(data, at + head, size).decode(), at + head + size
    if tag in (0xC4, 0xC5, 0xC6):
        head = 1 << (tag - 0xC4)
        size = int.from_bytes(cut(data, at, head), "big")
        return cut(data, at + head, size), at + head + size
    if 0x90 <= tag < 0xA0:
        items = []
        for _ in range(tag & 15):
            item, at = unpack(data, at)
            items.append(item)
        return items, at
    if 0x80 <= tag < 0x90 or tag == 0xDE:
        size = tag & 15
        if tag == 0xDE:
            size, at = int.from_bytes(cut(data, at, 2), "big"), at + 2
        pairs = {}
        for _ in range(size):
            key, at = unpack(data, at)
            pairs[key], at = unpack(data, at)
        return pairs, at
    raise ValueError(f"tag {tag:#x}")


def cut(data: bytes, at: int, size: int) -> bytes:
    if at + size > len(data):
        raise IndexError
    return data[at : at + size]


# -- Ed25519 ---------------------------------------------------------------------------------------------------

P = 2**255 - 19
Q = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover(y: int, sign: int) -> int:
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        raise ValueError("no point")
    return P - x if x & 1 != sign else x


def add(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    m, n = (a[1] - a[0]) * (b[1] - b[0]) % P, (a[1] + a[0]) * (b[1] + b[0]) % P
    c, d = 2 * a[3] * b[3] * D % P, 2 * a[2] * b[2] % P
    e, f, g, h = n - m, d - c, d + c, n + m
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(k: int, a: tuple[int, ...]) -> tuple[int, ...]:
    result = (0, 1, 1, 0)
    while k:
        if k & 1:
            result = add(result, a)
        a, k = add(a, a), k >> 1
    return result


def point(data: bytes) -> tuple[int, ...]:
    y = int.from_bytes(data, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    if y >= P:
        raise ValueError("no point")
    x = recover(y, sign)
    return x, y, 1, x * y % P


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover(BASE_Y, 0), BASE_Y, 1, recover(BASE_Y, 0) * BASE_Y % P)


def signed(key: bytes, message: bytes, signature: bytes) -> bool:
    if len(key) != 32 or len(signature) != 64:
        return False
    try:
        a, r = point(key), point(signature[:32])
    except ValueError:
        return False
    s = int.from_bytes(signature[32:], "little")
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % Q
    left, right = times(s, BASE), add(r, times(h, a))
    same_x = (left[0] * right[2] - right[0] * left[2]) % P == 0
    return s < Q and same_x and (left[1] * right[2] - right[1] * left[2]) % P == 0


# -- the ledger ------------------------------------------------------------------------------------------------


def records(data: bytes) -> list[Any]:
    """Raises Bad where the file is none."""
    found, at = [], 0
    try:
        while at < len(data):
            record, at = unpack(data, at)
            found.append(record)
    except (IndexError, ValueError, TypeError):
        raise Bad(0, "not a ledger file") from None
    return found


def verify(data: bytes, papers: tuple[str, ...] = ()) -> State:
    """The end of a good file. Raises Bad. `papers`: checkpoints from outside, as texts."""
    first, *rest = records(data) or [None]
    match first:
        case [0, "ktp-ledger", 1, int(after), bytes(start)] if len(start) == 32 and (after > 0 or start == bytes(32)):
            state = State(after, start, "", 0, 0)
        case _:
            raise Bad(0, "no header")
    kept = {}
    for paper in papers:
        statement, key, signature = read_paper(paper)
        if not signed(key, statement, signature):
            raise Bad(0, "the paper is forged")
        kept[unpack(statement)[0][3]] = unpack(statement)[0]
    keys: list[Any] = []
    told, key_told = after, after
    for record in rest:
        where = state.position + 1
        match record:
            case [1, bytes(body), bytes(digest)]:
                state = entry(state, body, digest, first[3], told, key_told)
                if state.position in kept:
                    agree(state, kept[state.position], where)
            case [2, bytes(statement), bytes(key), bytes(signature)]:
                if not keys or key != keys[-1][0][3] or not signed(key, statement, signature):
                    raise Bad(where, "checkpoint forged")
                agree(state, whole(statement, where), where, part=state.position == after)
                told = state.position
            case [3, bytes(statement), bytes(signature)]:
                key = whole(statement, where)
                if len(key) != 6 or key[5] != "ktp-signing-key-1":
                    raise Bad(where, "no key")
                if any(key[1] == known[0][1] for known in keys):
                    if [key, statement, signature] not in keys:
                        raise Bad(where, "another key under the same number")
                    continue
                before = keys[-1][0] if keys else None
                if key[1] != len(keys) + 1 or (key[2] and (before is None or key[2] != before[3])):
                    raise Bad(where, "key out of order")
                if key[4] > state.position or not signed(key[2] or key[3], statement, signature):
                    raise Bad(where, "key forged")
                keys.append([key, statement, signature])
                key_told = key[4]
            case _:
                raise Bad(where, "no record")
    if any(position > state.position for position in kept):
        raise Bad(state.position + 1, "entries are missing")
    return state


def entry(state: State, body: bytes, digest: bytes, after: int, told: int, key_told: int) -> State:
    where = state.position + 1
    if hashlib.sha256(state.hash + body).digest() != digest:
        raise Bad(where, "hash")
    chain, n, at_ms, event, _ = whole(body, where)
    if chain == state.chain:
        good = n == state.n + 1
    elif state.chain:
        good = n == 1 and epoch(chain) > epoch(state.chain)
    else:
        good = after > 0 or n == 1
    if not good or at_ms < state.at_ms:
        raise Bad(where, "n, chain or time")
    if event == "checkpointed" and told != state.position:
        raise Bad(where, "no checkpoint before it")
    if event == "signing-key-rotated" and key_told != state.position:
        raise Bad(where, "no key before it")
    return State(where, digest, chain, n, at_ms)


def agree(state: State, statement: list[Any], where: int, *, part: bool = False) -> None:
    """`part`: the file begins after this entry, so its chain and n are not known."""
    _, chain, n, position, digest, _, word = statement
    if word != "ktp-checkpoint-1" or (position, digest) != (state.position, state.hash):
        raise Bad(where, "a checkpoint says otherwise")
    if not part and (chain, n) != (state.chain, state.n):
        raise Bad(where, "a checkpoint says otherwise")


def whole(data: bytes, where: int) -> list[Any]:
    try:
        value, end = unpack(data)
    except (IndexError, ValueError, TypeError):
        raise Bad(where, "cannot be read") from None
    if end != len(data) or not isinstance(value, list):
        raise Bad(where, "cannot be read")
    return value


def epoch(chain: str) -> int:
    return int(chain.rsplit("-", 1)[1])


def read_paper(text: str) -> tuple[bytes, bytes, bytes]:
    """(statement, key, signature). Raises Bad with the line of a typing error."""
    data = b""
    for line in text.splitlines():
        number, colon, rest = line.partition(":")
        if not colon or not number.strip().isdigit():
            continue
        plain = rest.replace(" ", "").replace("-", "").upper().replace("O", "0").replace("I", "1").replace("L", "1")
        bits = "".join(f"{ALPHABET.index(character):05b}" for character in plain)
        piece = bytes(int(bits[i : i + 8], 2) for i in range(0, (len(bits) - 20) // 8 * 8, 8))
        if zlib.crc32(bytes([int(number)]) + piece) & 0xFFFFF != int(bits[-20:], 2):
            raise Bad(int(number), "typing error")
        data += piece
    statement, key, signature = unpack(data)[0]
    return statement, key, signature
