"""Tells which columns feed which input, and which hold the target of which output."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from specc.data.raw import Raw
from specc.diagnostics import Diagnostic, Related, did_you_mean
from specc.diagnostics.codes import BAD_DATA_FILE, UNKNOWN_COLUMN
from specc.source import Span

Given: TypeAlias = Any
"""What a spec says: None, a tuple of columns, or a dict of such by the name of an input or output."""

Chosen: TypeAlias = dict[str, tuple[str, ...]]


@dataclass
class Chooser:
    """Chooses columns of ``raw`` by name; what it can't choose is missing from the result and told in ``findings``.

    Attributes:
        place: where the spec names the data.
        places: where it names the inputs and outputs.
    """

    raw: Raw
    place: Span
    places: dict[str, Span]
    findings: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def targets(self, outputs: Iterable[str], given: Given) -> Chosen:
        """The columns of each output's target: as given, by the same name, or those that the source knows."""
        return self._choose(list(outputs), given, "output", self.raw.targets)

    def inputs(self, inputs: Iterable[str], given: Given, targets: Iterable[str]) -> Chosen:
        """The columns of each input: as given, by the same name, or for a lone input all that are no targets."""
        taken = {*targets, *self.raw.targets}
        rest = tuple(c for c in self.raw.columns if c not in taken)
        return self._choose(list(inputs), given, "input", rest)

    def _choose(self, names: list[str], given: Given, what: str, for_a_lone_one: tuple[str, ...]) -> Chosen:
        before = len(self.findings)
        chosen = self._given(names, given, what)
        if len(self.findings) > before:  # what is said is wrong: guessing the rest would only mislead
            return {}
        for name in names:
            if name in chosen:
                continue
            if name in self.raw.columns:
                chosen[name] = (name,)
            elif len(names) == 1 and for_a_lone_one:
                chosen[name] = for_a_lone_one
            else:
                self.findings.append(self._no_column(name, what))
        return {name: columns for name, columns in chosen.items() if self._all_there(columns)}

    def _given(self, names: list[str], given: Given, what: str) -> Chosen:
        if given is None:
            return {}
        if isinstance(given, dict):
            for name in given:
                if name not in names:
                    hint = did_you_mean(name, names) or (f"{what}s are {', '.join(names)}",)
                    message = f"the model has no {what} `{name}`"
                    self.findings.append(Diagnostic(UNKNOWN_COLUMN, message, self.place, help=hint))
            return {name: tuple(given[name]) for name in names if name in given}
        if len(names) == 1:
            return {names[0]: tuple(given)}
        message = f"there are {len(names)} {what}s: say which {self.raw.noun}s belong to which"
        hint = f"write `{_setting(what)} = {{ {'  '.join(f'{n} = […]' for n in names[:3])} }}`"
        self.findings.append(Diagnostic(UNKNOWN_COLUMN, message, self.place, help=(hint,)))
        return {}

    def _all_there(self, columns: tuple[str, ...]) -> bool:
        missing = [c for c in columns if c not in self.raw.columns]
        for column in missing:
            known = list(self.raw.columns)
            related = (Related(self.raw.place(column), "the data"),)
            message = f"`{self.raw.file.name}` has no {self.raw.noun} `{column}`"
            hint = did_you_mean(column, known) or (self._known(),)
            self.findings.append(Diagnostic(UNKNOWN_COLUMN, message, self.place, related=related, help=hint))
        return not missing

    def _no_column(self, name: str, what: str) -> Diagnostic:
        noun = self.raw.noun
        return Diagnostic(
            UNKNOWN_COLUMN,
            f"`{self.raw.file.name}` has no {noun} for the {what} `{name}`",
            self.place,
            related=(Related(self.places.get(name, self.place), f"the {what}"),),
            help=(
                *did_you_mean(name, self.raw.columns),
                f"name its {noun}: `{_setting(what)} = {{ {name} = … }}`",
                self._known(),
            ),
        )

    def _known(self) -> str:
        names = list(self.raw.columns)
        return f"{self.raw.noun}s are {', '.join(names[:12])}{', …' if len(names) > 12 else ''}"

    def check_lengths(self, *chosen: Chosen) -> None:
        """Tell arrays that don't have the same number of examples, at least one."""
        columns = dict.fromkeys(c for part in chosen for columns in part.values() for c in columns)
        lengths = {c: len(self.raw.columns[c]) if self.raw.columns[c].ndim else 0 for c in columns}
        if len(set(lengths.values())) == 1 and all(lengths.values()):
            return
        if not lengths or not any(lengths.values()):
            message = "there are no examples in the data"
        else:
            listed = ", ".join(f"`{name}` has {count}" for name, count in lengths.items())
            message = f"the {self.raw.noun}s have unequal numbers of examples: {listed}"
        related = (Related(Span(self.raw.file), "the data"),)
        self.findings.append(Diagnostic(BAD_DATA_FILE, message, self.place, related=related))


def _setting(what: str) -> str:
    return "inputs" if what == "input" else "targets"
