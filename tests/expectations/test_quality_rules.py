"""rules.yaml against the table of 3-quality.md: every rule once, with its severity and all that staff are told."""

from __future__ import annotations

from quality_checked import Checked

from expectations.rules import load_rules

SEVERITIES = {
    "blocker": "S01 S02 S03 S05 S06 S08 P01",
    "section": "S04 S07 S09 R01 R02 R03 R04 R05 C01 C02 C03 C04 C05 J01 J05",
    "advice": "S10 S11 S12 C06 J02 J03 J04 J06 J08",
}


def test_every_rule_of_the_specification_is_there_once() -> None:
    rules = load_rules().rules
    expected = {rule_id: severity for severity, ids in SEVERITIES.items() for rule_id in ids.split()}
    assert {rule.rule_id: rule.severity for rule in rules.values()} == expected


def test_every_rule_says_what_why_and_how_to_mend() -> None:
    for rule in load_rules().rules.values():
        for text in (
            rule.title,
            rule.field,
            rule.what,
            rule.portal_section,
            rule.impact,
            rule.how_to_fix,
            rule.who_fixes,
        ):
            assert text.strip() == text
            assert text
        assert "ЭЖД" in rule.how_to_fix or "Контингент" in rule.how_to_fix, rule.rule_id
        assert "→" in rule.how_to_fix, rule.rule_id


def test_titles_tell_rules_apart() -> None:
    titles = [rule.title for rule in load_rules().rules.values()]
    assert len(set(titles)) == len(titles)


def test_the_texts_are_in_the_build(checked: Checked) -> None:
    rows = checked.connection.execute(
        "SELECT rule_id, severity, title, how_to_fix FROM marts.quality_rules ORDER BY place"
    ).fetchall()
    assert rows == [(r.rule_id, r.severity, r.title, r.how_to_fix) for r in load_rules().rules.values()]


def test_every_expectation_of_every_suite_is_counted(checked: Checked) -> None:
    book = load_rules()
    rows = checked.connection.execute("SELECT suite, rule_id FROM marts.quality_checks").fetchall()
    assert sorted(rows) == sorted((c.suite, c.rule_id) for rule in book.rules.values() for c in rule.checks)
    assert [count.name for count in checked.result.suites] == list(book.suites)


def test_a_frame_of_wrong_objects_says_how_many_were_looked_at(checked: Checked) -> None:
    rows = checked.connection.execute("SELECT DISTINCT suite, checked FROM marts.quality_checks").fetchall()
    populations = dict(checked.connection.execute("FROM intermediate.int_quality_populations").fetchall())
    assert {suite: looked_at for suite, looked_at in rows if suite in populations} == populations
    assert populations["final_marks"] > len(checked.found("J01", "subject_cell")) > 0
