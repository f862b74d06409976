"""Elaborates the sections that say what is done with models: data, train, ensemble, tune, export."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final

from specc.catalogue.bind import Contract, Given, bind_params, refused_value
from specc.catalogue.declare import Declaration, Refusal, Word
from specc.catalogue.objects.metrics import METRIC_WORDS
from specc.catalogue.params import Choice, Either, Integer, Number, Object, Param, Text, Tuple
from specc.catalogue.registry import find
from specc.diagnostics import Diagnostic, Related, SpecError, did_you_mean
from specc.diagnostics.codes import (
    MISSING_SETTING,
    OUT_OF_RANGE,
    REPEATED_ARGUMENT,
    UNKNOWN_METRIC,
    UNKNOWN_NAME,
    UNKNOWN_SETTING,
    UNKNOWN_TARGET,
    WRONG_KIND,
)
from specc.elaborate.elaborator import Elaborator
from specc.elaborate.ensembles import ensemble_graph
from specc.elaborate.expressions import argument_value, evaluate, text_for_object, unknown_callee, unknown_name
from specc.elaborate.frame import Frame
from specc.elaborate.modules import Module
from specc.elaborate.parameters import declared_params
from specc.elaborate.places import parts_of
from specc.elaborate.plan_parts import augmentation, require_names
from specc.elaborate.values import Definition, Poisoned, describe, is_applicable
from specc.program.graph import ModelGraph
from specc.source import Span
from specc.syntax import nodes

EXPORT_FORMATS: Final = ("keras", "saved_model")

_TRAIN: Final = {
    "data": True,
    "augment": False,
    "loss": True,
    "loss_weights": False,
    "class_weight": False,
    "metrics": False,
    "weighted_metrics": False,
    "optimizer": False,
    "phases": False,
    "epochs": False,
    "batch_size": False,
    "early_stopping": False,
    "reduce_lr": False,
    "tensorboard": False,
    "seed": False,
    "dtype_policy": False,
    "jit": False,
    "checkpoint": False,
    "on_nan": False,
}
"""The settings of `train`, and whether each is required."""


@dataclass
class Sections:
    """Elaborates the sections of the main file into plans of the program."""

    elaborator: Elaborator
    module: Module

    def run(self) -> None:
        """Elaborate all sections; problems are reported. Ensembles come before what trains and exports them."""
        steps: tuple[tuple[str, Callable[[nodes.Section], None]], ...] = (
            ("ensemble", self._ensemble),
            ("train", self._train),
            ("tune", self._tune),
            ("export", self._export),
        )
        self._try_each([d for d in self.module.tree.declarations if isinstance(d, nodes.Data)], self._data)
        for keyword, step in steps:
            sections = [d for d in self.module.tree.declarations if isinstance(d, nodes.Section)]
            self._try_each([s for s in sections if s.keyword == keyword], step)

    def train_alone(self, section: nodes.Section) -> None:
        """Elaborate one training section; problems are reported."""
        self._try_each([section], self._train)

    def _try_each(self, declarations: list[Any], step: Callable[[Any], None]) -> None:
        for declaration in declarations:
            try:
                step(declaration)
            except SpecError as error:
                is_section = isinstance(declaration, nodes.Section)
                self.elaborator.add(*(_with_parameter(declaration, d) if is_section else d for d in error.diagnostics))
            except Poisoned:
                pass

    # ── Shared ───────────────────────────────────────────────────────────────────────────────────

    def _frame(self, section: nodes.Section | nodes.Data) -> Frame:
        return self.elaborator.frame(self.module, section.span)

    def _scope(self, section: nodes.Section) -> Frame:
        """The frame of a section's settings, with its parameters bound."""
        frame = self._frame(section)
        params = declared_params(section.parameters, partial(evaluate, frame))
        given = self.elaborator.overrides.given(section.name.text, params, [])
        contract = Contract(section.name.span, {p.name.text: p.span for p in section.parameters})
        bound = bind_params(f"{section.keyword} {section.name.text}", params, given, section.name.span, contract)
        self.elaborator.with_defaults(frame, section.parameters, params, bound, section.keyword)
        return frame

    def _settings(self, section: nodes.Section, known: Mapping[str, bool]) -> dict[str, nodes.Setting]:
        """The settings by name; ``known`` says which there are and whether each is required."""
        found: dict[str, nodes.Setting] = {}
        problems: list[Diagnostic] = []
        for setting in section.settings:
            name = setting.name
            if name.text not in known:
                hint = did_you_mean(name.text, known) or (f"settings are {', '.join(known)}",)
                message = f"`{section.keyword}` has no setting `{name.text}`"
                problems.append(Diagnostic(UNKNOWN_SETTING, message, name.span, help=hint))
            elif name.text in found:
                message = f"`{name.text}` is set twice"
                first = (Related(found[name.text].name.span, "the first one"),)
                problems.append(Diagnostic(REPEATED_ARGUMENT, message, name.span, related=first))
            found.setdefault(name.text, setting)
            self.elaborator.program.places[section.keyword, section.name.text, name.text] = setting.value.span
        meant = {m for n in found if n not in known for m in did_you_mean(n, known)}
        for name, required in known.items():
            if required and name not in found and f"did you mean `{name}`?" not in meant:
                message = f"`{section.keyword} {section.name.text}` needs the setting `{name}`"
                problems.append(Diagnostic(MISSING_SETTING, message, section.name.span, help=(f"write `{name} = …`",)))
        self.elaborator.program.places[section.keyword, section.name.text] = section.name.span
        self.elaborator.add(*problems)
        if any(required and name not in found for name, required in known.items()):
            raise Poisoned
        return {k: v for k, v in found.items() if k in known}

    def _target(self, section: nodes.Section) -> ModelGraph:
        """The model or ensemble that a section is about.

        Raises:
            SpecError: there is none of that name.
            Poisoned: it has errors, which are reported.
        """
        name = section.name.text
        if name in self.elaborator.program.models:
            return self.elaborator.program.models[name]
        definition = self.module.look_up(name)
        ensembles = self._names("ensemble")
        if isinstance(definition, Definition) and definition.is_model:
            raise (
                Poisoned if self.elaborator.findings.errors else SpecError(_no_defaults(definition, section.name.span))
            )
        if name in ensembles or self.module.may_bind_more:
            raise Poisoned
        known = [*ensembles, *(d.name for d in self.module.definitions if d.is_model)]
        hint = did_you_mean(name, known) or ((f"models and ensembles are {', '.join(known)}",) if known else ())
        message = f"`{section.keyword}` names `{name}`, which is no model or ensemble"
        raise SpecError(Diagnostic(UNKNOWN_TARGET, message, section.name.span, help=hint))

    def _names(self, keyword: str) -> list[str]:
        sections = (d for d in self.module.tree.declarations if isinstance(d, nodes.Section))
        return [s.name.text for s in sections if s.keyword == keyword]

    # ── Data ─────────────────────────────────────────────────────────────────────────────────────

    def _data(self, data: nodes.Data) -> None:
        program = self.elaborator.program
        source = self._object(self._frame(data), data.value, data.name.text, "data")
        program.data.add(data.name.text, name=data.name.text, source=source)
        self._note(("data", data.name.text), data.value, source)

    def _note(self, path: tuple[str, ...], node: nodes.Expression, value: Any) -> None:
        """Keep the places of a value and its parts for later phases."""
        places = self.elaborator.program.places
        places[path] = node.span
        places.update({(*path, *part): span for part, span in parts_of(node, value)})

    def _object(self, frame: Frame, node: nodes.Expression, name: str, *kinds: str) -> Declaration:
        value = argument_value(evaluate(frame, node, kinds))
        if isinstance(value, Word):
            raise unknown_callee(frame, value, node, kinds)
        if isinstance(value, str):
            raise text_for_object(value, node, kinds)
        return accepted(Object(*kinds), node, value, name)

    # ── Train ────────────────────────────────────────────────────────────────────────────────────

    def _train(self, section: nodes.Section) -> None:
        graph = self._target(section)
        settings = self._settings(section, _TRAIN)
        frame = self._scope(section)
        values: dict[str, Any] = {"target": section.name.text, "optimizer": _default_optimizer()}
        problems: list[Diagnostic] = []
        poisoned = False
        for name, setting in settings.items():
            try:
                values[name] = self._train_setting(frame, graph, section, name, setting.value)
                self._note(("train", section.name.text, name), setting.value, values[name])
            except SpecError as error:
                problems.extend(_with_parameter(section, d) for d in error.diagnostics)
            except Poisoned:
                poisoned = True
        self.elaborator.add(*problems)
        if not problems and not poisoned:
            self.elaborator.program.trains.add(section.name.text, **values)

    def _train_setting(
        self, frame: Frame, graph: ModelGraph, section: nodes.Section, name: str, node: nodes.Expression
    ) -> Any:
        outputs = list(graph.outputs)
        match name:
            case "data":
                return self._data_name(frame, section, node)
            case "augment":
                inputs = list(graph.inputs)
                return per_name(node, inputs, "input", lambda key, n: self._augment(frame, graph, key, n))
            case "loss":
                return per_name(node, outputs, "output", lambda _, n: self._object(frame, n, name, "loss"))
            case "loss_weights":
                weight = Number(low=0.0)
                return per_name(node, outputs, "output", lambda k, n: accepted(weight, n, evaluate(frame, n), k))
            case "class_weight":
                return per_name(node, outputs, "output", lambda _, n: self._class_weight(frame, n), partly=True)
            case "metrics" | "weighted_metrics":
                return per_name(node, outputs, "output", lambda _, n: self._metrics(frame, n), partly=True)
            case "optimizer":
                return self._object(frame, node, name, "optimizer")
            case "phases":
                return self._phases(frame, section, node)
            case "early_stopping" | "reduce_lr" | "checkpoint" | "tensorboard":
                kind = "checkpoint" if name == "checkpoint" else "callback"
                value = evaluate(frame, node, (kind,))
                if name == "tensorboard" and value in (None, "off"):
                    return "off"
                return None if value is None else self._object(frame, node, name, kind)
            case _:
                return accepted(_PLAIN_SETTINGS[name], node, evaluate(frame, node), name)

    def _data_name(self, frame: Frame, section: nodes.Section, node: nodes.Expression) -> str:
        program = self.elaborator.program
        if isinstance(node, nodes.Name) and node.text not in frame.scope:
            if node.text in program.data:
                return node.text
            self.module.look_up(node.text)  # poisoned where it could not be read
            names = [d.name.text for d in self.module.tree.declarations if isinstance(d, nodes.Data)]
            if node.text in names:
                raise Poisoned
            hint = did_you_mean(node.text, names) or ("write `data Name = …` and name it here",)
            raise SpecError(Diagnostic(UNKNOWN_TARGET, f"there is no data called `{node.text}`", node.span, help=hint))
        name = f"{section.name.text}.data"
        source = self._object(frame, node, "data", "data")
        program.data.add(name, name=name, source=source)
        self._note(("data", name), node, source)
        return name

    def _class_weight(self, frame: Frame, node: nodes.Expression) -> tuple[float, ...] | str:
        weights = Either(Choice("balanced"), Tuple(Number(low=0.0), at_least=2))
        return accepted(weights, node, argument_value(evaluate(frame, node)), "class_weight")

    def _phases(self, frame: Frame, section: nodes.Section, node: nodes.Expression) -> tuple[Declaration, ...]:
        items = node.items if isinstance(node, nodes.ListLiteral | nodes.TupleLiteral) else (node,)
        if not items:
            raise SpecError(Diagnostic(OUT_OF_RANGE, "`phases` is a list of at least one `Phase`", node.span))
        found = tuple(self._object(frame, item, "phases", "phase") for item in items)
        for index, (item, phase) in enumerate(zip(items, found, strict=True)):
            self._note(("train", section.name.text, "phases", str(index)), item, phase)
        return found

    def _metrics(self, frame: Frame, node: nodes.Expression) -> tuple[Declaration | str, ...]:
        items = node.items if isinstance(node, nodes.ListLiteral | nodes.TupleLiteral) else (node,)
        return tuple(self._metric(frame, item) for item in items)

    def _metric(self, frame: Frame, node: nodes.Expression) -> Declaration | str:
        value = evaluate(frame, node, ("metric",))
        if isinstance(value, str):
            if value in METRIC_WORDS:
                return str(value)
            from specc.catalogue.registry import names

            near = did_you_mean(value, METRIC_WORDS) or did_you_mean(value, names("metric"))
            hint = near or (f"known: {', '.join(METRIC_WORDS)}",)
            raise SpecError(Diagnostic(UNKNOWN_METRIC, f"unknown metric `{value}`", node.span, help=hint))
        return accepted(Object("metric"), node, value, "a metric")

    def _augment(self, frame: Frame, graph: ModelGraph, name: str, node: nodes.Expression) -> tuple[Declaration, ...]:
        """A chain of layers applied to one input; it must keep the input's type."""
        from specc.elaborate.apply import apply

        layer = evaluate(frame, node)
        if not is_applicable(layer):
            if isinstance(layer, Word):
                raise unknown_name(frame, layer, node)
            raise SpecError(Diagnostic(WRONG_KIND, f"{describe(layer)} is no layer", node.span))
        return augmentation(
            graph,
            name,
            self.elaborator.budget,
            node.span,
            lambda builder, start: apply(replace(frame, builder=builder), layer, [start], node.span),
        )

    # ── Ensemble, tune, export ───────────────────────────────────────────────────────────────────

    def _ensemble(self, section: nodes.Section) -> None:
        settings = self._settings(section, {"members": True, "combine": True, "sample": False})
        frame = self._scope(section)
        combine = self._object(frame, settings["combine"].value, "combine", "combiner")
        sample = self._object(frame, settings["sample"].value, "sample", "sampler") if "sample" in settings else None
        ensemble_graph(self.elaborator, frame, section, settings["members"].value, combine, sample)

    def _tune(self, section: nodes.Section) -> None:
        self._target(section)
        settings = self._settings(section, {"objective": True, "trials": False, "pruner": False})
        frame = self._scope(section)
        objective = settings["objective"].value
        direction, metric = _objective(objective)
        if isinstance(objective, nodes.Call):
            program = self.elaborator.program
            program.places["tune", section.name.text, "objective", "metric"] = objective.arguments[0].span
        values: dict[str, Any] = {"target": section.name.text, "direction": direction, "metric": metric}
        if "trials" in settings:
            node = settings["trials"].value
            values["trials"] = accepted(Integer(minimum=1), node, evaluate(frame, node), "trials")
        if "pruner" in settings:
            values["pruner"] = self._object(frame, settings["pruner"].value, "pruner", "pruner")
        self.elaborator.program.tunes.add(section.name.text, **values)

    def _export(self, section: nodes.Section) -> None:
        self._target(section)
        settings = self._settings(section, {"formats": False, "version": False})
        frame = self._scope(section)
        params: dict[str, Param[Any]] = {"formats": Tuple(Choice(*EXPORT_FORMATS)), "version": Text()}
        values = {
            name: accepted(params[name], s.value, argument_value(evaluate(frame, s.value)), name)
            for name, s in settings.items()
        }
        self.elaborator.program.exports.add(section.name.text, target=section.name.text, **values)


