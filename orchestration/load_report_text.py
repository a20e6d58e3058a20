"""The load report as an operator reads it in a minute: Russian, short, from the same document as the JSON."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]

#: How many of a kind are told one by one; the JSON beside the text has them all.
TOLD = 10

STATUS_TITLES = {
    "merged": "принята, ждёт публикации",
    "published": "опубликована",
    "stopped": "остановлена проверкой",
    "bad_input": "не принята: негодные входные данные",
    "failed": "не удалась",
}
STEP_TITLES = {
    "receive": "приём",
    "build": "расчёт витрин",
    "check": "проверки",
    "publish": "публикация",
    "export": "пакет для портала",
    "reports": "отчёты",
}
_MODES = {"snapshot": "снимок", "change_set": "изменения"}


def report_text(document: Document) -> str:
    """The whole text of a report."""
    blocks = [
        [*_head(document)],
        [*_datasets(document)],
        [*_sources(document)],
        [*_left_out(document)],
        [*_rejects(document)],
        [*_drift(document)],
        [*_remarks(document)],
        [*_orphans(document)],
        [*_warehouse(document)],
        [*_seconds(document)],
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def orphan_lines(document: Document) -> list[str]:
    """The one line of the command's output about foreign keys that lead nowhere; none if all lead somewhere."""
    orphans = document.get("orphans") or []
    if not orphans:
        return []
    told = ", ".join(f"{one['dataset']}.{one['column']} {_number(one['rows'])}" for one in orphans[:TOLD])
    return [f"  ссылки, которые никуда не ведут: {told}{_more(orphans)}"]


def _head(document: Document) -> Iterator[str]:
    yield f"Отчёт о загрузке: поставка {document['load_date']}"
    yield f"Состояние: {STATUS_TITLES[document['status']]}{_exit_status(document)}"
    yield from (f"  {message}" for message in document["messages"])
    yield from (f"Внимание: {line}" for line in document.get("outdated", []))
    if document["publication"]:
        yield f"Публикация {document['publication']}, данные на {document['as_of']}"
    elif document["in_force"]:
        in_force = document["in_force"]
        yield f"В силе прежняя публикация {in_force['publication']}, данные на {in_force['as_of']}"
    else:
        yield "Ещё ничего не опубликовано"
    decisions = document["decisions"]
    if decisions["overrule"]:
        yield "Предохранитель снят на эту загрузку (--overrule)" + (":" if decisions["overruled"] else "; он бы молчал")
        yield from (f"  {alarm}" for alarm in decisions["overruled"])
    if "rows" in document:
        rows = document["rows"]
        yield (
            f"Строк прочитано {_number(rows['read'])}, принято {_number(rows['loaded'])},"
            f" отклонено {_number(rows['rejected'])}"
        )


def _exit_status(document: Document) -> str:
    return f" (код завершения {document['exit_status']})" if document["exit_status"] else ""


def _datasets(document: Document) -> Iterator[str]:
    datasets = document.get("datasets", [])
    if not datasets:
        return
    yield "Наборы: принято строк, отклонено, в прошлый раз"
    for one in datasets:
        before = one["previous"]
        was = f"; было {_number(before['rows_loaded'])} ({before['load_date']})" if before else ""
        rejected = f", отклонено {_number(one['rows_rejected'])}" if one["rows_rejected"] else ""
        yield (
            f"  {one['dataset']} ({one['title']}, {_MODES[one['mode']]}): {_number(one['rows_loaded'])}{rejected}{was}"
        )


def _sources(document: Document) -> Iterator[str]:
    sources = document.get("sources", [])
    if not sources:
        return
    yield f"Файлы {sources[0]['shape']}: принято строк, отклонено, не относится к договору"
    for one in sources:
        yield (
            f"  {one['file']}: {_number(one['rows_loaded'])}, {_number(one['rows_rejected'])},"
            f" {_number(one['rows_passed_over'])}"
        )


def _left_out(document: Document) -> Iterator[str]:
    if document.get("missing"):
        yield f"Не поступило (известное остаётся как есть): {', '.join(document['missing'])}"
    if document["decisions"]["without"]:
        yield f"Пропущено по --without: {', '.join(document['decisions']['without'])}"


