"""Job ids: 80 bits, 45 of milliseconds and 35 of noise, as 16 characters of Crockford's base32.

Ids only ever grow: the store hands `next_id` the last one it committed, so that no id is given twice, even when
the clock stands still or goes back. The alphabet (https://www.crockford.com/base32.html) has no I, L, O or U, so
an id survives being read aloud over a telephone.
"""

from typing import Final, NewType

JobId = NewType("JobId", str)

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
LENGTH: Final = 16
NOISE_BITS: Final = 35
_STEP_BITS: Final = 20  # within one millisecond ids stay 1 … 2**20 apart, so a neighbour's id cannot be guessed
_VALUES: Final = {c: i for i, c in enumerate(ALPHABET)} | {"O": 0, "I": 1, "L": 1}
_PAIRS: Final = [a + b for a in ALPHABET for b in ALPHABET]  # two characters a step: ids are made in the hot path


def next_id(last: int, now_ms: int, noise: int) -> int:
    """The id after `last` at spool time `now_ms` (milliseconds since 1970), from 35 bits of `noise`."""
    fresh = (now_ms << NOISE_BITS) | (noise & ((1 << NOISE_BITS) - 1))
    return fresh if fresh > last else last + 1 + (noise & ((1 << _STEP_BITS) - 1))


def encode_id(number: int) -> JobId:
    """16 characters for an 80-bit number."""
    high, low, pairs = number >> 40, number & 0xFFFFFFFFFF, _PAIRS
    return JobId(
        pairs[high >> 30]
        + pairs[high >> 20 & 1023]
        + pairs[high >> 10 & 1023]
        + pairs[high & 1023]
        + pairs[low >> 30]
        + pairs[low >> 20 & 1023]
        + pairs[low >> 10 & 1023]
        + pairs[low & 1023]
    )


def decode_id(job_id: JobId) -> int:
    """The 80-bit number of a job id."""
    number = 0
    for character in job_id:
        number = number << 5 | _VALUES[character]
    return number


def parse_id(text: str) -> JobId:
    """What a person typed, as an id: hyphens and case do not matter, O is 0, I and L are 1.

    Raises ValueError with a sentence that says what an id looks like.
    """
    bare = text.replace("-", "").replace(" ", "").upper()
    if len(bare) != LENGTH or any(c not in _VALUES for c in bare):
        raise ValueError(f"{text!r} is not a job id: 16 letters and digits, shown as 4-4-4-4, without U")
    return JobId("".join(ALPHABET[_VALUES[c]] for c in bare))


def show_id(job_id: str) -> str:
    """The id as people see it: 4-4-4-4."""
    return "-".join(job_id[i : i + 4] for i in range(0, LENGTH, 4))


def show_crockford(data: bytes) -> str:
    """Bytes in the same alphabet, the last character filled up with zero bits."""
    digits = -(-len(data) * 8 // 5)
    value = int.from_bytes(data, "big") << (digits * 5 - len(data) * 8)
    return "".join(ALPHABET[value >> shift & 31] for shift in range((digits - 1) * 5, -1, -5))
