"""What a layer is applied to: its tensors in the catalogue's order, and what Keras takes at the call of a layer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Final

from specc.catalogue.bind import Given
from specc.catalogue.declare import Declaration
from specc.catalogue.registry import find
from specc.diagnostics import Diagnostic, SpecError
from specc.elaborate.json_records import text_of
from specc.elaborate.json_text import JsonValue
from specc.elaborate.values import Tensor
from specc.importing.arguments import cannot_import
from specc.importing.calls import Call, flat, is_tensor, tensors_in
from specc.program.graph import ModelGraph, Port

_OPERANDS: Final = ("inputs", "x", "sequences", "sequence", "query", "value", "key", "initial_state")
"""Arguments of calls that are tensors a spec passes, too, in the order in which it takes them."""

_DISTURBING: Final = ("augmentation", "color", "contrast", "distortion", "mixing", "pictures", "pipelines")
"""The families whose layers Keras calls with `training=True` unless told otherwise, and so saves it."""

_SAYS_NOTHING: Final = ("training", "return_attention_scores", "use_causal_mask")
"""Arguments of calls that say nothing where they are false.

That holds for `training`, too: `fit` and `predict` put their own in its place (``keras.src.models.functional``).
"""


def without_batch(shape: JsonValue, place: JsonValue, name: str, notes: list[str]) -> list[int | None]:
    """The sizes of an input without the batch axis; None for those known at run time only.

    Raises:
        SpecError: the shape isn't known.
    """
    sizes = shape.plain()
    known = isinstance(sizes, list) and sizes and all(s is None or (type(s) is int and s > 0) for s in sizes)
    if not known:
        raise SpecError(cannot_import("the shape of this input is not known", place))
    if sizes[0] is not None:
        notes.append(f"the input `{name}` has batches of {sizes[0]} in Keras; a spec takes batches of any size")
    return sizes[1:]


def arguments_of(
    call: Call,
    tensor: Callable[[JsonValue], Tensor],
    model: ModelGraph,
    struct: list[tuple[str, str]] | None,
    extra: list[Given],
) -> list[Tensor]:
    """The tensors of a call, in order. Arguments that a spec gives to the layer itself are added to ``extra``.

    ``struct`` are the inputs of the model that is called, by keys and names.

    Raises:
        SpecError: it has an argument that a spec can't express.
    """
    if struct is not None and len(struct) > 1:
        return _of_model(call, tensor, struct)
    declaration = find("layer", text_of(call.record, "class_name"))
    found: list[Tensor] = []
    for value in call.args:
        found += tensors_of(value, tensor)
    ordered = sorted(call.kwargs.items(), key=lambda item: _place_of(item[0]))
    for name, value in ordered:
        if _is_nothing(value):
            continue
        if name in _OPERANDS:
            found += tensors_of(value, tensor)
        elif declaration is not None and name in declaration.params:
            if value.value is not False:
                extra.append(Given(name, value.plain(), value.span, value.key_span))
        elif name in _SAYS_NOTHING and value.value is _by_default(name, declaration):
            continue
        elif "mask" not in name or not _is_implied(value, tensor, model, found):
            raise SpecError(_inexpressible(call, name, value))
    return found


def _by_default(name: str, declaration: type[Declaration] | None) -> bool:
    """What an argument of a call is by default: layers that change data do it unless told otherwise."""
    return name == "training" and declaration is not None and declaration.__module__.endswith(_DISTURBING)


def _is_nothing(value: JsonValue) -> bool:
    """Whether a value is none, or a list or dictionary of nothing else."""
    inner = value.value.values() if isinstance(value.value, dict) else value.value
    return all(map(_is_nothing, inner)) if isinstance(inner, Iterable) and not isinstance(inner, str) else inner is None


def _place_of(name: str) -> int:
    return _OPERANDS.index(name) if name in _OPERANDS else len(_OPERANDS)


def tensors_of(value: JsonValue, tensor: Callable[[JsonValue], Tensor]) -> list[Tensor]:
    """The tensors of an argument, also in lists and dictionaries, in Keras's order.

    Raises:
        SpecError: there is something else among them.
    """
    if is_tensor(value):
        return [tensor(value)]
    match value.value:
        case None:
            return []
        case list() as items:
            return [t for item in items for t in tensors_of(item, tensor)]
        case dict() as fields if "class_name" not in fields:
            return [t for key in sorted(fields) for t in tensors_of(fields[key], tensor)]
        case _:
            hint = "calculate with it by an operator, as in `x + constant`"
            raise SpecError(cannot_import("here stands a constant among tensors", value, hint))


_MASKS: Final = "only masks that `Embedding(mask_zero=True)` and `Masking` pass on are carried: mark padding by these"


def _inexpressible(call: Call, name: str, value: JsonValue) -> Diagnostic:
    layer = call.record.at("class_name").value
    hint = (_MASKS,) if "mask" in name else ()
    return cannot_import(f"`{layer}` of a spec can't be called with `{name}`", value, *hint)


def _of_model(call: Call, tensor: Callable[[JsonValue], Tensor], struct: list[tuple[str, str]]) -> list[Tensor]:
    """The tensors for the inputs of a model: by their keys or names where they come in a dictionary."""
    for name, value in call.kwargs.items():
        if not _is_nothing(value) and value.value is not False and name != "inputs":
            raise SpecError(_inexpressible(call, name, value))
    values = [*call.args, *(v for k, v in call.kwargs.items() if k == "inputs")]
    pairs = [pair for value in values for pair in flat(value)]
    keys = [k for k, _ in pairs]
    if all(keys):
        for number in (0, 1):
            wanted = [s[number] for s in struct]
            if sorted(wanted) == sorted(keys):
                by_key = dict(pairs)
                return [tensor(by_key[k]) for k in wanted]
    return [tensor(v) for _, v in pairs]


# ── Masks ────────────────────────────────────────────────────────────────────────────────────────


def _is_implied(
    value: JsonValue, tensor: Callable[[JsonValue], Tensor], model: ModelGraph, taken: Sequence[Tensor]
) -> bool:
    """Whether a mask is the one that Keras passes on by itself: that of an `Embedding` or `Masking` before.

    Keras saves such a mask as if it had been written; the model of a spec is given it by Keras again.
    """
    masks = [tensor(v).port for v in tensors_in(value)]
    return bool(masks) and all(any(_made_of(model, mask, t.port) for t in taken) for mask in masks)


def _made_of(model: ModelGraph, mask: Port, x: Port) -> bool:
    """Whether ``mask`` is what a layer before ``x`` makes of its own input."""
    seen: set[str] = set()
    pending = [x.node]
    while pending:
        name = pending.pop()
        if name in seen:
            continue
        seen.add(name)
        node = model[name]
        if node.type_name == "Embedding" and getattr(node.layer, "mask_zero", False):
            if _compares(model, mask, node.ports[0], 0):
                return True
        elif node.type_name == "Masking":
            over = model[mask.node]
            along_last = over.type_name == "any" and getattr(over.layer, "axis", None) in (-1, (-1,))
            if along_last and _compares(model, over.ports[0], node.ports[0], getattr(node.layer, "mask_value", None)):
                return True
        pending += [p.node for p in node.ports]
    return False


def _compares(model: ModelGraph, mask: Port, x: Port, number: object) -> bool:
    node = model[mask.node]
    return node.type_name == "not_equal" and node.inputs[0] == x and node.inputs[1] == number
