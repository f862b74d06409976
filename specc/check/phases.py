"""Which layers learn in each phase of a training: what its names stand for, and the findings about them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from specc.catalogue.declare import Declaration
from specc.catalogue.layer import Layer
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import CONFLICTING_ARGUMENTS, NO_EFFECT, NOTHING_LEARNS, UNKNOWN_NAME
from specc.program.graph import ModelGraph, Node
from specc.program.program import Program
from specc.source import Span

_LISTED: Final = 12
"""Most names that a finding lists."""


@dataclass(frozen=True)
class PhaseState:
    """What learns in a phase.

    Attributes:
        free: the paths of the layers with weights that aren't frozen, such as ``backbone/block5.conv1``.
        named: the paths of those that the phase itself freezes or lets learn again.
    """

    free: frozenset[str]
    named: frozenset[str]


def phase_states(
    program: Program, graph: ModelGraph, phases: Sequence[Declaration], place: Callable[..., Span]
) -> list[PhaseState]:
    """What learns of a model in each phase.

    Args:
        place: gives the place of a part of the phases, such as ``("0", "freeze")``.

    Raises:
        SpecError: a name stands for nothing or for several things, or nothing learns.
    """
    walk = _Walk(program, graph, place)
    states = [walk.phase(number, phase) for number, phase in enumerate(phases)]
    errors = [d for d in walk.found if d.code != NO_EFFECT]
    if errors:
        raise SpecError(*errors)
    return states


def phases_are_right(program: Program) -> Iterator[Diagnostic]:
    """Each phase names layers that there are, changes something, and leaves something that learns."""
    for target, plan in program.trains.values_of.items():
        phases: Sequence[Declaration] | None = plan.get("phases")
        if not phases:
            continue
        yield from _epochs_agree(program, target, plan)
        yield from _rate_is_free(program, target, plan)
        for graph in _trained_by(program, target):
            walk = _Walk(program, graph, lambda *path, t=target: program.place("train", t, "phases", *path))
            for number, phase in enumerate(phases):
                walk.phase(number, phase)
            yield from walk.found
            if walk.found:
                break  # other members of an ensemble have the same findings


def _trained_by(program: Program, target: str) -> Iterator[ModelGraph]:
    """The models that a plan trains: the target, or the members of an ensemble that have no plan of their own."""
    ensemble = program.ensembles.values_of.get(target)
    names = [target] if ensemble is None else dict.fromkeys(m["model"] for m in ensemble["members"])
    for name in names:
        if (graph := program.models.get(name)) is not None:
            own = ensemble is not None and {name, graph.definition} & program.trains.values_of.keys()
            if not own:
                yield graph


# ── Settings beside phases ───────────────────────────────────────────────────────────────────────


def _epochs_agree(program: Program, target: str, plan: dict[str, Any]) -> Iterator[Diagnostic]:
    total = sum(int(phase.epochs) for phase in plan["phases"])
    if (given := plan.get("epochs", total)) != total:
        message = f"`epochs` is {given}, but the phases have {total} together"
        hint = ("take `epochs` out: each phase says its own",)
        related = (Related(program.place("train", target, "phases"), "the phases"),)
        place = program.place("train", target, "epochs")
        yield Diagnostic(CONFLICTING_ARGUMENTS, message, place, related=related, help=hint)


def _rate_is_free(program: Program, target: str, plan: dict[str, Any]) -> Iterator[Diagnostic]:
    """What lowers the learning rate on a plateau finds a number in each phase, and no schedule."""
    if plan.get("reduce_lr") is None:
        return
    for number, phase in enumerate(plan["phases"]):
        if phase.learning_rate is None and phase.optimizer is None:
            continue  # the training's own optimizer is looked at elsewhere
        rate = getattr(phase.optimizer_after(plan["optimizer"]), "learning_rate", None)
        if isinstance(rate, Declaration):
            name = type(rate).__name__
            message = f"a `{name}` says the learning rate of every step, so that `reduce_lr` can't lower it"
            place = program.place("train", target, "phases", str(number))
            related = (Related(program.place("train", target, "reduce_lr"), "`reduce_lr` holds in each phase"),)
            hint = ("take one of the two out",)
            yield Diagnostic(CONFLICTING_ARGUMENTS, message, place, related=related, help=hint)


# ── Layers by name ───────────────────────────────────────────────────────────────────────────────


@dataclass(eq=False)
class _Tree:
    """What a name can stand for: a layer, or a block or model with what is in it.

    Attributes:
        layers: the paths of the layers in it that have weights.
        free: the paths of those that the spec doesn't freeze.
        learnable: the paths of those with weights that learn unless they are frozen; others have statistics only.
    """

    children: dict[str, _Tree] = field(default_factory=dict[str, "_Tree"])
    layers: set[str] = field(default_factory=set[str])
    free: set[str] = field(default_factory=set[str])
    learnable: set[str] = field(default_factory=set[str])

    def add(self, name: str, made: _Tree) -> None:
        """Put something below the blocks that its name says; those that are new are added."""
        *blocks, last = name.split(".")
        here = self
        around = [here, *(here := here.children.setdefault(block, _Tree()) for block in blocks)]
        for tree in around:
            tree.layers |= made.layers
            tree.free |= made.free
            tree.learnable |= made.learnable
        around[-1].children[last] = made


def _tree(program: Program, graph: ModelGraph, path: str = "", frozen: bool = False) -> _Tree:
    root = _Tree()
    placed: dict[str, _Tree] = {}
    for node in graph.nodes:
        if node.kind not in ("layer", "model"):
            continue
        here = f"{path}{node.name}"
        if node.shares is not None:
            made = placed[node.shares]
        elif node.model is not None:
            made = _tree(program, program.models[node.model], f"{here}/", frozen or not node.start.trainable)
        else:
            own = {here} if node.weights else set[str]()
            is_free = not frozen and bool(getattr(node.layer, "trainable", True))
            made = _Tree({}, own, own if is_free else set(), own if _can_learn(graph, node) else set())
        placed[node.name] = made
        root.add(node.name, made)
    return root


def _can_learn(graph: ModelGraph, node: Node) -> bool:
    """Whether a layer has weights that learn where it isn't frozen."""
    layer = node.layer
    if any(w.trainable for w in node.weights):
        return True
    if not isinstance(layer, Layer) or "trainable" not in layer.given:
        return False
    freed = type(layer).make(**{k: v for k, v in layer.given.items() if k != "trainable"})
    return any(w.trainable for w in freed.infer(tuple(graph.type_of(p) for p in node.ports)).weights)


