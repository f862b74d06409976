"""Trains in phases: each freezes layers or lets them learn again, and begins with a new optimizer.

A phase is a training of its own in the session, so that a run goes on in the middle of any of them. Epochs count on
over all phases, and so does the history.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from specc.check.phases import PhaseState, phase_states
from specc.data.split import Split
from specc.lower.model import keras_name
from specc.program.graph import ModelGraph
from specc.program.plans import TrainPlan
from specc.program.program import Program, show_dim
from specc.training import loop
from specc.training.loop import OnEpoch, Part
from specc.training.observer import Observer
from specc.training.session import History, InMemory, Session, draw_from


def fit(
    program: Program,
    model: Any,
    plan: TrainPlan,
    train: Split,
    validation: Split,
    *,
    name: str,
    observer: Observer,
    on_epoch: OnEpoch | None = None,
    graph: ModelGraph | None = None,
    session: Session | None = None,
    key: str | None = None,
) -> History:
    """Train a Keras model by a plan, in its phases where it has some; all else is as in `specc.training.loop.fit`.

    Afterwards the same layers of the model are trainable as before.

    Raises:
        SpecError: as in `specc.training.loop.fit`; or a phase names what the model doesn't have.
        Interrupted: the run was asked to end; its state is kept.
    """
    session = session if session is not None else Session(InMemory(), {})
    if not plan.phases:
        return loop.fit(
            program,
            model,
            plan,
            train,
            validation,
            name=name,
            observer=observer,
            on_epoch=on_epoch,
            graph=graph,
            session=session,
            key=key,
        )
    assert graph is not None
    key = key or name
    if (done := session.finished.get(key)) is not None:
        loop.tell_again(done, on_epoch)
        return done
    states = phase_states(
        program, graph, plan.phases, lambda *path: program.place("train", plan.target, "phases", *path)
    )
    history = History(name)
    with as_before(model):
        for number, state in enumerate(states, 1):
            let_learn(program, graph, model, state)
            own, own_key = of_phase(plan, number), f"{key}, phase {number}"
            if own_key not in session.finished:
                observer.note(_line(name, model, own, number, len(states)))
            draw_from(plan.seed, f"{name}, phase {number}")
            history = loop.fit(
                program,
                model,
                own,
                train,
                validation,
                name=name,
                observer=observer,
                on_epoch=on_epoch,
                graph=graph,
                session=session,
                key=own_key,
                part=Part(number, tuple(history.epochs), plan.epochs),
            )
    session.finished[key] = history
    return history


def begun(program: Program, graph: ModelGraph, model: Any, plan: TrainPlan) -> TrainPlan:
    """The plan of the first phase, whose layers learn in a built model from here on, and others don't."""
    assert plan.phases is not None
    states = phase_states(
        program, graph, plan.phases, lambda *path: program.place("train", plan.target, "phases", *path)
    )
    let_learn(program, graph, model, next(iter(states)))
    return of_phase(plan, 1)


def of_phase(plan: TrainPlan, number: int) -> TrainPlan:
    """The plan of one phase, counted from 1."""
    assert plan.phases is not None
    phase: Any = plan.phases[number - 1]
    own = {"optimizer": phase.optimizer_after(plan.optimizer), "epochs": int(phase.epochs), "phases": None}
    return plan.model_copy(update=own)


def _line(name: str, model: Any, plan: TrainPlan, number: int, phases: int) -> str:
    learning, weights = (
        sum(v.shape.num_elements() for v in found) for found in (model.trainable_weights, model.weights)
    )
    part = f"{show_dim(learning)} of {show_dim(weights)} weights learn"
    return f"{name}, phase {number} of {phases}: {part}, at most {plan.epochs} epochs"


# ── Layers that learn and layers that don't ──────────────────────────────────────────────────────


def let_learn(program: Program, graph: ModelGraph, model: Any, state: PhaseState, path: str = "") -> None:
    """Freeze the layers of a built model and let others learn, as a phase says.

    Keras passes over a value that a layer has already, also for layers inside of it: so a layer that a phase names is
    set twice.
    """
    for node in graph.nodes:
        if node.kind not in ("layer", "model") or node.shares is not None:
            continue
        here, layer = f"{path}{node.name}", model.get_layer(keras_name(node.name))
        if node.model is not None:
            if any(free.startswith(f"{here}/") for free in state.free):
                layer.trainable = True  # its layers are set one by one
            let_learn(program, program.models[node.model], layer, state, f"{here}/")
        elif node.weights and (layer.trainable != (here in state.free) or here in state.named):
            _set(layer, here in state.free)


def _set(layer: Any, trainable: bool) -> None:
    """Set a layer and all in it, whatever they were."""
    layer.trainable = not trainable
    layer.trainable = trainable


@contextmanager
def as_before(model: Any) -> Iterator[None]:
    """Afterwards all layers are trainable as before: an export says what the spec says."""
    before = [(layer, layer.trainable) for layer in model._flatten_layers()]
    try:
        yield
    finally:
        for layer, trainable in before:  # each after those around it
            _set(layer, trainable)
