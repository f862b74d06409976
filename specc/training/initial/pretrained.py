"""Loads the weights that models begin with, before training: program → program, and arrays by weights' names.

What a file or ImageNet gave is in the arrays; the program that is trained, and that the artifact holds, begins with
nothing from elsewhere any more. Statistics that a `Normalization` learned come with the weights, as its arguments.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path
from typing import Any

from specc.catalogue.learned import Learning
from specc.check.learning import is_unlearned
from specc.check.weights import IMAGENET, weights_file
from specc.data.raw import Array
from specc.diagnostics import SpecError
from specc.lower.model import build, named_weights
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.training.initial.imagenet import published
from specc.weights.declared import started_nodes
from specc.weights.files import read_arrays
from specc.weights.match import does_not_fit, mismatch


@dataclass
class Loaded:
    """What models begin with.

    Attributes:
        program: the program without what it says of weights from elsewhere.
        arrays: the arrays by the paths of weights in the target.
        sources: where they are from, by the path of the model.
        changed: the names of models that are others now, with what they have learned.
    """

    program: Program
    arrays: dict[str, Array] = field(default_factory=dict[str, Array])
    sources: dict[str, str] = field(default_factory=dict[str, str])
    changed: set[str] = field(default_factory=set[str])

    def fill(self, variables: Mapping[str, Any], prefix: str = "") -> None:
        """Put the arrays into a built model's variables; ``prefix`` is the path of that model in the target."""
        for name, variable in variables.items():
            if (array := self.arrays.get(prefix + name)) is not None:
                variable.assign(array)

    def build(self, target: str, seed: int) -> tuple[Any, dict[str, Any]]:
        """The Keras model as it is before its first step, and its weights by path; it draws from the seed."""
        import keras

        keras.utils.set_random_seed(seed)
        model = build(self.program, target)
        weights = named_weights(self.program, target, model)
        self.fill(weights)
        return model, weights


def load_pretrained(program: Program, target: str) -> Loaded:
    """The weights that the models inside of a model or ensemble begin with.

    Raises:
        SpecError: a file isn't there or holds others, or what is published can't be had.
    """
    graph = program.models[target]
    if next(started_nodes(program, graph), None) is None:
        return Loaded(program)
    loaded = Loaded(replace(program, models=dict(program.models)))
    changed = _loaded(loaded, program.models, graph, "")
    models = loaded.program.models
    models.pop(target)
    models[target] = changed  # after the models that it uses
    for name, model in models.items():
        models[name] = _begun(model)
    return loaded


def _begun(graph: ModelGraph) -> ModelGraph:
    """A model in which nothing begins with weights from elsewhere any more."""
    members = {n: replace(node, start=replace(node.start, weights=None)) for n, node in graph.members.items()}
    return replace(graph, members=members) if members != graph.members else graph


def _loaded(loaded: Loaded, originals: Mapping[str, ModelGraph], graph: ModelGraph, path: str) -> ModelGraph:
    """A model after the models inside of it were loaded."""
    members: dict[str, Node] = {}
    for node in graph.nodes:
        if node.model is None or node.shares is not None:
            owner = members.get(node.shares or "")
            members[node.name] = replace(node, model=owner.model, layer=owner.layer) if owner is not None else node
            continue
        here = f"{path}{node.name}/"
        inner = originals[node.model]
        if node.start.weights is not None:
            changed = _started(loaded, node, inner, here)
        else:
            changed = _loaded(loaded, originals, inner, here)
        members[node.name] = replace(node, model=_kept(loaded, inner, changed))
    return replace(graph, members=members) if members != graph.members else graph


def _kept(loaded: Loaded, before: ModelGraph, after: ModelGraph) -> str:
    """The name under which a changed model stands in the program: its own for the first change, then a new one."""
    models = loaded.program.models
    if after is before:
        return before.name
    free = (f"{before.name}_{number}" for number in count(2))
    name = next(n for n in free if n not in models) if before.name in loaded.changed else before.name
    loaded.changed.add(before.name)
    models[name] = replace(after, name=name)
    return name


def _started(loaded: Loaded, node: Node, inner: ModelGraph, path: str) -> ModelGraph:
    """A model with the weights that it begins with put among the arrays; its layers have learned from them."""
    program = loaded.program
    model = build(program, inner.name, unlearned=True)
    variables = named_weights(program, inner.name, model)
    for name, array in _arrays(loaded, node, inner, model, variables, path).items():
        variables[name].assign(array)
    learned = dict(_learned(inner, model))
    dropped = {f"{n}/" for n in learned}
    for name, variable in variables.items():
        if not any(name.startswith(d) for d in dropped):
            loaded.arrays[path + name] = variable.numpy()
    return replace(inner, members={**inner.members, **learned}) if learned else inner


def _learned(graph: ModelGraph, model: Any) -> Iterator[tuple[str, Node]]:
    """The nodes whose layers learned what was among the weights."""
    for node in graph.nodes:
        if node.shares is None and is_unlearned(node):
            assert isinstance(node.layer, Learning)
            layer = node.layer.with_learned(model.get_layer(node.name.replace("/", ".")))
            inferred = layer.infer(tuple(graph.type_of(p) for p in node.ports))
            yield node.name, replace(node, layer=layer, weights=inferred.weights)


def _arrays(
    loaded: Loaded, node: Node, inner: ModelGraph, model: Any, variables: Mapping[str, Any], path: str
) -> dict[str, Array]:
    """What the variables of a model begin with, by name.

    Raises:
        SpecError: it isn't all of them, or something else besides.
    """
    ordered = _in_order_of_files(model, variables)
    if node.start.weights == IMAGENET:
        found, source = published(inner, node.span)
        what, by_name = "what is published", False
    else:
        file = weights_file(loaded.program, node)
        found, by_name = read_arrays(file, node.span), file.suffix == ".safetensors"
        source, what = f"sha256:{sha256(file)} {node.start.weights}", f"`{file.name}`"
    loaded.sources[path.removesuffix("/")] = source
    wanted = {name: tuple(variable.shape) for name, variable in ordered.items()}
    shapes = {name: tuple(array.shape) for name, array in found.items()}
    reason = mismatch(inner.definition, wanted, shapes, by_name=by_name)
    if reason is None and not by_name and list(wanted.values()) != list(shapes.values()):
        reason = "it has them in another order"
    if reason is not None:
        raise SpecError(does_not_fit(what, reason, inner.definition, node.span))
    return dict(found) if by_name else dict(zip(ordered, found.values(), strict=True))


def _in_order_of_files(model: Any, variables: Mapping[str, Any]) -> dict[str, Any]:
    """Variables by name, layer by layer as Keras writes them: of each layer those that are trained come first."""
    names = {id(variable): name for name, variable in variables.items()}
    ordered = [v for layer in model.layers for v in (*layer.trainable_weights, *layer.non_trainable_weights)]
    return {names[id(v)]: v for v in ordered}


def sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
