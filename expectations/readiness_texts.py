"""The sections of the portal and the reasons why they stay empty, read from readiness.yaml (specification 2-marts.md).

Does not belong here: which reason a student's section has (models int_portal_sections; readiness.py).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from expectations.rules import Rule, RuleBook, load_rules

READINESS_FILE = Path(__file__).with_name("readiness.yaml")

_TEXTS = ("title", "what", "fix", "who")


@dataclass(frozen=True)
class PortalSection:
    """One section of the portal: its code, its title, and what stands in it."""

    section: str
    title: str
    shows: str


@dataclass(frozen=True)
class HiddenReason:
    """Why a section, or the whole portfolio, stays empty, with everything that people are told of it, in Russian.

    `is_fault`: somebody must mend something; otherwise there is simply nothing to show. `rule_id`: the rule of
    rules.yaml that finds the same, if there is one.
    """

    code: str
    hides_portfolio: bool
    is_fault: bool
    rule_id: str | None
    title: str
    what: str
    how_to_fix: str
    who_fixes: str


@dataclass(frozen=True)
class ReadinessBook:
    """Everything of readiness.yaml, in its order."""

    sections: Mapping[str, PortalSection]
    reasons: Mapping[str, HiddenReason]

    @property
    def blockers(self) -> list[tuple[str, str]]:
        """(rule, code) of each reason by which a rule holds back the whole portfolio, the first that counts first."""
        found = [reason for reason in self.reasons.values() if reason.hides_portfolio]
        return [(reason.rule_id, reason.code) for reason in found if reason.rule_id]


@cache
def load_readiness() -> ReadinessBook:
    """The sections and reasons. Errors: ValueError naming what readiness.yaml gets wrong."""
    return read_readiness(yaml.safe_load(READINESS_FILE.read_text(encoding="utf-8")), load_rules())


def read_readiness(content: Mapping[str, Any], rules: RuleBook) -> ReadinessBook:
    """The sections and reasons of a parsed readiness.yaml. Errors: ValueError naming what is wrong in it."""
    sections = {name: PortalSection(name, node["title"], node["shows"]) for name, node in content["sections"].items()}
    reasons: dict[str, HiddenReason] = {}
    for group, hides_portfolio in (("of_portfolio", True), ("of_section", False)):
        for code, node in content["reasons"][group].items():
            if code in reasons:
                raise ValueError(f"{code}: stands twice")
            reasons[code] = _reason(code, node, rules, hides_portfolio=hides_portfolio)
    book = ReadinessBook(sections, reasons)
    _check_blockers(book, rules)
    return book


def _reason(code: str, node: Mapping[str, Any], rules: RuleBook, *, hides_portfolio: bool) -> HiddenReason:
    if "rule" in node:
        return _reason_of_rule(code, node, rules, hides_portfolio=hides_portfolio)
    missing = [key for key in ("fault", *_TEXTS) if node.get(key) in (None, "")]
    if missing:
        raise ValueError(f"{code}: lacks {', '.join(missing)}")
    return HiddenReason(
        code=code,
        hides_portfolio=hides_portfolio,
        is_fault=bool(node["fault"]),
        rule_id=None,
        title=node["title"],
        what=node["what"],
        how_to_fix=node["fix"],
        who_fixes=node["who"],
    )


def _reason_of_rule(code: str, node: Mapping[str, Any], rules: RuleBook, *, hides_portfolio: bool) -> HiddenReason:
    """A reason that a rule finds, too: what is told of it stands with the rule, once."""
    rule = rules.rules.get(node["rule"])
    if rule is None or set(node) != {"rule"}:
        raise ValueError(f"{code}: either names one known rule and nothing else, or has texts of its own")
    return HiddenReason(
        code=code,
        hides_portfolio=hides_portfolio,
        is_fault=True,
        rule_id=rule.rule_id,
        title=rule.title,
        what=rule.what,
        how_to_fix=rule.how_to_fix,
        who_fixes=rule.who_fixes,
    )


def _check_blockers(book: ReadinessBook, rules: RuleBook) -> None:
    """Whoever is held back must be told why: every rule that blocks a student is the reason of a whole portfolio."""
    blocking = {rule.rule_id for rule in rules.rules.values() if rule.is_of_student and _blocks(rule)}
    named = [rule_id for rule_id, _ in book.blockers]
    if sorted(named) != sorted(blocking):
        raise ValueError(f"of_portfolio must name each of these rules once: {', '.join(sorted(blocking))}")


def _blocks(rule: Rule) -> bool:
    return any(check.severity == "blocker" for check in rule.checks)