def _rejects(document: Document) -> Iterator[str]:
    rejects = document.get("rejects")
    if not rejects or not rejects["rows"]:
        return
    yield f"Отклонено строк: {_number(rejects['rows'])}; строки со значениями — в {rejects['csv']}"
    for group in rejects["groups"][:TOLD]:
        column = f", столбец {group['column']}" if group["column"] else ""
        lines = ", ".join(map(str, group["lines"])) + ("…" if group["count"] > len(group["lines"]) else "")
        yield (
            f"  {group['file']}{column}: {group['reason']} — {_number(group['count'])}"
            f" (значение {group['value']}, строки {lines})"
        )
    left = len(rejects["groups"]) - TOLD + rejects["groups_left_off"]
    if left > 0:
        yield f"  и ещё видов ошибок: {left}"


def _drift(document: Document) -> Iterator[str]:
    unknown = document.get("unknown_columns", [])
    absent = document.get("absent_columns", [])
    if unknown:
        yield "Столбцы вне договора (не загружены)"
        yield from _columns(unknown)
    if absent:
        yield "Столбцов договора нет в файлах (считаются пустыми)"
        yield from _columns(absent)


def _columns(found: Sequence[Document]) -> Iterator[str]:
    """A dataset in many parts says the same of each: told once."""
    told: dict[tuple[str, str], list[str]] = {}
    for one in found:
        told.setdefault((one["dataset"], ", ".join(one["columns"])), []).append(one["file"])
    for (_, columns), files in list(told.items())[:TOLD]:
        more = f" и ещё {len(files) - 1}" if len(files) > 1 else ""
        yield f"  {files[0]}{more}: {columns}"
    yield from _rest([*told])


def _remarks(document: Document) -> Iterator[str]:
    lines = [
        f"  {file['file']}: {remark} — {_number(count)}"
        for file in (*document.get("files", []), *document.get("sources", []))
        for remark, count in file["remarks"].items()
    ]
    for one in document.get("datasets", []):
        if one["repeated_keys"]:
            lines.append(f"  {one['dataset']}: ключ встречается не впервые — {_number(one['repeated_keys'])}")
        if one["zero_marks"]:
            lines.append(f"  {one['dataset']}: пятибалльное значение 0 (не отметка) — {_number(one['zero_marks'])}")
    if lines:
        yield "Замечания к файлам: строк"
        yield from lines[:TOLD]
        yield from _rest(lines)


def _orphans(document: Document) -> Iterator[str]:
    orphans = document.get("orphans") or []
    if not orphans:
        return
    yield "Ссылки, которые никуда не ведут: строк всего, из них в этой поставке"
    yield "(сохранены; дойдут до витрин сами, когда придёт недостающее)"
    for one in orphans[:TOLD]:
        yield (
            f"  {one['dataset']}.{one['column']} → {one['refers_to']}:"
            f" {_number(one['rows'])}, {_number(one['rows_of_this_load'])}"
        )
    yield from _rest(orphans)


def _warehouse(document: Document) -> Iterator[str]:
    merges = document.get("merges_ignored") or {}
    if merges.get("unknown_target"):
        yield f"Профили объединены с неизвестным (объединение не учтено): {_number(merges['unknown_target'])}"
    if merges.get("cycle"):
        yield f"Профили объединены по кругу (объединение не учтено): {_number(merges['cycle'])}"
    forms = document.get("control_forms_unmatched") or {}
    if forms.get("forms"):
        named = ", ".join(f"{one['control_form_id']} ({_number(one['marks'])})" for one in forms["most_used"][:TOLD])
        yield (
            f"Формы контроля без типа (считаются классной работой): {_number(forms['forms'])},"
            f" отметок {_number(forms['marks'])}; коды (отметок): {named}{_more(forms['most_used'])}"
        )
    if document.get("marks_in_disagreement"):
        yield f"Отметки, у которых название и значение расходятся: {_number(document['marks_in_disagreement'])}"


def _seconds(document: Document) -> Iterator[str]:
    told = [
        f"{title} {_seconds_shown(spent)}"
        for step, title in STEP_TITLES.items()
        if (spent := document.get("seconds", {}).get(step)) is not None
    ]
    if told:
        yield f"Время: {', '.join(told)}"


def _seconds_shown(seconds: float) -> str:
    return f"{seconds:.1f} с".replace(".", ",")


def _number(count: int) -> str:
    return f"{count:,}".replace(",", "\u00a0")


def _rest(told: Sequence[object]) -> Iterator[str]:
    if len(told) > TOLD:
        yield f" {_more(told)}: см. JSON"


def _more(told: Sequence[object]) -> str:
    return f" и ещё {len(told) - TOLD}" if len(told) > TOLD else ""
