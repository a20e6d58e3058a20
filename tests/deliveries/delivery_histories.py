"""How a region's rows came about, dealt out by chance to deliveries so that by contract the end is always the same.

`draw_scenario` takes the rows that hold in the end (delivery_truth) and invents a past for them: what the deliveries of
a scenario hold, and the clean load that must give the same warehouse. What may be shuffled, and what may not
(specification 1-extracts.md):

* Change sets. The newest `updated_at` of a key wins: any older version may come in any delivery, before or after the
  winner, as often as it likes, also a deletion, a version without `updated_at` that came before the winner was made
  (its version is `created_at`, else its load date), and a row that cannot be typed, of any version.
  A version with the winner's own `updated_at` may come only in a delivery before the winner's last one, or in an
  earlier row of that one. A winner without any version must come in the newest delivery; it may come before as well.
  A deleted row is as good as one that never was: the clean load does not hold it.
* Snapshots. Only the last one counts, for a dataset with `academic_year_id` the last that holds the year. Those before
  may hold anything: other contents, rows that never were, rows under another year, half of the rows. In one snapshot
  the later row of a key wins. The last one may hold spoilt rows of keys whose right version an earlier snapshot
  brought, if no snapshot between the two was without them. An empty snapshot says nothing about any year.
  A row that vanished from a dictionary must be in an earlier snapshot of the clean load too: it stays, not current.
* Settings. A dictionary or calendar that comes as change sets: its rows have no version, the newest delivery wins, so
  the right version comes last, and nothing vanishes. A change set that comes as snapshots: as any other snapshot,
  whatever its rows say in `updated_at`; of one snapshot the newest version of a key counts.
* Everything else may be shuffled: the order in which deliveries are merged, parents and children, files, formats,
  parts, columns, rows of different keys.

Not drawn, because the end depends on the day of arrival by contract: a newest version without `updated_at` and
`created_at` anywhere but in the newest delivery.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from random import Random

from delivery_truth import Row, Truth

from extracts.contract import Dataset, Mode, load_contract

Tables = dict[str, list[Row]]

#: Share of keys that end deleted, of those that vanish, and of those that a rejected row keeps alive.
DELETED, VANISHED, HELD = 0.1, 0.08, 0.08
#: Share of datasets that come in the other mode, by a setting of the region, and of those that have spoilt rows.
OTHER_MODE, SPOILT = 0.12, 0.5


@dataclass(frozen=True)
class Scenario:
    """One region on its way: `deliveries` by load date, the modes they come in, and the `clean` load that is as good.

    The rows of a dataset stand in the order in which its files must bring them. `as_of`: the newest load date of both.
    """

    as_of: date
    deliveries: Mapping[date, Tables]
    modes: Mapping[str, Mode]
    clean: Mapping[date, Tables]


def draw_scenario(seed: int) -> Scenario:
    """The same seed draws the same scenario."""
    truth = Truth(seed)
    random = Random(f"scenario {seed}")
    return _Dealer(truth, random).deal()


class _Dealer:
    """Deals one region out."""

    def __init__(self, truth: Truth, random: Random) -> None:
        self.truth = truth
        self.random = random
        gaps = [random.choice([1, 1, 2, 7, 30]) for _ in range(random.choice([2, 3, 4]))]
        self.as_of = truth.as_of
        self.days = sorted(self.as_of - timedelta(days=sum(gaps[:number])) for number in range(len(gaps) + 1))
        # A bundle is rows of one delivery and dataset whose order counts.
        self.bundles: dict[tuple[date, str], list[list[Row]]] = defaultdict(list)
        self.clean: dict[date, Tables] = {self.as_of - timedelta(days=1): {}, self.as_of: {}}
        self.modes: dict[str, Mode] = {}
        self.with_rejects = {name for name in load_contract() if self.chance(SPOILT)}

    def deal(self) -> Scenario:
        for name, dataset in load_contract().items():
            rows = self.truth.tables[name]
            mode = self._mode(dataset)
            if mode != dataset.mode:
                self.modes[name] = mode
            if mode == "snapshot":
                _Snapshots(self, dataset, rows).deal()
            elif dataset.version is None:
                self._unversioned_changes(dataset, rows)
            else:
                for row in rows:
                    self._versions(dataset, row, rows)
        # The newest delivery decides `as_of`: it always comes, if only with one file that says nothing.
        self.bundles[self.as_of, "academic_years"].append([])
        return Scenario(self.as_of, self._deliveries(), self.modes, self._clean())

    def _mode(self, dataset: Dataset) -> Mode:
        if self.chance(1 - OTHER_MODE):
            return dataset.mode
        return "change_set" if dataset.mode == "snapshot" else "snapshot"

    # Change sets

    def _versions(self, dataset: Dataset, row: Row, rows: Sequence[Row]) -> None:
        """The history of one key of a change set."""
        version = dataset.version or ""
        has_stamp = version != "updated_at" or self.chance(0.92)
        winner = row | {version: self.stamp(self.as_of + timedelta(days=1)) if has_stamp else ""}
        is_deleted = dataset.is_deletable and self.chance(DELETED)
        if is_deleted:
            winner = self.tombstone(dataset, winner)
        else:
            self.clean_row(dataset, winner)
        newest = _version_of(dataset, winner, self.as_of)
        depends_on_day = winner[version] == "" and not winner.get("created_at")
        places = {self.as_of} if depends_on_day else set(self.some_days(self.days))
        for day in places:
            self.bundles[day, dataset.name].append([winner])
        if depends_on_day and self.chance(0.5):
            self.bundles[self.random.choice(self.days), dataset.name].insert(0, [winner])
        for _ in range(self.random.choice([0, 0, 1, 1, 2, 3])):
            other = row | self.contents_of_another(dataset, rows)
            self._loser(dataset, other, winner, newest, max(places))

    def _loser(self, dataset: Dataset, row: Row, winner: Row, newest: datetime, last: date) -> None:
        """A version that does not count, wherever it may stand."""
        version = dataset.version or ""
        kinds = ["older", "older", "tied", "created", "undated"]
        kinds += ["older deletion"] if dataset.is_deletable else []
        kinds += ["spoilt", "keyless"] if dataset.name in self.with_rejects else []
        match self.random.choice(kinds):
            case "older":
                self._put(dataset, row | {version: self.older(newest)}, self.some_days(self.days))
            case "older deletion":
                self._put(
                    dataset, self.tombstone(dataset, row | {version: self.older(newest)}), self.some_days(self.days)
                )
            case "tied":
                self._tied(dataset, row | {version: winner[version]}, winner, last)
            case "created" if dataset.has_column("created_at") and version == "updated_at":
                older = {"updated_at": "", "created_at": self.older(newest)}
                self._put(dataset, row | older, self.some_days(self.days))
            case "undated" if version == "updated_at":
                before = [day for day in self.days if _end_of(day) < newest]
                undated = {"updated_at": ""} | ({"created_at": ""} if dataset.has_column("created_at") else {})
                self._put(dataset, row | undated, self.some_days(before) if before else [])
            case "spoilt":
                self._put(dataset, spoilt(dataset, row | {version: self.stamp(self.as_of)}), self.some_days(self.days))
            case "keyless":
                self._put(dataset, row | {dataset.key[0]: " "}, self.some_days(self.days))
            case _:
                pass

    def _tied(self, dataset: Dataset, row: Row, winner: Row, last: date) -> None:
        version = dataset.version or ""
        if version == "updated_at" and dataset.has_column("created_at"):
            row = row | {"created_at": winner.get("created_at", "")}
        day = self.random.choice([day for day in self.days if day <= last])
        # On the winner's last day it stands before the winner, which is there once more.
        self.bundles[day, dataset.name].append([row, winner] if day == last else [row])

    def _put(self, dataset: Dataset, row: Row, days: Iterable[date]) -> None:
        for day in days:
            self.bundles[day, dataset.name].append([row])

    def _unversioned_changes(self, dataset: Dataset, rows: Sequence[Row]) -> None:
        """A dictionary or calendar that comes as changes: the newest delivery of a key wins, nothing vanishes."""
        for row in rows:
            self.clean_row(dataset, row)
            right = self.random.choice(self.days)
            later = [day for day in self.days if day > right]
            self._put(dataset, row, {right, *(self.some_days(later) if later and self.chance(0.3) else [])})
            for day in self.some_days(self.days) if self.chance(0.4) else []:
                wrong = row | self.contents_of_another(dataset, rows)
                if day == right:
                    self.bundles[day, dataset.name].append([wrong, row])
                elif day < right:
                    self._put(dataset, wrong, [day])
                elif dataset.name in self.with_rejects:
                    self._put(dataset, spoilt(dataset, wrong), [day])

    # Shared

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def some_days(self, days: Sequence[date]) -> list[date]:
        """One day, now and then several: a row that comes again."""
        return self.random.sample(days, k=min(len(days), self.random.choice([1, 1, 1, 2, 3])))

    def stamp(self, latest: date) -> datetime:
        """A moment of the last year before a day's end, to the minute or to the second."""
        back = timedelta(days=self.random.randrange(300), minutes=self.random.randrange(24 * 60))
        found = datetime.combine(latest, time(23, 59)) - back
        return found.replace(second=self.random.choice([0, 0, 17]))

    def older(self, newest: datetime) -> datetime:
        """A moment before another one, often just before it."""
        return newest.replace(microsecond=0) - self.random.choice(
            [
                timedelta(seconds=1),
                timedelta(minutes=1),
                timedelta(hours=7),
                timedelta(days=self.random.randrange(1, 200)),
            ]
        )

    def tombstone(self, dataset: Dataset, row: Row) -> Row:
        """The row, deleted: it says so in one of two ways, and now and then holds little more than its key."""
        kept = (*dataset.key, dataset.version, dataset.scope, "created_at")
        bare = {name: value for name, value in row.items() if name in kept} if self.chance(0.5) else row
        said: Row = {"deleted": "да"} if self.chance(0.3) else {"deleted_at": self.stamp(self.as_of)}
        return bare | said

    def contents_of_another(self, dataset: Dataset, rows: Sequence[Row], *, leave: Sequence[str] = ()) -> Row:
        """Some of the columns of another row, but never its key."""
        other = self.random.choice(rows)
        fixed = (*dataset.key, *leave, "deleted_at", "deleted")
        return {name: value for name, value in other.items() if name not in fixed and self.chance(0.6)}

    def clean_row(self, dataset: Dataset, row: Row, *, vanished: bool = False) -> None:
        """Notes a row that holds in the end; a vanished one comes a night before the others."""
        day = self.as_of - timedelta(days=1) if vanished else self.as_of
        self.clean[day].setdefault(dataset.name, []).append(row)

    def _deliveries(self) -> dict[date, Tables]:
        found: dict[date, Tables] = {}
        for (day, name), bundles in sorted(self.bundles.items()):
            placed: list[tuple[float, Row]] = []
            for bundle in bundles:
                placed += zip(sorted(self.random.random() for _ in bundle), bundle, strict=True)
            found.setdefault(day, {})[name] = [row for _, row in sorted(placed, key=lambda one: one[0])]
        return found

    def _clean(self) -> dict[date, Tables]:
        # A snapshot without a row counts as well: the clean load holds every dataset on its last night.
        self.clean[self.as_of] = {name: self.clean[self.as_of].get(name, []) for name in load_contract()}
        return {day: tables for day, tables in self.clean.items() if tables}


