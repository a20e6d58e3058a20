"""Fifty users of the dashboards at once, on a region of 330 000 students: `python -m benchmarks.dashboards_load`.

Starts `portfolio dashboards` on the region that `benchmarks.dashboards` makes, over loopback; with `--login` every user
has a password and logs in first. Every user opens a page as a browser with an empty cache does, then clicks: another
page, a filter, a part of a table, a file. Between clicks they think, five seconds on average; what they do is drawn by
lot, seeded. Prints the times of each kind of request, errors, and what the server's process took of the processors for
each request.

The rule: the 95th percentile under 500 ms on 2 cores, which the users' own process shares.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import requests

from benchmarks.dashboards_region import Size, write_publication
from reports.dashboards.access.passwords import hash_password
from reports.dashboards.access.users import User as Local
from reports.dashboards.access.users import add_user, users_file
from reports.dashboards.access.visitor import Role, Scope, ScopeKind
from reports.dashboards.address import SCHOOL, SCOPE, SCOPES, SUBJECT, TOWN, View, search_of
from reports.dashboards.catalog import Catalog
from reports.dashboards.pages.directory import PAGES
from reports.dashboards.store import FILE, Reader

LIMIT_MS = 500
THINKING = 5.0
TIMEOUT = 30
DRAW, CHOOSE, FILES, FIRST = "draws a page", "chooses in a filter", "downloads a table", "opens the application"
LOG_IN = "logs in"
PASSWORD = "a password of the benchmark"


@dataclass
class Times:
    """Milliseconds of every request by kind, and what went wrong; many threads write."""

    by_kind: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    sizes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    errors: list[str] = field(default_factory=list)
    told_to_wait: int = 0

    def add(self, kind: str, seconds: float, answer: requests.Response | None, error: str = "") -> None:
        """Notes one request."""
        self.by_kind[kind].append(1000 * seconds)
        if answer is not None:
            self.sizes[kind] += len(answer.content)
        if answer is not None and "Retry-After" in answer.headers:
            self.told_to_wait += 1
        elif error or answer is None or answer.status_code != requests.codes.ok:
            self.errors.append(f"{kind}: {error or (answer is not None and answer.status_code)}")


class User:
    """Somebody with a browser: looks at a place, goes on from there."""

    def __init__(self, address: str, catalog: Catalog, times: Times, seed: str, name: str | None) -> None:
        self._address = address
        self._name = name
        self._catalog = catalog
        self._times = times
        self._lot = random.Random(seed)
        self._session = requests.Session()
        self._view = View(year=next(iter(catalog.years)))

    def work(self, until: float) -> None:
        """Clicks and thinks until the moment (of `time.monotonic`)."""
        time.sleep(self._lot.uniform(0, THINKING))
        if self._name is not None:
            self._log_in(self._name)
        self._open()
        while time.monotonic() < until:
            self._click()
            time.sleep(self._lot.expovariate(1 / THINKING))

    def _log_in(self, name: str) -> None:
        page = self._ask(FIRST, "GET", "/login")
        tokens = re.findall('name="form_token" value="([^"]+)"', "" if page is None else page.text)
        form = {"form_token": "".join(tokens), "next": "/", "name": name, "password": PASSWORD}
        answer = self._ask(LOG_IN, "POST", "/login", form=form)
        while answer is not None and answer.status_code == requests.codes.unavailable:
            time.sleep(int(answer.headers["Retry-After"]))
            answer = self._ask(LOG_IN, "POST", "/login", form=form)

    def _open(self) -> None:
        answer = self._ask(FIRST, "GET", "/")
        for path in ("/_dash-layout", "/_dash-dependencies"):
            self._ask(FIRST, "GET", path)
        for script in re.findall(r'src="(/[^"]+)"', "" if answer is None else answer.text):
            self._ask(FIRST, "GET", script)
        self._draw()

    def _click(self) -> None:
        choice = self._lot.random()
        if choice < 0.35:
            self._view = replace(self._view, page=self._lot.choice([*PAGES]))
            self._draw()
        elif choice < 0.7:
            self._down_or_up()
            self._draw()
        elif choice < 0.95:
            self._choose()
            self._draw()
        else:
            table = "parts" if self._view.class_unit is None else "subjects"
            self._ask(FILES, "GET", f"/files/averages/{table}.xlsx{self._search()}")

    def _down_or_up(self) -> None:
        """Follows a link of a table to a part, from a class back to the region."""
        view, classes = self._view, self._catalog.classes
        if view.class_unit is not None:
            self._view = replace(view, municipality=None, organization=None, level=None, class_unit=None)
        elif view.organization is not None:
            units = [key for key, one in classes.items() if one.organization_id == view.organization]
            unit = self._lot.choice(units)
            self._view = replace(view, level=classes[unit].level, class_unit=unit if view.level else None)
        elif view.municipality is not None:
            schools = [key for key, one in self._catalog.organizations.items() if one.municipality == view.municipality]
            self._view = replace(view, organization=self._lot.choice(schools))
        else:
            self._view = replace(view, municipality=self._lot.choice(self._catalog.municipalities))

    def _choose(self) -> None:
        """Sets a filter: the browser asks for the address that it leads to."""
        name = self._lot.choice([SUBJECT, SUBJECT, SCOPE, TOWN, SCHOOL])
        choices: dict[str, list[str]] = {
            SUBJECT: [*self._catalog.subjects],
            SCOPE: [*SCOPES],
            TOWN: [*self._catalog.municipalities],
            SCHOOL: [*self._catalog.organizations],
        }
        value = self._lot.choice(choices[name])
        many = name == SUBJECT and PAGES[self._view.page].many_subjects
        one = {"id": {"filter": name}, "property": "value", "value": [value] if many else value}
        self._post(
            CHOOSE,
            {
                "output": "address.search",
                "outputs": {"id": "address", "property": "search"},
                "inputs": [[one]],
                "changedPropIds": [json.dumps({"filter": name}, separators=(",", ":")) + ".value"],
                "state": [*self._place()],
            },
        )
        if name == SUBJECT:
            self._view = replace(self._view, subjects=(value,))
        elif name == SCOPE:
            self._view = replace(self._view, scope=value)
        elif name == TOWN:
            self._view = replace(self._view, municipality=value, organization=None, level=None, class_unit=None)
        else:
            owner = self._catalog.organizations[value].municipality
            self._view = replace(self._view, municipality=owner, organization=value, level=None, class_unit=None)

    def _draw(self) -> None:
        self._post(
            DRAW,
            {
                "output": "page.children",
                "outputs": {"id": "page", "property": "children"},
                "inputs": [*self._place()],
                "changedPropIds": ["address.search"],
            },
        )

    def _search(self) -> str:
        return search_of(self._view, self._catalog)

    def _place(self) -> Iterator[dict[str, str]]:
        for name, value in (("pathname", f"/{self._view.page}"), ("search", self._search())):
            yield {"id": "address", "property": name, "value": value}

    def _post(self, kind: str, body: dict[str, object]) -> None:
        self._ask(kind, "POST", "/_dash-update-component", body)

    def _ask(self, kind: str, method: str, path: str, body: Any = None, form: Any = None) -> requests.Response | None:
        started = time.perf_counter()
        try:
            answer = self._session.request(method, self._address + path, json=body, data=form, timeout=TIMEOUT)
        except requests.RequestException as error:
            self._times.add(kind, time.perf_counter() - started, None, type(error).__name__)
            return None
        self._times.add(kind, time.perf_counter() - started, answer)
        return answer


@contextmanager
def served(home: Path, login: str) -> Iterator[tuple[str, int]]:
    """The dashboards of a home as a process of their own: their address and the process. login: who has to log in."""
    command = [sys.executable, "-c", "from orchestration.cli import main; main()", "dashboards", "--port", "0"]
    environment = os.environ | {"PORTFOLIO_HOME": str(home), "PORTFOLIO_DASHBOARDS_LOGIN": login}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            line = "" if process.stdout is None else process.stdout.readline()
            [address] = re.findall(r"http://127\.0\.0\.1:\d+", line)
            yield address, process.pid
        finally:
            process.terminate()


def write_users(home: Path, count: int) -> list[str]:
    """Methodologists with a password, nobody beside them; gives their names."""
    file = users_file(home)
    file.unlink(missing_ok=True)
    names = [f"user{number}" for number in range(count)]
    for name in names:
        scope = Scope(ScopeKind.REGION)
        add_user(file, Local(name, Role.METHODOLOGIST, scope, hash_password(PASSWORD, name=name)))
    return names


def processor_seconds(pid: int) -> float:
    """What a process and its threads have taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def percentile(values: list[float], share: int) -> float:
    """The value that so many per cent of the values do not exceed."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * share // 100) - 1)]


def main() -> None:
    """Serves, lets the users loose, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True, help="where the region is made (about 350 MB)")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--login", action="store_true", help="every user logs in")
    given = parser.parse_args()
    published = given.home / "published"
    if not (published / FILE).exists():
        write_publication(published, Size(), given.seed)
    catalog = Reader(published / FILE).catalog
    times = Times()
    names: list[str | None] = [None] * given.users
    if given.login:
        names = [*write_users(given.home, given.users)]
    with served(given.home, "always" if given.login else "auto") as (address, pid):
        users = [User(address, catalog, times, f"{given.seed}-{number}", name) for number, name in enumerate(names)]
        before, until = processor_seconds(pid), time.monotonic() + given.seconds
        threads = [threading.Thread(target=user.work, args=(until,)) for user in users]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        taken = processor_seconds(pid) - before
    _tell(times, taken, given.seconds)


def _tell(times: Times, taken: float, seconds: int) -> None:
    clicks = [one for kind, values in times.by_kind.items() if kind not in {FIRST, LOG_IN} for one in values]
    print("kind of request: how many, KB each; milliseconds: median, 95th and 99th percentile, longest")
    for kind, values in [*times.by_kind.items(), ("all after the opening", clicks)]:
        shown = " ".join(f"{percentile(values, share):7.0f}" for share in (50, 95, 99, 100))
        print(f"{kind:24} {len(values):6} {times.sizes[kind] / 1024 / len(values):6.0f} KB {shown}")
    every = sum(len(values) for values in times.by_kind.values())
    print(
        f"processors: {taken:.1f} s in {seconds} s, {1000 * taken / every:.0f} ms a request;"
        f" told to come again: {times.told_to_wait}; errors: {len(times.errors)}"
    )
    for error in sorted({*times.errors}):
        print(f"  {times.errors.count(error)} × {error}")
    sys.exit(1 if times.errors or percentile(clicks, 95) > LIMIT_MS else 0)


if __name__ == "__main__":
    main()
