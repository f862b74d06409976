"""Writes the stubs beside the modules of the catalogue: what editors and type checkers know of each name.

``python -m specc.build.stubs`` writes them anew; do so after changing an argument of a declaration. It needs ruff.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import wrap
from typing import Any, Final, cast

from specc.build.catalogue import BASES, MODULES, may_split
from specc.catalogue.bind import positional
from specc.catalogue.declare import Declaration, Param
from specc.catalogue.ops.base import Operation
from specc.catalogue.params import Choice, Either, Flag, Integer, Label, Name, Number, Object, Optional, Text, Tuple
from specc.catalogue.registry import declarations

FOLDER: Final = Path(__file__).parent

_SHARED: Final = 8
"""From so many choices on, a set of them that several arguments have gets a name."""

_OBJECTS: Final = ", ".join(sorted({*(b.__name__ for b in BASES.values()), "Size"}))

_HEAD: Final = f'''"""Written by `python -m specc.build.stubs`."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

from specc.build.model import Model
from specc.build.objects import {_OBJECTS}
from specc.build.values import Layer, ManyLayer, Tensor

'''


def stub(kind: str) -> str:
    """The stub of the module of a kind, before it is formatted."""
    found = declarations(kind).values()
    names = _Names()
    parts = [_function(d, names) if issubclass(d, Operation) else _class(d, names) for d in found]
    return _HEAD + "".join(names.aliases()) + "\n" + "\n".join(parts)


def formatted(text: str) -> str:
    """A stub as ruff formats it, without the imports that it doesn't need; the same wherever the package lies."""
    ruff = (sys.executable, "-m", "ruff")
    style = ("--isolated", "--line-length", "120", "--target-version", "py311")
    for command in (("check", "--fix-only", "--select", "F401,I", "--quiet"), ("format", "--quiet")):
        call = [*ruff, *command, *style, "--stdin-filename", str(FOLDER / "stub.pyi"), "-"]
        text = subprocess.run(call, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    """Write all stubs."""
    for kind, module in MODULES.items():
        (FOLDER / f"{module}.pyi").write_text(formatted(stub(kind)), encoding="utf-8")


class _Names:
    """Long sets of choices by the names that they get."""

    def __init__(self) -> None:
        self.known: dict[tuple[str, ...], str] = {}

    def literal(self, words: tuple[str, ...], argument: str) -> str:
        """The type of a choice."""
        text = f"Literal[{', '.join(repr(w) for w in words)}]"
        if len(words) < _SHARED:
            return text
        if words not in self.known:
            base = f"_{argument.rpartition('_')[2].capitalize()}"
            taken = sum(n.rstrip("0123456789") == base for n in self.known.values())
            self.known[words] = base + (str(taken + 1) if taken else "")
        return self.known[words]

    def aliases(self) -> Iterator[str]:
        for words, name in self.known.items():
            yield f"{name}: TypeAlias = Literal[{', '.join(repr(w) for w in words)}]\n"


def _class(declared: type[Declaration], names: _Names) -> str:
    base = (
        ("ManyLayer" if may_split(declared) else "Layer") if declared.kind == "layer" else BASES[declared.kind].__name__
    )
    arguments = ", ".join(["self", *_arguments(declared, names)])
    return f"class {declared.__name__}({base}):\n    {_doc(declared)}\n    def __init__({arguments}) -> None: ...\n"


def _function(operation: type[Operation], names: _Names) -> str:
    result = "Any" if may_split(operation) else "Tensor"
    arguments = ", ".join(_function_arguments(operation, names))
    return f"def {operation.__name__}({arguments}) -> {result}:\n    {_doc(operation)}\n"


def _function_arguments(operation: type[Operation], names: _Names) -> list[str]:
    if operation.implied:
        return [*_arguments(operation, names), "*", "model: Model | None = None"]
    if operation.variadic:
        return [*_arguments(operation, names), "/", "*operands: Tensor | float"]
    operand = "Sequence[Tensor]" if operation.takes_list else "Tensor | float"
    return [*(f"{name}: {operand}" for name in operation.operands), *_arguments(operation, names)]


def _arguments(declared: type[Declaration], names: _Names) -> list[str]:
    """The arguments; those with a default that come before one without can't be left out by position."""
    order = positional(declared)
    named = [n for n in declared.params if n not in order]
    last = max((i for i, n in enumerate(order) if declared.params[n].required), default=-1)
    late = [n for i, n in enumerate(order) if i > last or declared.params[n].required]
    if len(late) < len(order):  # an argument without a default behind one with
        first = next(i for i, n in enumerate(order) if n not in late)
        order, named = order[:first], [*order[first:], *named]
    texts = [_argument(declared.params[n], n, names) for n in order]
    return [*texts, *(["*"] if named else []), *(_argument(declared.params[n], n, names) for n in named)]


def _argument(param: Param[Any], name: str, names: _Names) -> str:
    default = "" if param.required else f" = {_default(param.default)}"
    return f"{name}: {_type(param, name, names)}{default}"


def _default(value: Any) -> str:
    match value:
        case None | bool() | int() | float():
            return repr(value)
        case str():
            return repr(str(value))
        case tuple():
            items = [_default(v) for v in cast("tuple[Any, ...]", value)]
            return f"({items[0]},)" if len(items) == 1 else f"({', '.join(items)})"
        case _:
            return "..."  # an object


def _union(*types: str) -> str:
    """One of some types; ``None`` comes last."""
    plain = dict.fromkeys(t.removesuffix(" | None") for t in types if t != "None")
    optional = any(t == "None" or t.endswith(" | None") for t in types)
    return " | ".join([*plain, *(["None"] if optional else [])])


def _type(param: Param[Any], name: str, names: _Names) -> str:
    """The type of what an argument accepts."""
    match param:
        case Optional(inner=inner):
            return _union(_type(inner, name, names), "None")
        case Either(choices=choices):
            return _union(*(_type(c, name, names) for c in choices))
        case Tuple(item=item, single=single):
            one = _type(item, name, names)
            return _union(one, f"Sequence[{one}]") if single else f"Sequence[{one}]"
        case Object(kinds=kinds):
            return " | ".join("Layer | ManyLayer" if k == "layer" else BASES[k].__name__ for k in kinds)
        case Choice():
            return names.literal(tuple(map(str, param.words)), name)
        case Integer():
            return "Size"
        case Number():
            return "float"
        case Flag():
            return "bool"
        case Text() | Name() | Label():
            return "str"
        case _:
            return _OTHERS[type(param).__name__]


_OTHERS: Final = {
    "Shapes": "Mapping[str, Sequence[int]]",
    "Files": "str | Mapping[str, str]",
    "FillValue": "float | str",
    "Columns": "str | Sequence[str] | Mapping[str, str | Sequence[str]]",
    "PerOutput": "str | Mapping[str, str]",
    "Edges": "Size | Sequence[Size | Sequence[Size]]",
    "Clipping": "Mapping[str, float]",
    "Grid": "float | Sequence[float] | Sequence[Sequence[float]]",
    "IndexItems": "Sequence[Any]",
}


def _doc(declared: type[Declaration]) -> str:
    """The first sentence or line of a declaration's documentation."""
    line = (declared.__doc__ or "").strip().splitlines()[0].strip()
    return '"""' + "\n    ".join(wrap(line, 110)) + ('"""' if len(line) <= 110 else '\n    """')


if __name__ == "__main__":
    main()
