"""Trains the members of an ensemble, and the layer that stacks them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from specc.catalogue.objects.ensemble import Bootstrap, Stack
from specc.data import Dataset, Split
from specc.data.raw import Array
from specc.lower.model import build
from specc.program.plans import EnsemblePlan, Member, TrainPlan
from specc.program.program import Program
from specc.training.loop import EpochLogs, History, fit
from specc.training.observer import Observer

OnEpoch = Callable[[str, int, EpochLogs], None]


def fit_ensemble(
    program: Program, ensemble: EnsemblePlan, model: Any, data: Dataset, observer: Observer, on_epoch: OnEpoch
) -> list[History]:
    """Train all members in place, inside of the ensemble's Keras model, one after another.

    A member is trained by the plan of its own model where there is one, else by the ensemble's.
    """
    shared = program.trains.get(ensemble.name)
    histories: list[History] = []
    if isinstance(ensemble.combine, Stack):
        assert shared is not None
        histories.append(_fit_stack(program, ensemble, shared, model, data, observer, on_epoch))
    for number, member in enumerate(ensemble.members):
        plan = _plan(program, member, shared, number)
        train = _sampled(ensemble, data.train, plan.seed)
        part = model.get_layer(member.name)
        histories.append(
            fit(program, part, plan, train, data.validation, name=member.name, observer=observer, on_epoch=on_epoch)
        )
    return histories


def _plan(program: Program, member: Member, shared: TrainPlan | None, number: int) -> TrainPlan:
    """The member's plan; each has a seed of its own, so that equal models become unlike."""
    plan = program.train_plan(member.model) or shared
    assert plan is not None
    return plan.model_copy(update={"seed": plan.seed + number})


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
) -> History:
    """Train the combining layer on answers to examples that the answering member was not trained on."""
    import keras

    combine = ensemble.combine
    assert isinstance(combine, Stack)
    output = next(iter(plan.loss))
    answers = np.concatenate(
        [
            _out_of_fold(
                program,
                member,
                _plan(program, member, program.trains.get(ensemble.name), i),
                output,
                data,
                int(str(combine.folds)),
                observer,
            )
            for i, member in enumerate(ensemble.members)
        ],
        axis=-1,
    )
    given = keras.Input(answers.shape[1:], name="answers")
    head = keras.Model({"answers": given}, {output: model.get_layer("stack")(given)}, name="stack_training")
    split = Split({"answers": answers}, data.train.targets, data.train.ids)
    nothing = split.take(np.arange(0))
    alone = plan.model_copy(update={"augment": {}, "early_stopping": None})
    return fit(program, head, alone, split, nothing, name="stack", observer=observer, on_epoch=on_epoch)


def _out_of_fold(
    program: Program, member: Member, plan: TrainPlan, output: str, data: Dataset, folds: int, observer: Observer
) -> Array:
    """One member's answers to the whole training split, each from a copy that did not see the example."""
    answers: Array | None = None
    for number, (kept, held_out) in enumerate(_folds(data.train, output, folds, plan.seed)):
        copy = build(program, member.model)
        name = f"{member.name} fold {number + 1}/{folds}"
        held = data.train.take(held_out)
        fit(program, copy, plan, data.train.take(kept), data.validation, name=name, observer=observer)
        found = np.asarray(copy.predict(held.inputs, batch_size=plan.batch_size, verbose=0)[output])
        if answers is None:
            answers = np.zeros((data.train.size, *found.shape[1:]), dtype=np.float32)
        answers[held_out] = found
    assert answers is not None
    return answers


def _folds(train: Split, output: str, folds: int, seed: int) -> list[tuple[Array, Array]]:
    from sklearn.model_selection import KFold, StratifiedKFold

    labels = train.targets[output]
    rows = np.arange(train.size)
    classes = labels.ndim == 1 and labels.dtype.kind == "i" and np.bincount(labels).min() >= folds
    splitter = (StratifiedKFold if classes else KFold)(folds, shuffle=True, random_state=seed)
    return list(splitter.split(rows, labels if classes else None))
