"""Which file may go next: every walk through a package keeps the order (4-portal.md, «Sending»)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

import pytest

from portal.manifest import Operation
from portal.sending.order import Order, Standing, order_of
from portal.sending.outbox import OutgoingFile

PARENTS: Mapping[str, Sequence[str]] = {
    "a": (),
    "b": ("a",),
    "c": ("a", "c"),
    "d": ("b", "c"),
    "e": (),
}


def file(table: str, operation: Operation) -> OutgoingFile:
    return OutgoingFile(f"{table}_{operation}", table, operation, 1, 1, "")


FILES = [file(table, operation) for table in "abcde" for operation in ("create", "update")] + [
    file(table, "delete") for table in "edcba"
]


def standings(**changes: Standing) -> dict[str, Standing]:
    return {one.name: Standing.WAITING for one in FILES} | changes


def names(files: Sequence[OutgoingFile]) -> list[str]:
    return [one.name for one in files]


def test_at_first_only_tables_without_parents_may_go() -> None:
    ready = order_of(FILES, PARENTS).ready(standings())
    assert names(ready) == ["a_create", "a_update", "e_create", "e_update"]


def test_a_parent_under_way_is_not_enough() -> None:
    now = standings(a_create=Standing.CONFIRMED, a_update=Standing.IN_PROGRESS)
    assert names(order_of(FILES, PARENTS).ready(now)) == ["e_create", "e_update"]


def test_a_parent_that_is_not_in_the_package_is_not_waited_for() -> None:
    files = [file("d", "create"), file("a", "create")]
    now = {one.name: Standing.WAITING for one in files}
    assert names(order_of(files, PARENTS).ready(now)) == ["d_create", "a_create"]


def test_a_failure_holds_children_and_grandchildren_and_the_deletions_of_parents() -> None:
    held = order_of(FILES, PARENTS).held(standings(b_update=Standing.FAILED))
    assert held == dict.fromkeys(("d_create", "d_update", "c_delete", "b_delete", "a_delete"), "b_update")


def test_deletions_do_not_overtake_each_other() -> None:
    uploads = {one.name: Standing.CONFIRMED for one in FILES if not one.is_delete}
    order = order_of(FILES, PARENTS)
    assert names(order.ready(standings(**uploads))) == ["e_delete", "d_delete"]
    files = [*FILES, file("f", "delete")]
    now = standings(**uploads, e_delete=Standing.CONFIRMED, d_delete=Standing.IN_PROGRESS)
    assert names(order_of(files, PARENTS).ready(now | {"f_delete": Standing.WAITING})) == []


def test_deletions_wait_for_every_upload_to_end() -> None:
    uploads = {one.name: Standing.CONFIRMED for one in FILES if not one.is_delete}
    now = standings(**uploads) | {"e_update": Standing.IN_PROGRESS}
    assert order_of(FILES, PARENTS).ready(now) == []
    now["e_update"] = Standing.FAILED
    assert names(order_of(FILES, PARENTS).ready(now)) == ["e_delete", "d_delete"]


@pytest.mark.parametrize("seed", range(60))
def test_any_walk_ends_and_keeps_the_order(seed: int) -> None:
    drawn = random.Random(seed)
    files = [one for one in FILES if drawn.random() < 0.8]
    order = order_of(files, PARENTS)
    now = {one.name: Standing.WAITING for one in files}
    for _ in range(3 * len(files)):
        ready = order.ready(now)
        under_way = [one for one in files if now[one.name] is Standing.IN_PROGRESS]
        if not ready and not under_way:
            break
        if ready and (not under_way or drawn.random() < 0.6):
            chosen = ready[0]
            _check(order, chosen, now)
            now[chosen.name] = Standing.IN_PROGRESS
        else:
            ended = drawn.choice(under_way)
            now[ended.name] = Standing.CONFIRMED if drawn.random() < 0.85 else Standing.FAILED
    waiting = {name for name, standing in now.items() if standing is Standing.WAITING}
    assert waiting == set(order.held(now)), "what did not go is held by a failure"
    assert Standing.IN_PROGRESS not in now.values()


def _check(order: Order, chosen: OutgoingFile, now: Mapping[str, Standing]) -> None:
    for other in order.files:
        standing = now[other.name]
        if not chosen.is_delete and not other.is_delete and other.table in set(PARENTS[chosen.table]) - {chosen.table}:
            assert standing is Standing.CONFIRMED
        if chosen.is_delete and not other.is_delete:
            assert standing in (Standing.CONFIRMED, Standing.FAILED) or other.name in order.held(now)
        if chosen.is_delete and chosen.table in set(PARENTS[other.table]) - {other.table}:
            assert standing is Standing.CONFIRMED
