"""Exact arithmetic of 2-marts.md: no float anywhere, so that the check itself cannot be what is off by a digit."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction

Number = int | Fraction

#: A mean of averages is taken over their DECIMAL(18,12) ...
AVERAGE_DIGITS = 12
#: ... and shown by rounding to 9 decimals first, then to 2.
MEAN_DIGITS = 9
SHOWN_DIGITS = 2

HIGHEST_MARK = 5
RISK_BELOW = Fraction(5, 2)
CHRONIC_FROM = Fraction(1, 10)

_DIGIT_NAME = re.compile(r"([1-5])[+-]?")


def round_half_away(value: Number, digits: int) -> Fraction:
    """The value at so many decimals, half away from zero."""
    scale = 10**digits
    scaled = math.floor(abs(value) * scale + Fraction(1, 2))
    return Fraction(scaled if value >= 0 else -scaled, scale)


def as_decimal(value: Fraction, digits: int) -> Decimal:
    """A value that has no more than so many decimals, as the decimal that the portal shows."""
    return Decimal(int(value * 10**digits)).scaleb(-digits)


def shown(average: Number | None) -> Decimal | None:
    """What the portal shows of an average that comes from sums of marks (3.125 → 3.13)."""
    return None if average is None else as_decimal(round_half_away(average, SHOWN_DIGITS), SHOWN_DIGITS)


def shown_mean(mean: Number | None) -> Decimal | None:
    """What the portal shows of a mean of averages: rounded to 9 decimals, then to 2."""
    return None if mean is None else shown(round_half_away(mean, MEAN_DIGITS))


def mean_of_averages(averages: Iterable[Number]) -> Fraction | None:
    """The plain mean over the averages as DECIMAL(18,12); None of nothing."""
    rounded = [round_half_away(average, AVERAGE_DIGITS) for average in averages]
    return sum(rounded, Fraction(0)) / len(rounded) if rounded else None


def plain_mean(values: Iterable[Number]) -> Fraction | None:
    """The plain mean of marks; None of nothing."""
    every = list(values)
    return Fraction(sum(every, Fraction(0)), len(every)) if every else None


def rounded_mark(average: Number, threshold: Fraction) -> int:
    """The mark that an average rounds to: up from the threshold on (x.51 by default)."""
    whole = math.floor(average)
    return whole + 1 if average - whole >= threshold else whole


def target_mark(average: Number, threshold: Fraction) -> int:
    """The mark that the average rounds to, plus one, at most 5."""
    return min(HIGHEST_MARK, rounded_mark(average, threshold) + 1)


def target_five_marks(weighted_sum: Number, weight_sum: int, threshold: Fraction) -> int:
    """The fewest further fives of weight 1 that bring the average to the target mark; 0 if it rounds to 5 already."""
    average = Fraction(weighted_sum) / weight_sum
    if rounded_mark(average, threshold) >= HIGHEST_MARK:
        return 0
    wanted = target_mark(average, threshold) - 1 + threshold
    return max(0, math.ceil((wanted * weight_sum - weighted_sum) / (HIGHEST_MARK - wanted)))


def digit_of_name(name: str) -> int | None:
    """The digit of a name of the form 1…5, 4+, 4-; None of any other."""
    match = _DIGIT_NAME.fullmatch(name.strip())
    return int(match.group(1)) if match else None


def whole_if_possible(value: Decimal) -> Number:
    """A five-point value as an int where it is whole: sums of ints are fast, and exact all the same."""
    fraction = Fraction(value)
    return fraction.numerator if fraction.denominator == 1 else fraction


def dense_ranks(scores: dict[str, Decimal | int]) -> dict[str, int]:
    """Rank 1 for the highest score; equal scores rank equal and leave no gap."""
    rank_of_score = {score: rank for rank, score in enumerate(sorted(set(scores.values()), reverse=True), start=1)}
    return {owner: rank_of_score[score] for owner, score in scores.items()}