_PLAIN_SETTINGS: Final[dict[str, Param[Any]]] = {
    "epochs": Integer(minimum=1),
    "batch_size": Integer(minimum=1),
    "seed": Integer(minimum=0),
    "dtype_policy": Choice("float32", "mixed_bfloat16", "mixed_float16"),
    "jit": Choice("auto", "xla", "off"),
    "on_nan": Choice("stop", "skip", "halve_learning_rate"),
}


def accepted(param: Param[Any], node: nodes.Expression, value: Any, name: str) -> Any:
    """A setting's value as the kind of value it must be.

    Raises:
        SpecError: it isn't one.
    """
    param.__set_name__(type(param), name)
    try:
        return param.accept(value)
    except Refusal as refusal:
        finding = refused_value(param, Given(name, value, node.span), refusal)
        raise SpecError(replace(finding, help=finding.help or _ways_out(param, node, value))) from None


def _ways_out(param: Param[Any], node: nodes.Expression, value: Any) -> tuple[str, ...]:
    """What a setting's value that is nearly right should be."""
    if isinstance(param, Object) and "optimizer" in param.kinds and getattr(value, "kind", "") == "schedule":
        name = value.__name__ if isinstance(value, type) else type(value).__name__
        return (f"a schedule is the learning rate of an optimizer: `Adam({name}(…))`",)
    if isinstance(param, Tuple) and isinstance(value, str) and value in param.words:
        return (f"write `[{node.span.text}]`",)
    if isinstance(param, Text) and isinstance(value, int | float) and param.name == "version":
        parts = [*node.span.text.split("."), "0", "0"]
        return (f'write `"{".".join(parts[:3])}"`',)
    return ()