@dataclass
class _Walk:
    """One walk through the phases of a model; each begins with what learns in the one before."""

    program: Program
    graph: ModelGraph
    place: Callable[..., Span]
    found: list[Diagnostic] = field(default_factory=list[Diagnostic])

    def __post_init__(self) -> None:
        self.tree = _tree(self.program, self.graph)
        self.free = set(self.tree.free)

    @property
    def has_errors(self) -> bool:
        """Whether something is named that there isn't: then nobody knows what learns."""
        return any(d.code != NO_EFFECT for d in self.found)

    def phase(self, number: int, phase: Any) -> PhaseState:
        """What learns in the next phase."""
        frozen = self._named(phase.freeze, str(number), "freeze")
        self.free -= frozen
        unfrozen = self._named(phase.unfreeze, str(number), "unfreeze")
        self.free |= unfrozen
        if self.free.isdisjoint(self.tree.learnable) and not self.has_errors:
            hint = ('let something learn: `unfreeze="…"`, or freeze less',)
            message = "nothing learns in this phase: all weights are frozen"
            self.found.append(Diagnostic(NOTHING_LEARNS, message, self.place(str(number)), help=hint))
        return PhaseState(frozenset(self.free), frozenset(frozen | unfrozen))

    def _named(self, names: Iterable[str] | None, number: str, argument: str) -> set[str]:
        """The paths of the layers that some names stand for."""
        found: set[str] = set()
        for index, name in enumerate(names or ()):
            place = self.place(number, argument, str(index))
            try:
                paths = self._paths(name, place)
            except SpecError as error:
                self.found += error.diagnostics
                continue
            found |= paths
            if not paths:
                message = f"`{argument}` of `{name}` changes nothing: it has no weights"
                self.found.append(Diagnostic(NO_EFFECT, message, place))
            elif argument == "unfreeze" and paths <= self.free and not self.has_errors:
                message = f"`unfreeze` of `{name}` changes nothing: it learns already"
                hint = ("freeze it before: `Phase(freeze=…)`, or `trainable=false` where it is applied",)
                self.found.append(Diagnostic(NO_EFFECT, message, place, help=hint))
        return found

    def _paths(self, name: str, place: Span) -> set[str]:
        """The paths of the layers that a name stands for: of a path, each step is the outermost below the one before.

        Raises:
            SpecError: there is no such layer, or there are some in several blocks or models.
        """
        *through, last = re.split(r"[./]", name)
        here = [self.tree]
        for step in through:
            here = self._step(here, step, name, place)
        return set[str]().union(*(found.layers for found in self._step(here, last, name, place, begin=True)))

    def _step(self, trees: list[_Tree], name: str, whole: str, place: Span, *, begin: bool = False) -> list[_Tree]:
        """What has a name in the outermost of the trees below some; with ``begin``, also what only begins with it."""
        for matches in (name.__eq__, *([lambda n: n.startswith(f"{name}_")] if begin else [])):
            level = [((), tree) for tree in trees]
            while level:
                found = [(path, tree, [c for n, c in tree.children.items() if matches(n)]) for path, tree in level]
                hits = {id(tree): (path, inside) for path, tree, inside in found if inside}
                if len(hits) > 1:
                    raise SpecError(_ambiguous(whole, [path for path, _ in hits.values()], place))
                if hits:
                    return next(inside for _, inside in hits.values())
                below = [((*path, n), child) for path, tree in level for n, child in tree.children.items()]
                level = list({id(child): (path, child) for path, child in below}.values())
        known = list(dict.fromkeys(n for tree in trees for n in _known_names(tree)))
        before = whole[: -len(name)] if begin and name else ""
        hint = did_you_mean(whole if begin else name, [before + n for n in known]) or (
            f"there are {', '.join(known[:_LISTED])}",
        )
        message = f"`{self.graph.name}` has no layer `{whole}`"
        raise SpecError(Diagnostic(UNKNOWN_NAME, message, place, help=hint if known else ()))


def _ambiguous(name: str, around: Sequence[tuple[str, ...]], place: Span) -> Diagnostic:
    ways = [f'"{"/".join((*path, name))}"' for path in around[:4]]
    message = f"`{name}` stands for layers in several places"
    return Diagnostic(UNKNOWN_NAME, message, place, help=(f"say which: {' or '.join(ways)}",))


def _known_names(tree: _Tree) -> Iterator[str]:
    """What a phase can name below a tree and is worth it, the outermost first."""
    level = [tree]
    while level:
        yield from (name for at in level for name, child in at.children.items() if child.layers)
        level = [child for at in level for child in at.children.values()]
