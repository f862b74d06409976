"""Parameter values from the command line (``-p width=16``)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from specc.catalogue.bind import Given
from specc.diagnostics import Diagnostic, did_you_mean
from specc.diagnostics.codes import UNKNOWN_PARAMETER
from specc.source import Source, Span


@dataclass
class Overrides:
    """Values that take the place of defaults. A key is ``width`` or, for one definition only, ``ResNet.width``."""

    values: dict[str, Given] = field(default_factory=dict[str, Given])
    used: set[str] = field(default_factory=set[str])
    known: set[str] = field(default_factory=set[str])

    @classmethod
    def parse(cls, texts: Mapping[str, str], evaluate: Callable[[Source], Any]) -> Overrides:
        """Overrides from ``name: text``; ``evaluate`` gives the value of a text.

        Raises:
            SpecError: a text is not an expression.
        """
        values: dict[str, Given] = {}
        for key, text in texts.items():
            source = Source(f"-p {key}", f"{key}={text}")
            value = evaluate(Source(f"-p {key}", text))
            values[key] = Given(key.rpartition(".")[2], value, Span(source, len(key) + 1, len(source.text)))
        return cls(values)

    def given(self, definition: str, params: Mapping[str, Any], given: Sequence[Given]) -> list[Given]:
        """The arguments of a call with the overrides for what it leaves to defaults."""
        names = list(params)
        bound = {g.name if g.name else names[i] for i, g in enumerate(given) if g.name or i < len(names)}
        self.known.update(names)
        return [*given, *(v for k, v in self._for(definition, params) if k not in bound)]

    def _for(self, definition: str, params: Mapping[str, Any]) -> list[tuple[str, Given]]:
        found: list[tuple[str, Given]] = []
        for key, value in self.values.items():
            owner, _, name = key.rpartition(".")
            if name in params and owner in ("", definition):
                self.used.add(key)
                found.append((name, value))
        return found

    def unused(self) -> list[Diagnostic]:
        """The findings for overrides that no definition has a parameter for."""
        return [
            Diagnostic(
                UNKNOWN_PARAMETER,
                f"nothing has a parameter `{key}`",
                Span(self.values[key].span.source, 0, len(key)),
                help=did_you_mean(key.rpartition(".")[2], self.known)
                or ((f"parameters are {', '.join(sorted(self.known))}",) if self.known else ("this spec has none",)),
            )
            for key in self.values
            if key not in self.used
        ]
