"""The report of a run as one HTML page that needs nothing else: no network, no scripts, no files beside it."""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from specc.data.raw import Array
from specc.data.split import Dataset, Split
from specc.data.stored import Stored, Values, by_rows, extent, whole
from specc.program.program import Program, show_dim
from specc.training.reports.verdict import Verdict

_TEMPLATE: Final = Path(__file__).with_name("page.html")
_SHOWN: Final = 12
"""Most examples that are shown of an output."""
_NUMBERS: Final = 8
"""Most numbers that are shown of one example."""
_PIXELS: Final = 72
"""The least height of a shown picture."""


@dataclass(frozen=True)
class Example:
    """One example of the held-out split: its inputs as HTML pieces, the target, the answer."""

    number: int
    inputs: tuple[tuple[str, str | None, str], ...]
    """Name, picture as a data URI, and text of each input."""
    true: str
    predicted: str
    is_wrong: bool


def write_page(
    folder: Path,
    program: Program,
    record: Mapping[str, Any],
    verdicts: Mapping[str, Verdict],
    split: Split,
    answers: Mapping[str, Array],
    data: Dataset,
) -> None:
    """Write ``report.html`` of a run beside its pictures, which it has in it.

    Args:
        answers: to the examples of a split, by output.
    """
    examples = {
        name: examples_of(split, answer, whole(split.targets[name]), data.classes.get(name))
        for name, answer in answers.items()
        if name in split.targets
    }
    figures = {path.stem.replace("_", ": "): path for path in sorted(folder.glob("*.png"))}
    text = page(program, record, verdicts, figures, examples, data)
    (folder / "report.html").write_text(text, encoding="utf-8")


def page(
    program: Program,
    record: Mapping[str, Any],
    verdicts: Mapping[str, Verdict],
    figures: Mapping[str, Path],
    examples: Mapping[str, Sequence[Example]],
    data: Dataset,
) -> str:
    """The page.

    Args:
        record: what ``run.json`` says.
        verdicts: what the curves say, by the name of what was trained.
        figures: pictures by their titles, PNG files that are put into the page.
        examples: by output.
    """
    # Loaded only here, at the end of a run.
    import jinja2

    environment = jinja2.Environment(autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True)
    environment.filters["code"] = _with_code
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        record=record,
        verdicts=verdicts,
        figures={title: _uri(path.read_bytes()) for title, path in figures.items()},
        examples=examples,
        layers=_layers(program, str(record["target"])),
        data=_data_rows(data),
        spec=program.source.text,
        number=_number,
    )


