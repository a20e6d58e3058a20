"""YAML with line numbers: an operator who edits a file is told the file and the line of what is wrong.

Problems are collected, not raised one by one, so that one run names all of them.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from pathlib import Path

import yaml

from extracts.errors import BadInput

_STRING = "tag:yaml.org,2002:str"
_INTEGER = "tag:yaml.org,2002:int"
_BOOLEAN = "tag:yaml.org,2002:bool"


@dataclass
class Problems:
    """What is wrong with one file, in the order found."""

    file: str
    messages: list[str] = field(default_factory=list)

    def add(self, line: int, text: str) -> None:
        """Notes one problem at a line (counted from 1); the same one twice is noted once."""
        message = f"{self.file}:{line}: {text}"
        if message not in self.messages:
            self.messages.append(message)

    def raise_if_any(self) -> None:
        """BadInput with every message, or nothing."""
        if self.messages:
            raise BadInput(self.messages)


@dataclass(frozen=True)
class YamlNode:
    """One node of a YAML file, with the words by which messages call it."""

    node: yaml.Node
    name: str
    problems: Problems
    place: yaml.Node | None = None
    """Where messages point: the key, if the node is the value of one."""

    @property
    def line(self) -> int:
        """The line of the file on which the node (or the key before it) begins, from 1."""
        return int((self.place or self.node).start_mark.line) + 1

    def called(self, name: str) -> YamlNode:
        """The same node under another name in messages."""
        return replace(self, name=name)

    @property
    def is_mapping(self) -> bool:
        """Whether the node is a mapping."""
        return isinstance(self.node, yaml.MappingNode)

    @property
    def is_list(self) -> bool:
        """Whether the node is a list."""
        return isinstance(self.node, yaml.SequenceNode)

    def complain(self, text: str) -> None:
        """Notes a problem with this node."""
        self.problems.add(self.line, f"{self.name}: {text}")

    def mapping(self, *, known: Collection[str] | None = None, required: Collection[str] = ()) -> dict[str, YamlNode]:
        """The entries by key; complains of a repeated, unknown or missing key and of a node that is no mapping."""
        if not isinstance(self.node, yaml.MappingNode):
            self.complain("здесь нужны пары «ключ: значение»")
            return {}
        entries: dict[str, YamlNode] = {}
        for key_node, value_node in self.node.value:
            key = str(key_node.value) if isinstance(key_node, yaml.ScalarNode) else "?"
            place = YamlNode(key_node, self.name, self.problems)
            if key_node.tag != _STRING:
                place.complain(f"ключ «{key}» не читается как строка, возьмите его в кавычки")
            elif key in entries:
                place.complain(f"ключ «{key}» повторяется")
            elif known is not None and key not in known:
                place.complain(f"неизвестный ключ «{key}», допустимы: {', '.join(known)}")
            else:
                entries[key] = YamlNode(value_node, f"{self.name}, «{key}»", self.problems, key_node)
        for key in required:
            if key not in entries:
                self.complain(f"нет ключа «{key}»")
        return entries

    def items(self) -> list[YamlNode]:
        """The items of a list; complains when the node is none."""
        if not isinstance(self.node, yaml.SequenceNode):
            self.complain("здесь нужен список")
            return []
        return [YamlNode(item, self.name, self.problems) for item in self.node.value]

    def text(self) -> str | None:
        """A string; complains and gives None when the node is anything else."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag == _STRING and self.node.value:
            return str(self.node.value)
        self.complain("здесь нужна непустая строка")
        return None

    def integer(self) -> int | None:
        """A whole number; complains and gives None when the node is anything else."""
        value = self.literal() if self.node.tag == _INTEGER else None
        if isinstance(value, int):
            return value
        self.complain("здесь нужно целое число")
        return None

    def boolean(self) -> bool:
        """true or false; complains and gives false when the node is anything else."""
        value = self.literal() if self.node.tag == _BOOLEAN else None
        if isinstance(value, bool):
            return value
        self.complain("здесь нужно true или false")
        return False

    def literal(self) -> str | int | bool | None:
        """A string, whole number or boolean; complains and gives None when the node is anything else."""
        if isinstance(self.node, yaml.ScalarNode) and self.node.tag in (_STRING, _INTEGER, _BOOLEAN):
            value = yaml.constructor.SafeConstructor().construct_object(self.node)
            if isinstance(value, str | int):
                return value
        self.complain("здесь нужна строка, целое число, true или false")
        return None


def read_yaml(path: Path) -> YamlNode:
    """The root node of a YAML file.

    Raises:
        BadInput: there is no such file, it is no UTF-8, no YAML or empty.
    """
    problems = Problems(path.name)
    try:
        root = yaml.compose(path.read_text("utf-8"), Loader=yaml.SafeLoader)
    except OSError as error:
        raise BadInput(f"{path.name}: файл не открывается, проверьте путь и права") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path.name}: файл не в кодировке UTF-8, сохраните его в UTF-8") from error
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        raise BadInput(f"{path.name}:{line}: нарушен синтаксис YAML (отступ, скобка или кавычка)") from error
    except yaml.YAMLError as error:
        raise BadInput(f"{path.name}: в файле есть символы, недопустимые в YAML") from error
    if root is None:
        raise BadInput(f"{path.name}: файл пуст")
    return YamlNode(root, "файл", problems)
