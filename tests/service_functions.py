"""The services as a reader finds them: their public functions, and which of them are verbs."""

import ast
import importlib
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass
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
        return {
            ast.unparse(node.func)
            for node in ast.walk(self.definition)
            if isinstance(node, ast.Call)
        }


def service_functions() -> list[ServiceFunction]:
    """All public functions of all services."""
    return [
        ServiceFunction(module, node)
        for module in _modules()
        for node in ast.parse(_source(module)).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    ]


def _modules() -> Iterator[str]:
    for package in (account_services, key_services):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            yield module.name


def _source(module: str) -> str:
    file = importlib.import_module(module).__file__
    assert file is not None
    return Path(file).read_text(encoding="utf-8")
