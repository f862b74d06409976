"""The weights of a file under the names that the spec gives to them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from specc.data.raw import Array
from specc.importing.calls import name_of
from specc.importing.models import Imported
from specc.importing.same import Twins
from specc.importing.weights import Stored
from specc.program.program import Program


def carried(imported: Imported, program: Program, pairs: Twins, stored: Stored) -> dict[str, Array]:
    """The arrays of a file; ``pairs`` says which nodes of the program those of the imported one are.

    Raises:
        SpecError: they aren't those that the layers have.
    """
    carrier = _Carrier(imported, program, pairs, stored)
    carrier.add((), imported.top, imported.top, stored.root(), "")
    return carrier.found


@dataclass
class _Carrier:
    imported: Imported
    program: Program
    pairs: Twins
    stored: Stored
    found: dict[str, Array] = field(default_factory=dict[str, Array])

    def add(self, path: tuple[str, ...], name: str, twin: str, group: Any, prefix: str) -> None:
        """Add the arrays of one model and of those in it: ``twin`` is what it is in the program."""
        records = self.imported.layers[path]
        groups, of_node = self.stored.groups(group, records), dict(records)
        nodes, there = self.pairs[name, twin], self.program.models[twin]
        for node in self.imported.program.models[name].nodes:
            record = of_node.get(node.name)
            if record is None or node.kind in ("input", "op") or node.shares is not None:
                continue
            mine = there[nodes[node.name]]
            mine = there[mine.shares] if mine.shares is not None else mine
            where = groups.get(node.name)
            if node.model is not None and mine.model is not None:
                self.add((*path, name_of(record)), node.model, mine.model, where, f"{prefix}{mine.name}/")
                continue
            if mine.type_name == "Normalization" and not mine.weights:
                continue  # what it learned stands in the spec
            arrays = self.stored.arrays(where, record)
            for weight, array in self.stored.checked(name_of(record), mine.weights, arrays):
                self.found[f"{prefix}{mine.name}/{weight}"] = array
