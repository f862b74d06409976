"""How a step is carried out on this machine: by XLA or by TensorFlow's graph, and who loops.

That changes how fast it is, and by rounding the last bits of what it gives; so it is chosen once, kept with the run,
and can be given again.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from specc.catalogue.layer import Layer
from specc.catalogue.layers.convolution import Conv2D
from specc.check.kernels import before_step
from specc.check.learning import layers_inside, models_within
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_RESUME, STEP_PLAN
from specc.program.deciding import equal
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.source import whole_file


@dataclass(frozen=True)
class StepPlan:
    """How a training step is carried out.

    Attributes:
        jit: whether XLA compiles it (`xla`), or TensorFlow carries out one operation after the other (`off`).
        loop: what repeats it without Python: the `graph` around it, or the program that XLA made (`xla`).
        steps: how many steps a call from Python has at most; None for as many as take about a second. It
            changes nothing of what is computed, and plans are equal without.
    """

    jit: Literal["xla", "off"] = "off"
    loop: Literal["graph", "xla"] = "graph"
    steps: int | None = field(default=None, compare=False)

    def __str__(self) -> str:
        if self.jit == "off":
            return "TensorFlow's graph"
        return "XLA, loop inside" if self.loop == "xla" else "XLA, loop outside"

    def record(self) -> dict[str, Any]:
        """As JSON has it."""
        return asdict(self)

    @classmethod
    def of_record(cls, record: Any) -> StepPlan:
        """What `record` wrote.

        Raises:
            ValueError: it is none.
        """
        if not isinstance(record, Mapping) or not record.keys() <= {"jit", "loop", "steps"}:
            raise ValueError(f"a step plan has `jit`, `loop` and `steps`, not {record!r}")
        found = cls(**record)
        known = (found.jit, found.loop) in {(p.jit, p.loop) for p in (GRAPH, XLA, XLA_LOOP)}
        if not known or not (found.steps is None or (type(found.steps) is int and found.steps > 0)):
            raise ValueError(f"`jit` is xla or off, `loop` graph or (with xla) xla, `steps` at least 1, not {record!r}")
        return found


GRAPH: Final = StepPlan()
XLA: Final = StepPlan("xla")
XLA_LOOP: Final = StepPlan("xla", "xla")

_CONVOLUTIONS: Final = ("Conv", "SeparableConv", "DepthwiseConv")


def candidates(program: Program, plan: TrainPlan, graph: ModelGraph | None, *, gpu: bool) -> tuple[StepPlan, ...]:
    """The ways in which a step can be carried out, the one that is expected to be good first.

    On a GPU XLA is the rule. On a CPU most convolutions take ten times as long inside of XLA's own loop as outside.

    Args:
        graph: what is trained; None for a small model that XLA compiles as a whole.
    """
    first, hindered = before_step(program, graph) if graph is not None else (set[str](), None)
    if plan.jit == "off" or (hindered is not None and plan.jit is None):
        return (GRAPH,)
    inside = not first and _augmentation_compiles(plan) and (gpu or not _is_slow_inside(program, graph))
    compiled = (XLA_LOOP, XLA) if gpu and inside else (XLA, XLA_LOOP) if inside else (XLA,)
    return compiled if gpu or plan.jit == "xla" else (GRAPH, *compiled)


def _augmentation_compiles(plan: TrainPlan) -> bool:
    layers = [inner for chain in plan.augment.values() for layer in chain for inner in (layer, *layers_inside(layer))]
    return all(isinstance(layer, Layer) and layer.compiles == "always" for layer in layers)


def _is_slow_inside(program: Program, graph: ModelGraph | None) -> bool:
    """Whether there are convolutions that `specc.training.step.convolutions` does not bring into XLA's form."""
    if graph is None:
        return False
    nodes = (n for m in models_within(program, graph.name) for n in m.nodes if n.layer is not None)
    layers = (layer for n in nodes for layer in (n.layer, *layers_inside(n.layer)))
    return any(type(x).__name__.startswith(_CONVOLUTIONS) and not _is_plain(x) for x in layers)


def _is_plain(layer: Any) -> bool:
    plain = isinstance(layer, Conv2D) and layer.data_format != "channels_first"
    return plain and all(equal(n, 1) is True for n in (layer.groups, *layer.dilation_rate))


# ── Given again ──────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class GivenPlans:
    """The step plans of a run, by what was trained, and the machine that they were made on; both may be empty."""

    plans: Mapping[str, StepPlan]
    machine: Mapping[str, Any]


def read_plans(path: Path) -> GivenPlans:
    """The step plans that the record of a run has, or a file with plans alone.

    Args:
        path: the folder of a run, its ``run.json``, or JSON of the form ``{"Model": {"jit": "xla", "loop": "graph"}}``.

    Raises:
        SpecError: it can't be read, or holds no plans.
    """
    file = path / "run.json" if path.is_dir() else path
    try:
        found = json.loads(file.read_bytes())
        if not isinstance(found, dict):
            raise ValueError("it is no record")
        plans = found.get("step_plans", {} if "target" in found else found)
        if not plans:
            raise ValueError("there are no step plans in it")
        machine = found.get("machine", {})
        return GivenPlans({name: StepPlan.of_record(p) for name, p in plans.items()}, machine)
    except (OSError, ValueError, TypeError, AttributeError, RecursionError) as error:
        reason = (error.strerror if isinstance(error, OSError) else None) or error
        hint = "give the folder of a finished run, or its `run.json`"
        raise SpecError(
            Diagnostic(STEP_PLAN, f"`{file}` has no step plans to go by: {reason}", whole_file(file), help=(hint,))
        ) from None


def require_agreement(program: Program, plan: TrainPlan, given: StepPlan) -> None:
    """Refuse a step plan that says otherwise than the spec.

    Raises:
        SpecError: it does.
    """
    if plan.jit is None or plan.jit == given.jit:
        return
    place = program.place("train", plan.target, "jit")
    message = f"the step plan that is given has `jit` {given.jit}, the spec insists on {plan.jit}"
    raise SpecError(Diagnostic(STEP_PLAN, message, place, help=("leave out one of the two",)))


def require_same_way(folder: Path, kept: Mapping[str, StepPlan], given: Mapping[str, StepPlan]) -> None:
    """Refuse step plans other than those that the unfinished run of a folder keeps: its last bits hang on them.

    Raises:
        SpecError: something is carried out in another way.
    """
    different = [f"{name} by {how}, not by {given[name]}" for name, how in kept.items() if given.get(name, how) != how]
    if not different:
        return
    message = f"the run in `{folder}` trains with another step plan than is given: {'; '.join(different)}"
    hints = ("go on without `--plan`", "or start over in another folder: `-o`")
    raise SpecError(Diagnostic(CANNOT_RESUME, message, whole_file(folder), help=hints))
