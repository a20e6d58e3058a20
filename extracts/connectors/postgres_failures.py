"""What the operator is told when a database does not answer as it should.

The texts of the driver's errors are never told: they quote the address, the account, the query and values.
"""

from __future__ import annotations

import psycopg
from psycopg import errors as pg

from extracts.connectors.errors import SourceFailed
from extracts.connectors.options import PostgresSource
from extracts.errors import BadInput

_AGAIN = "Проверьте базу и сеть и повторите portfolio pull."

#: What has to be mended: the narrower kinds first.
_LASTING: tuple[tuple[tuple[type[psycopg.Error], ...], str], ...] = (
    (
        (pg.UndefinedTable, pg.InvalidSchemaName, pg.InvalidName),
        "такой таблицы нет. Проверьте table: схема.таблица, как в базе.",
    ),
    ((pg.UndefinedColumn,), "такого столбца нет. Проверьте query и cursor."),
    (
        (pg.InsufficientPrivilege,),
        "не хватает прав на чтение. Дайте учётной записи из {dsn_env} право SELECT на таблицу и USAGE на схему.",
    ),
    ((pg.ReadOnlySqlTransaction,), "запрос меняет данные, а читать можно только чтением. Исправьте query."),
    ((pg.SyntaxErrorOrAccessRuleViolation,), "база не понимает запрос. Проверьте query: один SELECT без «;»."),
    ((pg.CharacterNotInRepertoire, pg.UntranslatableCharacter), "текст в базе не переводится в UTF-8."),
    ((psycopg.DataError,), "база не смогла посчитать запрос. Проверьте query."),
)
_REFUSED = "база отказалась выполнить запрос (код {code}). Проверьте table и query."

#: Beginnings of the codes of what may pass: connections, resources, conflicts, locks, operators, the machine.
_PASSING = ("08", "53", "40", "55", "57", "58")

_STOPPED: tuple[tuple[tuple[type[psycopg.Error], ...], str], ...] = (
    ((pg.QueryCanceled,), "запрос шёл дольше statement_seconds или прерван базой"),
    ((pg.SerializationFailure,), "реплика прервала чтение: ей понадобилось применить изменения"),
    ((pg.TooManyConnections,), "у базы заняты все подключения"),
    ((pg.LockNotAvailable, pg.DeadlockDetected), "таблица занята"),
)

#: PostgreSQL does not number what goes wrong while connecting. Only these words are looked for, none are told.
_MISWRITTEN = "строка подключения написана неверно"
_CONNECTING: tuple[tuple[str, str], ...] = (
    ("password authentication failed", "база не приняла имя или пароль"),
    ("no password supplied", "база спрашивает пароль, а его нет"),
    ("no pg_hba.conf entry", "база не пускает с этой машины или без шифрования"),
    ("does not exist", "нет такой базы или учётной записи"),
    ("certificate", "сертификату базы нет доверия"),
    ("invalid integer value", _MISWRITTEN),
    ("invalid port number", _MISWRITTEN),
)


def failure_of(error: psycopg.Error, source: PostgresSource, where: str) -> BadInput | SourceFailed:
    """The error to raise instead: SourceFailed for what may pass, BadInput for what has to be mended."""
    if error.sqlstate is None:
        connecting = _connecting(error)
        if connecting:
            cure = f"Проверьте строку подключения в переменной среды {source.dsn_env}."
            return BadInput(f"{where}: {connecting}. {cure}")
    elif not error.sqlstate.startswith(_PASSING):
        lasting = next((text for kinds, text in _LASTING if isinstance(error, kinds)), _REFUSED)
        return BadInput(f"{where}: {lasting.format(dsn_env=source.dsn_env, code=error.sqlstate)}")
    stopped = next((text for kinds, text in _STOPPED if isinstance(error, kinds)), None)
    return SourceFailed(f"{where}: {stopped or 'нет связи с базой или она оборвалась'}. {_AGAIN}")


def _connecting(error: psycopg.Error) -> str | None:
    text = str(error)
    told = next((told for words, told in _CONNECTING if words in text), None)
    return told or (_MISWRITTEN if isinstance(error, psycopg.ProgrammingError) else None)
