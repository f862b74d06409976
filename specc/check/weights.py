"""Files of weights against the models that begin with them: by names and shapes, without reading an array."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Final

from specc.data.paths import inside
from specc.diagnostics import Diagnostic, SpecError, did_you_mean
from specc.diagnostics.codes import BAD_WEIGHTS_FILE, CONFLICTING_ARGUMENTS, WEIGHTS_DO_NOT_FIT
from specc.program.graph import Node
from specc.program.program import Program

IMAGENET: Final = "imagenet"
_APPLICATIONS: Final = Path(__file__).parent.parent / "library" / "applications"
_CLASSES: Final = 1000


def weights_fit(program: Program) -> Iterator[Diagnostic]:
    """A model that begins with weights from elsewhere has those weights."""
    for model in program.models.values():
        for node in model.nodes:
            if node.model is not None and node.shares is None and node.start.weights is not None:
                yield from _fit(program, node, node.start.weights)


def weights_file(program: Program, node: Node) -> Path:
    """The file that a model begins with.

    Raises:
        SpecError: it isn't there, leads out of the spec's folder, or is of no known kind.
    """
    from specc.weights.files import SUFFIXES  # only here: no other spec has to wait for it

    assert node.start.weights is not None
    path = inside(program.source.folder, node.start.weights, node.span)
    if path.suffix not in SUFFIXES:
        hint = ("`specc import FILE.keras` writes the weights of a Keras model as `.safetensors`",)
        message = f"`{path.name}` is no file of weights"
        raise SpecError(
            Diagnostic(BAD_WEIGHTS_FILE, message, node.span, expected=f"a file {', '.join(SUFFIXES)}", help=hint)
        )
    return path


def _fit(program: Program, node: Node, weights: str) -> Iterator[Diagnostic]:
    from specc.weights.declared import declared_weights
    from specc.weights.files import read_header
    from specc.weights.match import does_not_fit, mismatch

    if weights == IMAGENET:
        yield from _published(program, node)
        return
    assert node.model is not None
    graph = program.models[node.model]
    try:
        path = weights_file(program, node)
        header = read_header(path, node.span)
    except SpecError as error:
        yield from error.diagnostics
        return
    declared = declared_weights(program, graph)
    wanted = {n: tuple(d for d in w.shape if isinstance(d, int)) for n, w in declared.items()}
    reason = mismatch(graph.definition, wanted, header.shapes, by_name=header.by_name)
    if reason is not None:
        yield does_not_fit(f"`{path.name}`", reason, graph.definition, node.span)


def _published(program: Program, node: Node) -> Iterator[Diagnostic]:
    """What `weights=imagenet` can be asked of: an architecture of the standard library, with its own classes."""
    assert node.model is not None
    graph = program.models[node.model]
    if graph.definition not in architectures():
        hint = did_you_mean(graph.definition, architectures()) or (
            'import one: `from "std/applications/resnet" import …`',
        )
        message = f"there are no weights of ImageNet for `{graph.definition}`"
        expected = "an architecture of `std/applications`"
        yield Diagnostic(WEIGHTS_DO_NOT_FIT, message, node.span, expected=expected, help=hint)
        return
    classes = graph.parameters.get("classes", _CLASSES)
    if graph.parameters.get("include_top", True) and classes != _CLASSES:
        yield Diagnostic(
            CONFLICTING_ARGUMENTS,
            f"the weights of ImageNet are for {_CLASSES} classes, not for {classes}",
            node.span,
            expected=f"`classes={_CLASSES}`, or `include_top=false`",
            help=(
                f"write `{graph.definition}(include_top=false, pooling=avg, weights=imagenet) -> Dense({classes}, …)`",
            ),
        )


def is_published(program: Program, node: Node) -> bool:
    """Whether a model is an architecture of the library and begins with what Keras publishes for it, by its name or as
    a file in that layout.
    """
    start = node.start.weights
    if node.model is None or start is None or program.models[node.model].definition not in architectures():
        return False
    return start == IMAGENET or start.endswith((".h5", ".hdf5"))


@cache
def architectures() -> Mapping[str, str]:
    """The architectures of the standard library, each with the name of its file."""
    import re

    texts = {file.stem: file.read_text(encoding="utf-8") for file in sorted(_APPLICATIONS.glob("*.model"))}
    return {name: stem for stem, text in texts.items() for name in re.findall(r"^model (\w+)\(", text, re.MULTILINE)}
