"""Which array of a file is which weight of a model: by name, or by order. All of them, or nothing is loaded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import WEIGHTS_DO_NOT_FIT
from specc.source import Span

Shape = tuple[int, ...]
_LISTED = 4
"""Most weights that a finding lists."""


def mismatch(name: str, wanted: Mapping[str, Shape], found: Mapping[str, Shape], *, by_name: bool) -> str | None:
    """Why arrays are not the weights of a model, in words; None where they are.

    Without ``by_name`` only the shapes are compared, in any order: the order is Keras's own, which is known when the
    model is built.
    """
    if by_name:
        missing = [n for n in wanted if n not in found]
        surplus = [n for n in found if n not in wanted]
        unlike = [f"{n} {_shown(found[n])} instead of {_shown(s)}" for n, s in wanted.items() if found.get(n, s) != s]
    else:
        ours, theirs = Counter(wanted.values()), Counter(found.values())
        lacking, beyond = ours - theirs, theirs - ours
        missing = [f"{n} {_shown(s)}" for n, s in wanted.items() if s in lacking]
        surplus = [f"{n} {_shown(s)}" for n, s in found.items() if s in beyond]
        unlike = []
        if sum(lacking.values()) == 0 and sum(beyond.values()) == 0:
            return None
    parts = [("it lacks", missing), ("it has besides", surplus), ("of another shape are", unlike)]
    said = [f"{what} {_listed(names)}" for what, names in parts if names]
    return "; ".join(said) or None


def does_not_fit(what: str, reason: str, model: str, place: Span) -> Diagnostic:
    """The finding that a file's weights are not those of a model."""
    hint = (
        f"the file must have all weights of `{model}`, and no others",
        "weights without the classifier belong to `include_top=false`",
    )
    return Diagnostic(
        WEIGHTS_DO_NOT_FIT, f"{what} doesn't hold the weights of `{model}`", place, found=reason, help=hint
    )


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _shown(shape: Shape) -> str:
    return f"[{', '.join(map(str, shape))}]"
