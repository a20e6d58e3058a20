"""Suites of Great Expectations: built from the rules, run on one frame, answered with row numbers only.

Great Expectations cannot read DuckDB, so it gets a narrow pandas frame of facts; its results keep counts and places in
the frame, never a value, and are turned into plain numbers here. Its own documents, reports and log are not used: they
show values and ask the net for styles. Does not belong here: what a row is and what a failure means (night.py).
"""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from expectations.rules import Check, Condition, Severity

if TYPE_CHECKING:
    import pandas as pd

#: Counts and places of the wrong rows in the frame: no values, nothing sampled.
_RESULT_FORMAT = {"result_format": "COMPLETE", "exclude_unexpected_values": True, "include_unexpected_rows": False}

_GX_SEVERITY: Mapping[Severity, str] = {"blocker": "critical", "section": "warning", "advice": "info"}


class ExpectationError(Exception):
    """An expectation could not be evaluated: a fault of ours, never a finding. Names the rule and suite, no value."""


@dataclass(frozen=True)
class CheckOutcome:
    """What became of one check: how many rows it looked at, and the places in the frame of those that failed."""

    check: Check
    expectation: str
    checked: int
    failed_rows: NDArray[np.int64]

    @property
    def failed(self) -> int:
        """How many rows failed."""
        return len(self.failed_rows)


def run_suite(name: str, checks: Sequence[Check], frame: pd.DataFrame) -> list[CheckOutcome]:
    """Validates a frame of facts (its index: 0, 1, 2, …) against the checks, in their order.

    Errors: ExpectationError if an expectation raised instead of answering.
    """
    if frame.empty:
        return [CheckOutcome(check, _type_of(check), 0, np.empty(0, np.int64)) for check in checks]
    trouble = None
    with _quiet():
        try:
            results = _validate(name, checks, frame)
        except Exception as error:  # whatever it was, its message may quote a value
            trouble = type(error).__name__
    if trouble:
        raise ExpectationError(f"Набор {name} не удалось проверить: {trouble}")
    outcomes = {int(result.expectation_config.meta["place"]): result for result in results}
    return [_outcome(name, check, outcomes[place]) for place, check in enumerate(checks)]


def _validate(name: str, checks: Sequence[Check], frame: pd.DataFrame) -> Sequence[Any]:
    # Before the import: it reads the switch once.
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx

    context: Any = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = {"globally": False}
    source = context.data_sources.add_pandas("build")
    batch = (
        source.add_dataframe_asset(name)
        .add_batch_definition_whole_dataframe("tonight")
        .get_batch(batch_parameters={"dataframe": frame})
    )
    suite = gx.ExpectationSuite(name, [_expectation(place, check) for place, check in enumerate(checks)])
    results: Sequence[Any] = batch.validate(suite, result_format=_RESULT_FORMAT).results
    return results


def _expectation(place: int, check: Check) -> Any:
    from great_expectations.expectations.core.expect_column_values_to_be_between import ExpectColumnValuesToBeBetween
    from great_expectations.expectations.core.expect_column_values_to_be_in_set import ExpectColumnValuesToBeInSet

    # The place keeps two expectations apart that differ in nothing else; results come back in any order.
    common: dict[str, Any] = {
        "column": check.column,
        "severity": _GX_SEVERITY[check.severity],
        "meta": {"rule_id": check.rule_id, "place": place},
    }
    if check.where:
        common["row_condition"] = _row_condition(check.where)
    if check.allowed:
        return ExpectColumnValuesToBeInSet(value_set=list(check.allowed), **common)
    return ExpectColumnValuesToBeBetween(min_value=check.low, max_value=check.high, **common)


def _type_of(check: Check) -> str:
    return "expect_column_values_to_be_in_set" if check.allowed else "expect_column_values_to_be_between"


def _row_condition(conditions: Sequence[Condition]) -> Any:
    from great_expectations.expectations.row_conditions import Column

    whole: Any = None
    for condition in conditions:
        column = Column(condition.column)
        one = {
            "==": column.__eq__,
            "!=": column.__ne__,
            "<": column.__lt__,
            "<=": column.__le__,
            ">": column.__gt__,
            ">=": column.__ge__,
        }[condition.operator](condition.value)
        whole = one if whole is None else whole & one
    return whole


def _outcome(name: str, check: Check, result: Any) -> CheckOutcome:
    raised = _raised(result.exception_info)
    if raised:
        # The message of what was raised may quote a value; its kind does not.
        raise ExpectationError(f"Правило {check.rule_id} (набор {name}) не удалось проверить: {raised}")
    rows = np.asarray(result.result.get("unexpected_index_list") or [], dtype=np.int64)
    if len(rows) != result.result.get("unexpected_count", 0):
        raise ExpectationError(f"Правило {check.rule_id} (набор {name}): число ошибок и их список расходятся")
    return CheckOutcome(check, _type_of(check), int(result.result.get("element_count", 0)), rows)


def _raised(info: Mapping[str, Any] | None) -> str | None:
    """The kind of error in `exception_info`, which is one record or a record for each metric; None: nothing raised."""
    if not info:
        return None
    records = [info] if "raised_exception" in info else [record for record in info.values() if isinstance(record, dict)]
    for record in records:
        if record.get("raised_exception", True):
            last_line = str(record.get("exception_traceback") or "").strip().splitlines()[-1:]
            kind = last_line[0].split(":", 1)[0].strip() if last_line else ""
            return kind if kind.replace(".", "").replace("_", "").isalnum() else "ошибка"
    return None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keeps the library's log to itself: it may quote what it trips over."""
    logger = logging.getLogger("great_expectations")
    before, propagate = logger.level, logger.propagate
    logger.setLevel(logging.CRITICAL + 1)
    logger.propagate = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
        logger.propagate = propagate
