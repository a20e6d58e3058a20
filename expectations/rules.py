"""The rules of the quality checks, read from rules.yaml (specification 3-quality.md): texts, severities, expectations.

Does not belong here: how a check becomes an expectation (suites.py) and what became of it (run.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, TypeVar, get_args

import yaml

Severity = Literal["blocker", "section", "advice"]
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Value = str | int | bool

RULES_FILE = Path(__file__).with_name("rules.yaml")

_EXPECTATIONS = ("expect", "one_of", "between")
_Choice = TypeVar("_Choice", bound=str)


@dataclass(frozen=True)
class ObjectKind:
    """What a finding can speak of: the column that holds its id, and its Russian name."""

    kind: str
    id_column: str
    title: str


@dataclass(frozen=True)
class SuiteSpec:
    """One suite a dataset: the model with its facts, what a row speaks of, and how it is counted and run."""

    name: str
    title: str
    frame: str
    object_kind: str
    has_population: bool
    needs_completeness: bool


@dataclass(frozen=True)
class Condition:
    """Only rows that meet it are looked at."""

    column: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class Check:
    """What one rule expects of one column of one suite.

    Either every value is one of `allowed`, or every value that is not empty lies between `low` and `high` (None: open).
    """

    rule_id: str
    severity: Severity
    suite: str
    object_kind: str
    column: str
    allowed: tuple[Value, ...]
    low: int | None
    high: int | None
    where: tuple[Condition, ...]


@dataclass(frozen=True)
class Rule:
    """One rule with everything that people are told of it, in Russian.

    `field` is what is to be filled in or put right; `milder` says in which case a finding of the rule is only an advice
    (None: never).
    """

    rule_id: str
    severity: Severity
    title: str
    field: str
    what: str
    milder: str | None
    portal_section: str
    impact: str
    how_to_fix: str
    who_fixes: str
    checks: tuple[Check, ...]

    @property
    def is_of_student(self) -> bool:
        """Whether `completeness` has a column for it: the rules of students and of their representatives."""
        return self.rule_id[0] in "SR"


@dataclass(frozen=True)
class RuleBook:
    """Everything of rules.yaml, in its order."""

    objects: Mapping[str, ObjectKind]
    suites: Mapping[str, SuiteSpec]
    rules: Mapping[str, Rule]

    def checks_of(self, suite: str) -> tuple[Check, ...]:
        """The checks of a suite, in the order of the rules."""
        return tuple(check for rule in self.rules.values() for check in rule.checks if check.suite == suite)


@cache
def load_rules() -> RuleBook:
    """The rules, suites and kinds of objects. Errors: ValueError naming what rules.yaml gets wrong."""
    content = yaml.safe_load(RULES_FILE.read_text(encoding="utf-8"))
    objects = {kind: ObjectKind(kind, node["id"], node["title"]) for kind, node in content["objects"].items()}
    suites = {name: _suite(name, node) for name, node in content["suites"].items()}
    rules = {rule_id: _rule(rule_id, node, suites) for rule_id, node in content["rules"].items()}
    book = RuleBook(objects=objects, suites=suites, rules=rules)
    _check_references(book)
    return book


def _suite(name: str, node: Mapping[str, Any]) -> SuiteSpec:
    return SuiteSpec(
        name=name,
        title=node["title"],
        frame=node["frame"],
        object_kind=node["object"],
        has_population=bool(node.get("population", False)),
        needs_completeness=node.get("after") == "completeness",
    )


def _rule(rule_id: str, node: Mapping[str, Any], suites: Mapping[str, SuiteSpec]) -> Rule:
    severity: Severity = _one_of(node["severity"], get_args(Severity), rule_id)
    return Rule(
        rule_id=rule_id,
        severity=severity,
        title=node["title"],
        field=node["field"],
        what=node["what"],
        milder=node.get("milder"),
        portal_section=node["portal"],
        impact=node["impact"],
        how_to_fix=node["fix"],
        who_fixes=node["who"],
        checks=tuple(_check(rule_id, severity, check, suites) for check in node["checks"]),
    )


def _check(rule_id: str, severity: Severity, node: Mapping[str, Any], suites: Mapping[str, SuiteSpec]) -> Check:
    if sum(key in node for key in _EXPECTATIONS) != 1:
        raise ValueError(f"{rule_id}: a check needs exactly one of {', '.join(_EXPECTATIONS)}")
    if node["suite"] not in suites:
        raise ValueError(f"{rule_id}: there is no suite {node['suite']}")
    low, high = node.get("between", (None, None))
    return Check(
        rule_id=rule_id,
        severity=_one_of(node.get("severity", severity), get_args(Severity), rule_id),
        suite=node["suite"],
        object_kind=node.get("object", suites[node["suite"]].object_kind),
        column=node["column"],
        allowed=(node["expect"],) if "expect" in node else tuple(node.get("one_of", ())),
        low=_end(low),
        high=_end(high),
        where=tuple(_condition(rule_id, *condition) for condition in node.get("where", ())),
    )


def _condition(rule_id: str, column: str, operator: str, value: Value) -> Condition:
    return Condition(column, _one_of(operator, get_args(Operator), rule_id), value)


def _end(value: float | None) -> int | None:
    return None if value is None or value == float("inf") else int(value)


def _one_of(value: str, allowed: tuple[_Choice, ...], rule_id: str) -> _Choice:
    for choice in allowed:
        if choice == value:
            return choice
    raise ValueError(f"{rule_id}: {value} is none of {', '.join(allowed)}")


def _check_references(book: RuleBook) -> None:
    used = {check.object_kind for rule in book.rules.values() for check in rule.checks}
    unknown = (used | {suite.object_kind for suite in book.suites.values()}) - set(book.objects)
    if unknown:
        raise ValueError(f"rules.yaml names objects that it does not describe: {', '.join(sorted(unknown))}")
    idle = [name for name in book.suites if not book.checks_of(name)]
    if idle:
        raise ValueError(f"suites without a check: {', '.join(idle)}")