class _Snapshots:
    """Deals out one dataset that comes as snapshots; each academic year has its own story."""

    def __init__(self, dealer: _Dealer, dataset: Dataset, rows: Sequence[Row]) -> None:
        self.dealer = dealer
        self.random = dealer.random
        self.dataset = dataset
        self.has_rejects = dataset.name in dealer.with_rejects
        self.rows = [self._with_version(row) for row in rows]
        self.scopes = sorted({self._scope(row) for row in self.rows})
        # By these a snapshot speaks of its years, whatever becomes of the other rows.
        self.anchors = [next(row for row in self.rows if self._scope(row) == scope) for scope in self.scopes]
        days = dealer.days
        self.last = {scope: self.random.choice([*days, days[-1], days[-1]]) for scope in self.scopes}
        self.speaking = {
            scope: [*(day for day in days if day < self.last[scope] and dealer.chance(0.6)), self.last[scope]]
            for scope in self.scopes
        }

    def deal(self) -> None:
        for scope in self.scopes:
            for row in self._ghosts(scope):
                self._vanishing(row, scope)
            for row in [row for row in self.rows if self._scope(row) == scope]:
                self._one_key(row, scope)
        if self.dataset.scope:
            self._empty_snapshots()
        else:
            # A whole table without a row is a snapshot as well.
            for day in self.speaking.get("", [self.dealer.as_of]):
                self.dealer.bundles[day, self.dataset.name].append([])

    def _one_key(self, row: Row, scope: str) -> None:
        is_free = len(self.speaking[scope]) > 1 and row not in self.anchors
        may_be_held = is_free and self.has_rejects and not _is_deleted(row)
        if is_free and self.dealer.chance(VANISHED):
            self._vanishing(row, scope)
            if self.dataset.vanished == "keep":
                self._note(row, vanished=True)
        elif may_be_held and self.dealer.chance(HELD):
            self._held(row, scope)
        else:
            self._current(row, scope)

    def _current(self, row: Row, scope: str) -> None:
        """It stands in the last snapshot; what came before does not matter."""
        self._note(row)
        self._anything_before(row, scope, self.last[scope])
        self._put_right(row, self.last[scope])

    def _held(self, row: Row, scope: str) -> None:
        """Every snapshot after the right one holds the row, spoilt: the right one stays current."""
        self._note(row)
        right = self.random.choice(self.speaking[scope][:-1])
        self._anything_before(row, scope, right)
        self._put_right(row, right)
        for day in self.speaking[scope]:
            if day > right:
                self._put(spoilt(self.dataset, row), day)

    def _vanishing(self, row: Row, scope: str) -> None:
        """A snapshot after its last version does not hold it at all; a spoilt row after that brings nothing back."""
        last_seen = self.random.choice(self.speaking[scope][:-1])
        self._anything_before(row, scope, last_seen)
        self._put_right(row, last_seen)
        _, *later = [day for day in self.speaking[scope] if day > last_seen]
        for day in later:
            if self.has_rejects and self.dealer.chance(0.5):
                self._put(spoilt(self.dataset, row), day)

    def _anything_before(self, row: Row, scope: str, before: date) -> None:
        for day in [day for day in self.speaking[scope] if day < before]:
            other = row | self._contents(self.rows)
            if row in self.anchors:
                self._put(other, day)
            elif self.dealer.chance(0.7):
                self._put(self._spoilt_or_moved(other, day), day)

    def _spoilt_or_moved(self, row: Row, day: date) -> Row:
        if self.has_rejects and self.dealer.chance(0.15):
            return spoilt(self.dataset, row)
        return self._to_another_year(row, day) if self.dealer.chance(0.15) else row

    def _to_another_year(self, row: Row, day: date) -> Row:
        """The row under a year that this snapshot speaks of anyhow: the right one, which is newer, replaces it."""
        if not self.dataset.scope or self.dataset.version:
            return row
        return row | {self.dataset.scope: self.random.choice([one for one in self.scopes if day in self.speaking[one]])}

    def _put_right(self, row: Row, day: date) -> None:
        """The right version, now and then with others of its key in the same snapshot."""
        bundle = [row]
        if self.has_rejects and self.dealer.chance(0.1):
            bundle = self.random.sample([spoilt(self.dataset, row), row], k=2)
        elif self.dealer.chance(0.1):
            wrong = row | self._contents(self.rows)
            if self.dataset.version:
                wrong = wrong | {self.dataset.version: self.dealer.older(row[self.dataset.version])}
            # Before the right row; where rows have versions the place does not matter.
            bundle = [wrong, row] if not self.dataset.version or self.dealer.chance(0.5) else [row, wrong]
        self.dealer.bundles[day, self.dataset.name].append(bundle)

    def _put(self, row: Row, day: date) -> None:
        self.dealer.bundles[day, self.dataset.name].append([row])

    def _contents(self, rows: Sequence[Row]) -> Row:
        return self.dealer.contents_of_another(self.dataset, rows, leave=[self.dataset.scope or ""])

    def _ghosts(self, scope: str) -> list[Row]:
        """Rows that never were true; a dictionary would remember them for ever, so that it gets none."""
        if self.dataset.vanished == "keep" or len(self.speaking[scope]) == 1:
            return []
        key, *_ = self.dataset.key
        rows = [row for row in self.rows if self._scope(row) == scope and self.dealer.chance(0.1)]
        return [row | {key: f"ghost-{row[key]}"} for row in rows if key != self.dataset.scope]

    def _empty_snapshots(self) -> None:
        for day in self.dealer.days:
            if self.dealer.chance(0.1):
                self.dealer.bundles[day, self.dataset.name].append([])

    def _note(self, row: Row, *, vanished: bool = False) -> None:
        if not _is_deleted(row):
            self.dealer.clean_row(self.dataset, row, vanished=vanished)

    def _with_version(self, row: Row) -> Row:
        if not self.dataset.version:
            return row
        # A change set that comes whole: its rows say when they were changed, though a snapshot does not ask.
        row = row | {self.dataset.version: self.dealer.stamp(self.dealer.as_of)}
        is_deleted = self.dataset.is_deletable and self.dealer.chance(DELETED)
        return self.dealer.tombstone(self.dataset, row) if is_deleted else row

    def _scope(self, row: Row) -> str:
        return str(row[self.dataset.scope]) if self.dataset.scope else ""


def spoilt(dataset: Dataset, row: Row) -> Row:
    """The row with a cell that cannot be read: a reject whose key is known."""
    alive = {name: value for name, value in row.items() if name not in ("deleted_at", "deleted")}
    required = [column for column in dataset.columns if column.required and column.name not in dataset.key]
    column = next((column.name for column in required if column.name != dataset.scope), "updated_at")
    return alive | {column: "позавчера" if column == "updated_at" else ""}


def _is_deleted(row: Row) -> bool:
    return bool(row.get("deleted_at") or row.get("deleted"))


def _version_of(dataset: Dataset, row: Row, load_date: date) -> datetime:
    said = row.get(dataset.version or "") or row.get("created_at")
    if not said:
        return _end_of(load_date)
    return said if isinstance(said, datetime) else datetime.fromisoformat(said)


def _end_of(day: date) -> datetime:
    return datetime.combine(day, time(23, 59, 59))
