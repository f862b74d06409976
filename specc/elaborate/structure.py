"""A model's graph as a whole: what leads nowhere is found and taken out."""

from __future__ import annotations

from specc.diagnostics import Diagnostic
from specc.diagnostics.codes import NO_INPUT, NO_OUTPUT, UNUSED_INPUT, UNUSED_VALUE
from specc.program.graph import ModelGraph
from specc.source import Span


def structure(model: ModelGraph, span: Span) -> list[Diagnostic]:
    """What is wrong with a graph as a whole: no input or output, what leads nowhere."""
    found: list[Diagnostic] = []
    inputs = [n for n in model.nodes if n.kind == "input"]
    if not inputs:
        message = f"`{model.name or 'this'}` has no input"
        found.append(Diagnostic(NO_INPUT, message, span, help=("write `input name: float32[…]`",)))
    if not model.outputs:
        message = f"`{model.name or 'this'}` has no output"
        return [*found, Diagnostic(NO_OUTPUT, message, span, help=("write `output name = …`",))]
    used = model.leading_to((port.node for port in model.outputs.values()), owners=True)
    taken_from = {port.node for node in model.nodes for port in node.ports}
    lively = {_block_of(name) for name in used} - {""}
    for node in model.nodes:
        if node.name in used:
            continue
        if node.kind == "input":
            message = f"the input `{node.name}` leads to no output"
            hint = "use it, or take it out: nobody could say what to feed it"
            found.append(Diagnostic(UNUSED_INPUT, message, node.span, help=(hint,)))
        elif node.name not in taken_from and _block_of(node.name) not in lively:
            message = f"the result of `{node.type_name}` leads to no output"
            found.append(Diagnostic(UNUSED_VALUE, message, node.span, help=("use it, or take it out",)))
    return found


def _block_of(name: str) -> str:
    """The application of a block that a node belongs to; one of several outputs may well lead nowhere."""
    return name.rpartition(".")[0]


def prune(model: ModelGraph) -> None:
    """Take out what leads to no output (inputs stay): it would be no part of the Keras model either."""
    used = model.leading_to((port.node for port in model.outputs.values()), owners=True)
    dead = [n.name for n in model.nodes if n.name not in used and n.kind != "input"]
    for name in dead:
        del model.members[name]
