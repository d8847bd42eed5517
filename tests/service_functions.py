"""The services as a reader finds them: their public functions, and which of them are verbs."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from accounts import services as account_services
from apikeys import services as key_services


@dataclass(frozen=True)
class ServiceFunction:
    """A public function at the top of a services module."""

    module: str
    definition: ast.FunctionDef

    def __str__(self) -> str:
        return f"{self.module}.{self.definition.name}"

    @property
    def event(self) -> str | None:
        """The event named by @verb, as it is written there; None for a function without it."""
        for decorator in self.definition.decorator_list:
            if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "verb":
                return ast.unparse(decorator.args[0])
        return None

    @property
    def positional(self) -> list[str]:
        """Parameters that a caller could give without their name."""
        arguments = self.definition.args
        return [argument.arg for argument in (*arguments.posonlyargs, *arguments.args)]

    @property
    def keyword_only(self) -> dict[str, ast.expr | None]:
        """Keyword-only parameters with their defaults."""
        arguments = self.definition.args
        names = [argument.arg for argument in arguments.kwonlyargs]
        return dict(zip(names, arguments.kw_defaults, strict=True))

    @property
    def calls(self) -> set[str]:
        """What the function calls, as it is written there."""
        return _calls(self.definition)

    @property
    def reaches(self) -> set[str]:
        """What the function calls, itself or through other functions of the services."""
        return _reached(self.module, self.definition.name, set())


def service_functions() -> list[ServiceFunction]:
    """All public functions of all services."""
    return [
        ServiceFunction(module, node)
        for module in _modules()
        for node in ast.parse(_source(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def _calls(definition: ast.FunctionDef) -> set[str]:
    """The functions that the body calls, without those that a decorator calls."""
    return {
        ast.unparse(node.func)
        for statement in definition.body
        for node in ast.walk(statement)
        if isinstance(node, ast.Call)
    }


def _reached(module: str, function: str, seen: set[tuple[str, str]]) -> set[str]:
    """What `function` calls, and what those of its calls that lead into services call in turn."""
    definition = _definitions(module).get(function)
    if definition is None or (module, function) in seen:
        return set()
    seen.add((module, function))
    calls = _calls(definition)
    for name in list(calls):
        calls |= _reached(*_home(module, name), seen)
    return calls


@cache
def _definitions(module: str) -> dict[str, ast.FunctionDef]:
    """The functions at the top of a services module, the private ones too."""
    if module not in set(_modules()):
        return {}
    body = ast.parse(_source(module)).body
    return {node.name: node for node in body if isinstance(node, ast.FunctionDef)}


def _home(module: str, name: str) -> tuple[str, str]:
    """Where a function lives that `module` calls as `name`, which may be `imported.function`."""
    first, _, rest = name.partition(".")
    for node in ast.parse(_source(module)).body:
        if isinstance(node, ast.ImportFrom) and first in {alias.name for alias in node.names}:
            return (f"{node.module}.{first}", rest) if rest else (node.module or "", first)
    return module, name


@cache
def _modules_of(package: str) -> tuple[str, ...]:
    path = importlib.import_module(package).__path__
    return tuple(module.name for module in pkgutil.walk_packages(path, f"{package}."))


def _modules() -> Iterator[str]:
    for package in (account_services, key_services):
        yield from _modules_of(package.__name__)


@cache
def _source(module: str) -> str:
    file = importlib.import_module(module).__file__
    assert file is not None
    return Path(file).read_text(encoding="utf-8")
