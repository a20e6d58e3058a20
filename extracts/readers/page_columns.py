"""A page of the journal API: which of its keys become which columns. What is common to the pages of all datasets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from extracts.contract import Dataset
from extracts.matching import folded
from extracts.readers.json_columns import (
    Rows,
    columns_by_name,
    first_of,
    json_text,
    keys_of_columns,
    unread_columns,
    value_column,
)
from extracts.readers.json_source import Records
from extracts.typed_copy import FileJob, SourceColumn


@dataclass(frozen=True)
class Page:
    """The records of a page; `aliases`: column of the contract → the page's keys for it, after its own name."""

    job: FileJob
    records: Records
    aliases: Mapping[str, Sequence[str]]

    @property
    def dataset(self) -> Dataset:
        """The dataset of the page."""
        return self.job.dataset

    def key(self, name: str) -> str | None:
        """How the page writes a key; None if it has none of that name."""
        return self._spellings.get(name)

    @cached_property
    def values(self) -> dict[str, str]:
        """Column of the contract → SQL of its JSON text, from the structure `record`."""
        texts = {target: [json_text(key) for key in keys] for target, keys in self._sources.items()}
        found = {target: first_of(keys) for target, keys in texts.items()}
        return found | self._deletion(found.get("deleted", "NULL"))

    def fields(self, *more: str) -> str:
        """What SQL selects from the relation of the records to have `record`, with these keys besides."""
        deletion = [self.key("deleted_by")] if self._is_deletable else []
        known = [key for keys in self._sources.values() for key in keys]
        return self.records.fields([*known, *(key for key in (*deletion, *more) if key)])

    def select(self, *more: str) -> str:
        """The relation of the records with `record`, and `line` where the records know theirs, in their order."""
        return f"(SELECT {self.fields(*more)} FROM {self.records.relation})"

    def rows(self) -> Rows:
        """A row for each record."""
        return self.rows_of(self.select(), self.values)

    def rows_of(
        self,
        relation: str,
        values: Mapping[str, str],
        *,
        place: str | None = None,
        read: Sequence[str | None] = (),
        count: int | None = None,
        remarks: Mapping[str, int] | None = None,
        cures: Mapping[str, str] | None = None,
    ) -> Rows:
        """The rows of a relation, whose columns are given by these JSON texts.

        `place`: SQL of a row's place in the relation (that of the records); `read`: keys that were read besides.
        """
        ours = columns_by_name(self.dataset)
        raws = [f"{value} AS raw_{target}" for target, value in values.items()]
        is_placed = place is not None or self.records.is_cut
        raws += [f"{place or self.records.place} AS line"] if is_placed else []
        names = [(name, target) for target in values for name in self._own.get(target, [target])]
        return Rows(
            relation=f"(SELECT {', '.join(raws)} FROM {relation})",
            columns=[*(value_column(name, ours[target]) for name, target in names), *self.unread(read)],
            place="line" if is_placed else "",
            count=self.records.count if count is None else count,
            remarks=remarks or {},
            cures=cures or {},
        )

    def unread(self, read: Sequence[str | None]) -> list[SourceColumn]:
        """The keys that nothing was made of."""
        known = {key for keys in self._sources.values() for key in keys} | set(read)
        known |= {self.key("deleted_by")} if self._is_deletable else set()
        return unread_columns(name for name in self.records.names if name not in known)

    @cached_property
    def _spellings(self) -> Mapping[str, str]:
        renamed = {folded(source) for source in self.job.rename}
        return {folded(name): name for name in self.records.names if folded(name) not in renamed}

    @cached_property
    def _own(self) -> Mapping[str, list[str]]:
        return keys_of_columns(self.dataset, self.records.names, self.job.rename)

    @cached_property
    def _sources(self) -> Mapping[str, list[str]]:
        """Column of the contract → the keys of the page that it is taken from, in their order."""
        targets = columns_by_name(self.dataset)
        found = {
            target: [*self._own.get(target, [])[:1], *filter(None, map(self.key, self.aliases.get(target, ())))]
            for target in targets
        }
        return {target: keys for target, keys in found.items() if keys}

    @property
    def _is_deletable(self) -> bool:
        return self.dataset.is_deletable and self.key("deleted_by") is not None

    def _deletion(self, own: str) -> dict[str, str]:
        """`deleted_by` names who deleted the record: not what a number it is, but that it is one, is what counts."""
        key = self.key("deleted_by")
        if not self._is_deletable or key is None:
            return {}
        by = json_text(key)
        return {"deleted": f"CASE WHEN json_is_blank({by}) OR {by} = 'false' THEN {own} ELSE 'true' END"}