def examples_of(split: Split, answer: Array, target: Array, classes: Sequence[str] | None) -> list[Example]:
    """Some examples of a split: first those that were answered worst, then others in their order.

    Args:
        answer: of one output, ``[examples, …]``.
        target: of the same output.
        classes: their names where the output is over classes.
    """
    if len(answer) == 0:
        return []
    true, predicted, cost = _judged(answer, target, classes)
    worst = [int(i) for i in np.argsort(-cost, kind="stable")[: _SHOWN // 2] if cost[i] > 0]
    others = [i for i in range(len(answer)) if i not in worst][: _SHOWN - len(worst)]
    ranges = {name: _range(values) for name, values in split.inputs.items()}
    return [
        Example(
            int(split.ids[i]),
            tuple((name, *_shown(values[i], *ranges[name])) for name, values in split.inputs.items()),
            true[i],
            predicted[i],
            bool(cost[i] > 0) and classes is not None,
        )
        for i in (*worst, *others)
    ]


def _judged(answer: Array, target: Array, classes: Sequence[str] | None) -> tuple[list[str], list[str], Array]:
    """Targets and answers in words, and how wrong each is: 0 for right classes, the distance for values."""
    if classes is None:
        flat = [np.reshape(values, (len(values), -1)) for values in (target, answer)]
        cost = (
            np.abs(flat[0].astype(float) - flat[1]).max(-1) if flat[0].shape == flat[1].shape else np.zeros(len(answer))
        )
        return [_numbers(row) for row in flat[0]], [_numbers(row) for row in flat[1]], cost
    if answer.ndim > 2 or target.ndim > 2:  # an answer for each position: too many to name
        return [""] * len(answer), [""] * len(answer), np.zeros(len(answer))
    if answer.shape[-1] == 1:
        answer = np.concatenate([1 - answer, answer], -1)
        target = np.reshape(target, (len(target),))
    found = answer.argmax(-1)
    given = (
        target.argmax(-1)
        if target.ndim == 2 and target.shape[-1] > 1
        else np.reshape(target, (len(target),)).astype(int)
    )
    share = answer.max(-1)
    predicted = [f"{classes[c]} ({100 * p:.0f} %)" for c, p in zip(found, share, strict=True)]
    return [classes[c] for c in given], predicted, np.where(found == given, 0.0, share)


def _range(values: Values) -> tuple[float, float]:
    if values.dtype == object or values.size == 0:
        return 0.0, 0.0
    low, high = extent(values)
    return float(low), float(high)


def _shown(given: Any, low: float, high: float) -> tuple[str | None, str]:
    """One input of an example: a picture where it is one, else what it says."""
    value = np.asarray(given)
    if value.dtype.kind in "OUS":
        return None, ", ".join(str(v.decode() if isinstance(v, bytes) else v) for v in np.ravel(value))[:400]
    if value.ndim == 3 and value.shape[-1] in (1, 3, 4):
        return _picture(value, low, high), ""
    return None, _numbers(np.ravel(value))


def _picture(value: Array, low: float, high: float) -> str:
    from PIL import Image

    scaled = np.clip((value.astype(float) - low) / max(high - low, 1e-12) * 255, 0, 255).astype(np.uint8)
    picture = Image.fromarray(scaled[..., 0] if value.shape[-1] == 1 else scaled)
    factor = -(-_PIXELS // picture.height)
    if factor > 1:
        picture = picture.resize((picture.width * factor, picture.height * factor), Image.Resampling.NEAREST)
    file = io.BytesIO()
    picture.save(file, "PNG")
    return _uri(file.getvalue())


def _uri(content: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(content).decode("ascii")


def _with_code(text: str) -> Any:
    """A text whose parts between backticks are shown as code."""
    from markupsafe import Markup, escape

    return Markup(re.sub(r"`([^`]*)`", r"<code>\1</code>", str(escape(text))))


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float | np.floating) else str(value)


def _numbers(values: Iterable[Any]) -> str:
    items = list(values)
    return ", ".join(map(_number, items[:_NUMBERS])) + (", …" if len(items) > _NUMBERS else "")


def _layers(program: Program, target: str) -> list[tuple[str, str, str, str]]:
    """Name, type, output and number of parameters of each layer."""
    return [
        (n.name, n.type_name, ", ".join(map(str, n.outputs)), show_dim(program.node_cost(n).parameters))
        for n in program.models[target].nodes
    ]


def _data_rows(data: Dataset) -> list[tuple[str, str, str]]:
    """Split, what of it, and what it is like."""
    rows: list[tuple[str, str, str]] = []
    for name in ("train", "validation", "test"):
        split: Split = getattr(data, name)
        rows.append((name, "examples", f"{split.size:,}"))
        if not split.size:
            continue
        for key, values in split.inputs.items():
            shape = f"{values.dtype} [{', '.join(map(str, values.shape[1:]))}]" if values.dtype != object else "text"
            if isinstance(values, Stored):  # to look at all of them again would take long
                shape += ", on the disk"
            elif values.dtype != object and values.size:
                shape += f", {_number(float(values.min()))} to {_number(float(values.max()))}"
            rows.append((name, f"input {key}", shape))
        rows += [(name, f"target {key}", _target(v, data.classes.get(key))) for key, v in split.targets.items()]
    return rows


def _target(values: Values, classes: Sequence[str] | None) -> str:
    if classes is not None and values.ndim <= 2:
        each = by_rows(values, lambda v: v.argmax(-1) if v.ndim == 2 and v.shape[-1] > 1 else np.ravel(v).astype(int))
        counts = np.bincount(each, minlength=len(classes))
        shown = [f"{name} {count:,}" for name, count in zip(classes, counts, strict=False)]
        return ", ".join(shown[:20]) + (", …" if len(shown) > 20 else "")
    return "{} to {}".format(*map(_number, _range(values))) if values.size else ""