def _with_parameter(section: nodes.Section, finding: Diagnostic) -> Diagnostic:
    """The finding that a name is unknown in a section, with the parameter that it could be."""
    name = finding.span.text
    inside = finding.span.source is section.span.source and section.span.start <= finding.span.start < section.span.end
    if finding.code != UNKNOWN_NAME or finding.help or not name.isidentifier() or not inside:
        return finding
    kind = "int" if "integer" in finding.label else "float"
    declared = [p.span.one_line for p in section.parameters]
    written = ", ".join([*declared, f"{name}: {kind} = …"])
    return replace(finding, help=(f"write `{section.keyword} {section.name.text}({written}) {{ … }}`",))


def per_name(
    node: nodes.Expression,
    names: list[str],
    what: str,
    convert: Callable[[str, nodes.Expression], Any],
    *,
    partly: bool = False,
) -> dict[str, Any]:
    """A setting that has a value per output (or input): a record by name, or one value where there is one name.

    Raises:
        SpecError: a name is unknown or, unless ``partly``, missing.
    """
    if not isinstance(node, nodes.Record):
        if len(names) == 1:
            return {names[0]: convert(names[0], node)}
        example = "  ".join(f"{n} = …" for n in names)
        message = f"there are {len(names)} {what}s, each needs its own"
        raise SpecError(Diagnostic(WRONG_KIND, message, node.span, help=(f"write `{{ {example} }}`",)))
    places = {s.name.text: s.name.span for s in node.settings}
    require_names(places, names, what, node.span, partly=True)
    found = {s.name.text: convert(s.name.text, s.value) for s in node.settings}
    require_names(places, names, what, node.span, partly=partly)
    return {n: found[n] for n in names if n in found}


def _objective(node: nodes.Expression) -> tuple[str, str]:
    match node:
        case nodes.Call(
            callee=nodes.Name(text="max" | "min" as direction),
            arguments=(nodes.Argument(value=nodes.Name(text=metric)),),
        ):
            return direction, metric
        case _:
            message = "an objective is `max(metric)` or `min(metric)`"
            raise SpecError(Diagnostic(WRONG_KIND, message, node.span, help=("for example `max(val_accuracy)`",)))


def _default_optimizer() -> Declaration:
    """Keras's own default of ``compile``."""
    optimizer = find("optimizer", "RMSprop")
    assert optimizer is not None
    return optimizer.make()


def _no_defaults(definition: Definition, span: Span) -> Diagnostic:
    from specc.diagnostics.codes import MISSING_ARGUMENT

    missing = [p.name.text for p in definition.syntax.parameters if p.default is None]
    listed = ", ".join(f"`{m}`" for m in missing)
    options = " ".join(f"-p {m}=…" for m in missing)
    return Diagnostic(
        MISSING_ARGUMENT,
        f"`{definition.name}` needs values for {listed}",
        span,
        help=(f"give defaults, or values on the command line: {options}",),
    )
