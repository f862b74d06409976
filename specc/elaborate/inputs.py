"""Where the inputs of a body come from: new ones of a model, or the tensors that a block is applied to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from specc.diagnostics import Diagnostic, Related, SpecError
from specc.diagnostics.codes import INPUT_TYPE, WRONG_KIND
from specc.elaborate import hints
from specc.elaborate.body import dtype_of, evaluate_size
from specc.elaborate.expressions import evaluate
from specc.elaborate.frame import Frame
from specc.elaborate.values import Definition, Poisoned, Tensor
from specc.program.deciding import equal
from specc.program.dims import Dim, symbol
from specc.program.types import TensorType
from specc.source import Span
from specc.syntax import nodes


@dataclass
class NewInputs:
    """The inputs of a model, or of a block that is checked for all sizes: new nodes with symbols for sizes."""

    known: Mapping[str, Dim] = field(default_factory=dict[str, Dim])

    def take(self, frame: Frame, statement: nodes.Input) -> Tensor:
        axes = enumerate(statement.type.shape)
        shape = tuple(self._size(frame, d, f"{statement.name.text}_{axis}") for axis, d in axes)
        type_ = TensorType(dtype_of(statement.type), shape)
        return frame.builder.input(statement.name.text, type_, statement.span)

    def _size(self, frame: Frame, node: nodes.Expression, name: str) -> Dim:
        """A size of an input; ``name`` is what one is called that a parameter leaves open with `none`."""
        if is_new_symbol(frame, node):
            assert isinstance(node, nodes.Name)
            frame.scope[node.text] = self.known.get(node.text, symbol(node.text, node.span))
        elif isinstance(node, nodes.Index | nodes.Name) and evaluate(frame, node) is None:
            return symbol(name, node.span)
        return _size_of(frame, node)


@dataclass
class GivenInputs:
    """The tensors that a block is applied to, taken in order and matched with the declared types."""

    tensors: Sequence[Tensor]
    span: Span
    definition: Definition
    taken: int = 0

    def take(self, frame: Frame, statement: nodes.Input) -> Tensor:
        if self.taken >= len(self.tensors):
            raise Poisoned  # the count was refused already
        tensor = self.tensors[self.taken]
        self.taken += 1
        dtype, found = dtype_of(statement.type), tensor.type
        same = dtype == found.dtype and len(statement.type.shape) == found.rank
        if not same or not all(
            self._matches(frame, n, d) for n, d in zip(statement.type.shape, found.shape, strict=True)
        ):
            raise SpecError(self._mismatch(frame, statement, tensor))
        return tensor

    def _matches(self, frame: Frame, node: nodes.Expression, found: Dim) -> bool:
        if is_new_symbol(frame, node):
            assert isinstance(node, nodes.Name)
            frame.scope[node.text] = found
            return True
        return bool(equal(_size_of(frame, node), found))

    def _mismatch(self, frame: Frame, statement: nodes.Input, tensor: Tensor) -> Diagnostic:
        name = statement.name.text
        bound = [
            f"{n.text} is {frame.scope[n.text]} here"
            for n in statement.type.shape
            if isinstance(n, nodes.Name) and n.text in frame.scope
        ]
        declared = statement.type.span.one_line
        return Diagnostic(
            INPUT_TYPE,
            f"the input `{name}` of `{self.definition.name}` is {declared}, it is given {tensor.type}",
            self.span,
            expected=declared + (f" ({', '.join(dict.fromkeys(bound))})" if bound else ""),
            found=str(tensor.type),
            related=(Related(statement.span, f"`{name}` is declared here"),),
        )


def _size_of(frame: Frame, node: nodes.Expression) -> Dim:
    """A size of an input's type that isn't a new name."""
    try:
        return evaluate_size(frame, node)
    except SpecError as error:
        raise hints.of_formula(error) from None


def is_new_symbol(frame: Frame, node: nodes.Expression) -> bool:
    """Whether a size in an input's type is a name that nothing binds yet."""
    if not isinstance(node, nodes.Name) or node.text in frame.scope or frame.module.look_up(node.text) is not None:
        return False
    if node.text == "None":
        hint = "the batch axis is not written; a size that is not known gets a name, such as `T`"
        raise SpecError(Diagnostic(WRONG_KIND, "`None` is no size", node.span, help=(hint,)))
    return True
