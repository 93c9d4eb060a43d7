"""The texts of errors that the code raises, read out of it: also those that are put together in variables or returned.

What is put into a text stands in it as a number, ``{0}``.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from itertools import count, product
from pathlib import Path

import stream

# Errors whose only argument is the text, and what makes errors, with the place of the text among its arguments.
RAISED = {
    *("UsageError", "NotFoundError", "SettingsError", "DocumentError"),
    *("StoreError", "BrokerError", "AccessError", "ValueError"),
    *("FeedError", "DatasetError", "ProviderError", "GrafanaError"),
}
MADE = {"error_at": -1, "error_in": -1, "PlaceError": 1}
# What turns errors of servers into ours, with the text that it makes of what was asked for.
ASKED = {
    "store_errors": "Postgres did not {}: {{0}}",
    "redis_errors": "Redis did not {}: {{0}}",
    "broker_errors": "Kafka did not {}: {{0}}",
    "_admin": "Kafka at {{0}} did not {}: {{1}}",
}
ELSEWHERE = {"api", "bench", "embedded"}  # of programs, and of what a desk does not run
# Where a ValueError is what a person wrote; others are of what we stored, and end in the log.
OF_PEOPLE = {"settings.py", "settings_kafka.py", "masking.py"}
MOST = 64  # texts that one expression may be; more are a mistake of this module

Function = ast.FunctionDef | ast.AsyncFunctionDef
Text = tuple[str, ...]  # in parts; an empty one stands for what is put in


def raised_texts() -> Iterator[tuple[str, str]]:
    """Yield where an error is raised, as ``file:line``, and each text that it may have."""
    root = Path(stream.__file__).parent
    for file in sorted(root.rglob("*.py")) + sorted(root.with_name("dashboards").rglob("*.py")):
        if ELSEWHERE.isdisjoint(file.relative_to(root.parent).parts):
            for line, text in _Module(file).texts():
                yield f"{file.relative_to(root.parent)}:{line}", text


def written_texts() -> Iterator[str]:
    """Yield each piece of text that stands in the code that may raise."""
    root = Path(stream.__file__).parent
    for folder in (root, root.with_name("models"), root.with_name("dashboards") / "grafana"):
        for file in folder.rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


class _Module:
    def __init__(self, file: Path) -> None:
        self._tree = ast.parse(file.read_text(encoding="utf-8"))
        self._kinds = RAISED if file.name in OF_PEOPLE else RAISED - {"ValueError"}
        self._scopes = [self._tree, *(node for node in ast.walk(self._tree) if isinstance(node, Function))]
        self._functions = {scope.name: scope for scope in self._scopes if isinstance(scope, Function)}

    def texts(self) -> Iterator[tuple[int, str]]:
        for scope in self._scopes:
            for node in _own(scope):
                if isinstance(node, ast.Call) and (asked := _asked(node)):
                    yield node.lineno, asked
                elif (said := _said(node, self._kinds)) is not None:
                    yield from ((said.lineno, _numbered(text)) for text in self._of(said, scope, frozenset()))

    def _of(self, node: ast.expr, scope: ast.AST, seen: frozenset[str]) -> list[Text]:
        """Return the texts that an expression may be, through the variables and functions of its module."""
        match node:
            case ast.Constant(value=str(text)):
                return [(text,)] if text else [()]
            case ast.JoinedStr(values=values):
                return _joined([self._of(value, scope, seen) for value in values])
            case ast.FormattedValue(value=value) | ast.NamedExpr(value=value):
                return self._of(value, scope, seen)
            case ast.BinOp(left=left, op=ast.Add(), right=right):
                return _joined([self._of(left, scope, seen), self._of(right, scope, seen)])
            case ast.IfExp(body=body, orelse=other):
                return self._of(body, scope, seen) + self._of(other, scope, seen)
            case ast.Name(id=name) if name not in seen:
                values = _assigned(scope, name) or _assigned(self._tree, name)
                return self._all(values, scope, seen | {name})
            case ast.Call(func=ast.Name(id=name)) if name in self._functions and name not in seen:
                function = self._functions[name]
                values = [node.value for node in _own(function) if isinstance(node, ast.Return) and node.value]
                return self._all(values, function, seen | {name})
        return [("",)]

    def _all(self, nodes: list[ast.expr], scope: ast.AST, seen: frozenset[str]) -> list[Text]:
        found = [text for node in nodes for text in self._of(node, scope, seen)]
        return [text for text in found if text] or [("",)]  # what a variable begins with, and nothing, is no text


def _own(scope: ast.AST) -> Iterator[ast.AST]:
    """Yield what stands in a scope, and not in a function within it."""
    for child in ast.iter_child_nodes(scope):
        if not isinstance(child, Function):
            yield child
            yield from _own(child)


def _said(node: ast.AST, kinds: set[str]) -> ast.expr | None:
    """Return the text of an error that is raised or made here, if one is."""
    call = node.exc if isinstance(node, ast.Raise) else node
    if not isinstance(call, ast.Call) or not call.args:
        return None
    name = getattr(call.func, "id", getattr(call.func, "attr", ""))
    if isinstance(node, ast.Raise):
        return call.args[0] if name in kinds else None
    return call.args[MADE[name]] if name in MADE else None


def _asked(call: ast.Call) -> str:
    text = ASKED.get(getattr(call.func, "id", ""), "")
    asked = call.args[-1] if call.args else None
    return text.format(asked.value) if text and isinstance(asked, ast.Constant) else ""


def _assigned(scope: ast.AST, name: str) -> list[ast.expr]:
    found: list[ast.expr] = []
    for node in _own(scope):
        if isinstance(node, ast.Assign):
            for target in node.targets:
                found += _values(target, node.value, name)
        elif isinstance(node, ast.NamedExpr | ast.AnnAssign) and node.value is not None:
            found += _values(node.target, node.value, name)
    return found


def _values(target: ast.expr, value: ast.expr, name: str) -> list[ast.expr]:
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        pairs = zip(target.elts, value.elts, strict=False)
        return [each for one, each in pairs if isinstance(one, ast.Name) and one.id == name]
    return [value] if isinstance(target, ast.Name) and target.id == name else []


def _joined(parts: list[list[Text]]) -> list[Text]:
    found = [tuple(part for text in texts for part in text) for texts in product(*parts)]
    assert len(found) <= MOST, found[0]
    return found


def _numbered(text: Text) -> str:
    numbers = count()
    return "".join(part or f"{{{next(numbers)}}}" for part in text)
