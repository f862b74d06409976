"""A handful of diagnostics that between them have every part a renderer can show."""

from specc.diagnostics import Diagnostic, Fix, Related, codes
from specc.source import Source, Span, whole_file

SPEC = Source(
    "specs/a.model",
    """\
block Join {
    input x: float[H, W, C]
    main = x -> Conv2D(13, 3)
    copy = x

    skip = x -> Convv2D(17, 1)
    again = x

    output y = main + skip -> ReLU
}
""",
)
HELPER = Source("lib/h.model", "model\tX = \u202e日本語 -> Dense(3)\n")


def place(text: str, source: Source = SPEC) -> Span:
    """The span of the first occurrence of ``text``."""
    start = source.text.index(text)
    return Span(source, start, start + len(text))


MISMATCH = Diagnostic(
    codes.SHAPE_MISMATCH,
    "cannot add tensors of 13 and 17 channels",
    place("main + skip"),
    "float32[H, W, 13] and float32[H, W, 17]",
    expected="float32[H, W, 13]",
    found="float32[H, W, 17]",
    related=(
        Related(place("x -> Conv2D(13, 3)"), "this has 13 channels"),
        Related(place("Dense", HELPER), "and this is called here"),
    ),
    help=("add a 1x1 convolution",),
)
UNKNOWN = Diagnostic(
    codes.UNKNOWN_LAYER,
    "there is no layer `Convv2D`",
    place("Convv2D"),
    help=("did you mean `Conv2D`?",),
    fix=Fix(place("Convv2D"), "Conv2D"),
)
UNUSED = Diagnostic(
    codes.UNUSED_VALUE,
    "`again` is never used",
    place("again = x"),
    related=(Related(place("x -> Convv2D"), "100%: used, here"),),
    fix=Fix(place("again = x\n"), ""),
    pointer="/models/Join",
)
WHOLE = Diagnostic(codes.NO_INPUT, "two\nlines", place(SPEC.text), "all of it")
MISSING = Diagnostic(codes.DATA_NOT_FOUND, "no such file", whole_file("x,y/data.csv"), "looked here")
END = Diagnostic(codes.SYNTAX, "unexpected end of file", Span(SPEC, len(SPEC.text), len(SPEC.text)), "expected `}`")
ALL = (MISMATCH, UNKNOWN, UNUSED, WHOLE, MISSING, END)
