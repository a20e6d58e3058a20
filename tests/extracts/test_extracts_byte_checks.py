"""Bytes looked at in blocks: the quick checks say the same as Python does of the whole."""

from __future__ import annotations

import random

import pytest

from extracts.readers.byte_checks import checks_for, whole_characters

SMALL, LARGE = checks_for(0), checks_for(1 << 40)
GOOD = [b"a", b"\n", "Ж".encode(), "№".encode(), "😀".encode()]
BAD = [b"\x80", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80", b"\xd0", b"\xe2\x84", b"\xf0\x9f\x98", b"\xff"]
BAD += [b"\xf5\x80\x80\x80", b"\xe0\x80\xaf"]
PIECES = [*GOOD, *BAD]


def is_text(data: bytes) -> bool:
    try:
        data.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("seed", range(20))
def test_both_ways_judge_alike(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        data = b"".join(chance.choices(PIECES, weights=[9, 3, 9, 9, 9, *[0.3] * 10], k=chance.randint(0, 30)))
        assert SMALL.is_utf8(data) == LARGE.is_utf8(data) == is_text(data), data
        assert SMALL.count_newlines(data) == LARGE.count_newlines(data) == data.count(b"\n")


@pytest.mark.parametrize("seed", range(20))
def test_text_in_blocks_is_judged_as_the_whole(seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(300):
        data = b"".join(chance.choices(PIECES, weights=[9, 3, 9, 9, 9, *[0.1] * 10], k=chance.randint(1, 30)))
        left, half, is_good = data, b"", True
        while left:
            size = chance.randint(1, 5)
            characters, left = half + left[:size], left[size:]
            whole = whole_characters(characters)
            half = characters[whole:]
            is_good = is_good and SMALL.is_utf8(characters[:whole])
            assert len(half) <= 3
        assert (is_good and SMALL.is_utf8(half)) == is_text(data), data
