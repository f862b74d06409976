"""Trains the members of an ensemble, and the layer that stacks them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

import numpy as np

from specc.catalogue.objects.ensemble import Bootstrap, Stack
from specc.data.raw import Array
from specc.data.split import Dataset, Split
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import OUT_OF_RANGE
from specc.lower.model import build, named_weights
from specc.program.plans import EnsemblePlan, Member, TrainPlan
from specc.program.program import Program
from specc.training.initial.pretrained import Loaded
from specc.training.loop import OnEpoch
from specc.training.observer import Observer
from specc.training.phases import fit
from specc.training.session import History, InMemory, Session, draw_from
from specc.training.step.feeding import answers as answers_of

STACK: Final = "stack"
"""What logs call the training of the layer that combines."""

_STACK: Final = "the stack"
"""The key of the training of the layer that combines; a member may be called `stack`, too."""


def fit_ensemble(
    program: Program,
    ensemble: EnsemblePlan,
    model: Any,
    data: Dataset,
    observer: Observer,
    on_epoch: OnEpoch,
    loaded: Loaded | None = None,
    session: Session | None = None,
) -> list[History]:
    """Train all members in place, inside of the ensemble's Keras model, one after another.

    A member is trained by the plan of its own model where there is one, else by the ensemble's. ``loaded`` is what
    members begin with, for the copies of them whose answers a stacking layer learns from. ``session`` keeps the state
    of the run, and has what it goes on from.

    Raises:
        SpecError: as `fit`; or there are fewer examples than folds to stack on.
    """
    session = session if session is not None else Session(InMemory(), {})
    shared = program.trains.get(ensemble.name)
    histories: list[History] = []
    if isinstance(ensemble.combine, Stack):
        assert shared is not None
        histories.append(_fit_stack(program, ensemble, shared, model, data, observer, on_epoch, loaded, session))
    for number, member in enumerate(ensemble.members):
        plan = _plan(program, ensemble, number)
        train = _sampled(ensemble, data.train, plan.seed)
        part = model.get_layer(member.name)
        draw_from(plan.seed, member.name)
        histories.append(
            fit(
                program,
                part,
                plan,
                train,
                data.validation,
                name=member.name,
                observer=observer,
                on_epoch=on_epoch,
                graph=program.models[member.model],
                session=session,
            )
        )
    return histories


def _plan(program: Program, ensemble: EnsemblePlan, number: int) -> TrainPlan:
    """The plan of a member; each has a seed of its own, so that equal models become unlike. What is written for
    TensorBoard is said once for all: by the ensemble's plan, or the first member's.
    """
    shared = program.trains.get(ensemble.name)
    plans = [program.train_plan(member.model) or shared for member in (ensemble.members[number], ensemble.members[0])]
    plan, first = (plan for plan in plans if plan is not None)
    return plan.model_copy(update={"seed": plan.seed + number, "tensorboard": (shared or first).tensorboard})


def _sampled(ensemble: EnsemblePlan, train: Split, seed: int) -> Split:
    if not isinstance(ensemble.sample, Bootstrap):
        return train
    draws = max(1, round(train.size * ensemble.sample.fraction))
    return train.take(np.random.Generator(np.random.PCG64([seed, 0xB007])).integers(0, train.size, draws))


# ── Stacking ─────────────────────────────────────────────────────────────────────────────────────


def _fit_stack(
    program: Program,
    ensemble: EnsemblePlan,
    plan: TrainPlan,
    model: Any,
    data: Dataset,
    observer: Observer,
    on_epoch: OnEpoch,
    loaded: Loaded | None,
    session: Session,
) -> History:
    """Train the combining layer of each output on answers to examples that the answering member was not trained on."""
    import keras

    assert isinstance(ensemble.combine, Stack)
    folds = int(str(ensemble.combine.folds))
    _require_examples(program, ensemble, folds, data.train)
    answers: dict[str, list[Array]] = {output: [] for output in plan.loss}
    for number, member in enumerate(ensemble.members):
        own = _plan(program, ensemble, number)
        found = _out_of_fold(program, member, own, data, folds, observer, loaded, session)
        for output, parts in answers.items():
            parts.append(found[output])
    joined = {output: np.concatenate(parts, axis=-1) for output, parts in answers.items()}
    given = {output: keras.Input(array.shape[1:], name=output) for output, array in joined.items()}
    # A member may be called `stack`, too: the combining layers are those that make the ensemble's outputs.
    made = {o: model.get_layer(program.models[ensemble.name].outputs[o].node)(given[o]) for o in given}
    head = keras.Model(given, made, name="stack_training")
    split = replace(data.train, inputs=joined)
    alone = plan.model_copy(update={"augment": {}, "early_stopping": None, "phases": None})
    nothing = split.take(np.arange(0))
    draw_from(plan.seed, _STACK)
    return fit(
        program,
        head,
        alone,
        split,
        nothing,
        name=STACK,
        observer=observer,
        on_epoch=on_epoch,
        session=session,
        key=_STACK,
    )


def _require_examples(program: Program, ensemble: EnsemblePlan, folds: int, train: Split) -> None:
    size = train.size if train.groups is None else len(np.unique(train.groups))
    if size < folds:
        message = f"{folds} folds of {size} {'training examples' if train.groups is None else 'groups'}"
        place = program.place("ensemble", ensemble.name, "combine")
        raise SpecError(Diagnostic(OUT_OF_RANGE, message, place, expected=f"at most {size} folds", found=str(folds)))


def _out_of_fold(
    program: Program,
    member: Member,
    plan: TrainPlan,
    data: Dataset,
    folds: int,
    observer: Observer,
    loaded: Loaded | None,
    session: Session,
) -> dict[str, Array]:
    """One member's answers to the whole training split by output, each from a copy that did not see the example."""
    answers = {o: session.parts[f"{member.name}/{o}"] for o in plan.loss if f"{member.name}/{o}" in session.parts}
    for number, (kept, held_out) in enumerate(_folds(data.train, next(iter(plan.loss)), folds, plan.seed)):
        name = f"{member.name} fold {number + 1}/{folds}"
        if name in session.finished:
            continue
        draw_from(plan.seed, name)
        copy = build(program, member.model)
        if loaded is not None:
            loaded.fill(named_weights(program, member.model, copy), f"{member.name}/")
        held = data.train.take(held_out)
        graph = program.models[member.model]
        kept_split = data.train.take(kept)
        fit(
            program, copy, plan, kept_split, data.validation, name=name, observer=observer, graph=graph, session=session
        )
        for output, found in answers_of(copy, held.inputs, plan.batch_size).items():
            whole = answers.setdefault(output, np.zeros((data.train.size, *found.shape[1:]), dtype=np.float32))
            whole[held_out] = found
            session.parts[f"{member.name}/{output}"] = whole
    return answers


def _folds(train: Split, output: str, folds: int, seed: int) -> list[tuple[Array, Array]]:
    """Rows kept and held out per fold; folds have the classes of ``output`` in equal shares where there are enough.

    Examples of one group are in one fold; then shares are what they are.
    """
    from sklearn.model_selection import GroupKFold, KFold, StratifiedKFold

    if train.groups is not None:
        return list(GroupKFold(folds, shuffle=True, random_state=seed).split(train.ids, groups=train.groups))
    labels = train.targets[output]
    rows = np.arange(train.size)
    classes = labels.ndim == 1 and labels.dtype.kind == "i" and np.bincount(labels).min() >= folds
    splitter = (StratifiedKFold if classes else KFold)(folds, shuffle=True, random_state=seed)
    return list(splitter.split(rows, labels if classes else None))
