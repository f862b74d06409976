"""Reads artifacts: verified as a whole, the spec checked again, the model rebuilt from it. Nothing is executed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from specc.artifact.manifest import SPEC, WEIGHTS, Manifest
from specc.artifact.verify import damaged, find, verified_bytes, verify
from specc.compiler import Compilation
from specc.data.raw import Array
from specc.plugins import require
from specc.program.graph import ModelGraph
from specc.program.json import graph_hash
from specc.program.program import Program
from specc.source import Source, Span

_LARGEST_SPEC: Final = 256 << 20


@dataclass
class Artifact:
    """A verified artifact. Its spec is checked again when it is first used; its model is built on demand."""

    folder: Path
    manifest: Manifest

    @property
    def target(self) -> str:
        """The model or ensemble that the artifact is."""
        return self.manifest.target

    @cached_property
    def program(self) -> Program:
        """The program, checked again.

        Raises:
            SpecError: this version of specc doesn't accept it, or it is not the one that the manifest names.
        """
        path = self.folder / SPEC
        try:
            text = verified_bytes(self.folder, SPEC, self.manifest).decode("utf-8")
        except UnicodeDecodeError:
            raise damaged(path, "it is no UTF-8 text") from None
        require(self.manifest.plugins, Span(Source(str(path), text, path)))
        program = Compilation(Source(str(path), text, path), max_bytes=_LARGEST_SPEC).program
        if graph_hash(program) != self.manifest.hash or self.target not in program.models:
            raise damaged(path, "the spec is not the one that the manifest names")
        return program

    @property
    def graph(self) -> ModelGraph:
        """The graph of the target."""
        return self.program.models[self.target]

    @cached_property
    def model(self) -> Any:
        """The Keras model, loaded once."""
        return self.load_model()

    def load_model(self) -> Any:
        """A new Keras model, built from the spec, with the weights filled in by name, shape and dtype.

        Raises:
            SpecError: the weights are not those of the spec.
        """
        weights = self._weights()
        # Imports TensorFlow, and takes the memory that the spec asks for: only after the weights were seen to be there.
        from specc.lower.model import build, named_weights

        model = build(self.program, self.target)
        self._fill(named_weights(self.program, self.target, model), weights)
        return model

    def _weights(self) -> dict[str, Array]:
        from specc.artifact.tensors import parse_weights

        path = self.folder / WEIGHTS
        try:
            weights = parse_weights(verified_bytes(self.folder, WEIGHTS, self.manifest))
        except ValueError as error:
            raise damaged(path, f"it holds no tensors: {error}") from None
        held, wanted = sum(int(w.size) for w in weights.values()), self.program.cost(self.graph).parameters
        if held != wanted:
            raise damaged(path, f"it holds {held:,} parameters, the spec has {wanted:,}")
        return weights

    def _fill(self, variables: dict[str, Any], weights: dict[str, Array]) -> None:
        path = self.folder / WEIGHTS
        for name in sorted(weights.keys() ^ variables.keys()):
            missing = name in variables
            raise damaged(path, f"the tensor `{name}` {'is missing' if missing else 'is none of the spec'}")
        for name, variable in variables.items():
            array = weights[name]
            found = (str(array.dtype), tuple(array.shape))
            wanted = (variable.dtype, tuple(variable.shape))
            if found != wanted:
                raise damaged(path, f"the tensor `{name}` is {_type(found)} instead of {_type(wanted)}")
            variable.assign(array)


def _type(found: tuple[str, tuple[int, ...]]) -> str:
    return f"{found[0]}[{', '.join(map(str, found[1]))}]"


def read(path: Path) -> Artifact:
    """The artifact in a folder, or in the run folder around it; verified as a whole.

    Raises:
        SpecError: it is no artifact, or any of its files is damaged.
    """
    folder = find(path)
    return Artifact(folder, verify(folder))
