"""Specs made to hurt: each is refused with a code and a place, soon, and in little memory.

Every case runs the command line in a process of its own, whose time and memory the system measures. Time is that of
the processor, so that a busy machine makes no difference.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from specc import limits
from specc.diagnostics import SpecError, codes
from specc.syntax.read import decode

ROOT = Path(__file__).parent.parent.parent
SECONDS = 2.0
KILOBYTES = 512 * 1024


class Answer(NamedTuple):
    code: int
    text: str
    seconds: float
    kilobytes: int


_MEASURE = """
import json, os, resource, sys

child = os.fork()
if child == 0:
    os.dup2(1, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
    os.execv(sys.executable, [sys.executable, "-m", "specc", *sys.argv[1:]])
_, status, used = os.wait4(child, 0)
measured = os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime, used.ru_maxrss
print(json.dumps(measured), file=sys.stderr)
"""
"""A process between the tests and the command: the peak that the system notes for a child includes what its parent held
when it was forked."""


def check(file: Path, *options: str) -> Answer:
    """What `specc check` answers, and what it took."""
    arguments = [sys.executable, "-c", _MEASURE, "check", "--output-format", "concise", *options, file.name]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(arguments, cwd=file.parent, env=environment, capture_output=True, encoding="utf-8")
    code, seconds, kilobytes = json.loads(done.stderr)
    return Answer(code, done.stdout, seconds, kilobytes)


def refused(answer: Answer, code: str, seconds: float = SECONDS) -> None:
    """Assert that an answer is a finding of that code with a place, soon and in little memory."""
    assert answer.code == 1, answer.text[:2000]
    place = "" if code in ("E900", "E101") else r":\d+:\d+"  # these are about a file as a whole
    assert re.search(rf"^[^\n]+{place}: {code}\d*\b", answer.text, re.MULTILINE), answer.text[:2000]
    assert len(answer.text) < 20_000
    assert answer.seconds < seconds and answer.kilobytes < KILOBYTES, answer[2:]


def model(body: str, before: str = "") -> str:
    return f"{before}\nmodel M {{\n    input x: float32[8]\n    {body}\n    output y = x -> Dense(2)\n}}\n"


def doubling(first: str, step: str, count: int) -> str:
    """Blocks ``B0`` to ``B{count}``, each made of the one before it."""
    steps = (f"block B{i}{step.format(f'B{i - 1}')}" for i in range(1, count + 1))
    return "\n".join([f"block B0 = {first}", *steps, ""])


N = 100_000
LOOP = "for {0} in range(1000) {{ {1} }}"
GROW = "x = x -> Dense(8)"

EXPANSION: Mapping[str, tuple[str, str]] = {
    "repetition": ("E902", model("x = x -> " + "(" * 10 + "Dense(8)" + " * 1000)" * 10)),
    "repetition by name": ("E902", model("a0 = Dense(8)\n" + "".join(f"a{i + 1} = a{i} * 1000\n" for i in range(10)))),
    "repetition by blocks": ("E902", doubling("Dense(8)", " = {0} * 1000", 10) + model("x = x -> B10")),
    "three loops": ("E902", model(LOOP.format("i", LOOP.format("j", LOOP.format("k", GROW))))),
    "three idle loops": ("E902", model(LOOP.format("i", LOOP.format("j", LOOP.format("k", "a = i"))))),
    "one loop": ("E902", model("for i in range(100_001) { x = x -> Dense(8) }")),
    "a loop up to the limit": ("E902", model("for i in range(100_000) { x = x -> Dense(8) }")),
    "a loop over sums": ("E902", model("for i in range(100_000) { x = x + x }")),
    "a loop of named steps": ("E902", model("for i in range(100_000) { h = x -> ReLU\n x = h -> Dense(8) }")),
    "a loop of choices": ("E902", model("for i in range(100_000) { if i > 5 { x = x -> ReLU } else { x = x + x } }")),
    "a loop over a computed list": ("E902", model("n = 10**9\nfor i in range(n // 2) { x = x -> Dense(8) }")),
    "loops in a block in loops": (
        "E902",
        "block B(n: int) { input x: float32[D]  for i in range(n) { x = x -> Dense(8) }  output y = x }"
        + model(LOOP.format("i", LOOP.format("j", "x = x -> B(1000)"))),
    ),
    "loops in blocks of blocks": (
        "E902",
        "block A(n: int) { input x: float32[D]  for i in range(n) { x = x -> Dense(8) }  output y = x }\n"
        "block B(n: int) { input x: float32[D]  for i in range(n) { x = x -> A(n) }  output y = x }\n"
        "block C(n: int) { input x: float32[D]  for i in range(n) { x = x -> B(n) }  output y = x }\n"
        + model("x = x -> C(1000)"),
    ),
    "blocks that double": ("E902", doubling("Dense(8)", " = {0} -> {0}", 40) + model("x = x -> B40")),
    "bodies that double": (
        "E902",
        doubling("Dense(8)", " {{ input x: float32[D]  output y = x -> {0} -> {0} }}", 40) + model("x = x -> B40"),
    ),
    "doubling blocks nobody uses": ("E902", doubling("Dense(8)", " = {0} -> {0}", 40) + model("")),
    "blocks that double by parameter": (
        "E902",
        "block B0(n: int) = Dense(n)\n"
        + "".join(f"block B{i}(n: int) = B{i - 1}(n) -> B{i - 1}(n + 1)\n" for i in range(1, 41))
        + model("x = x -> B40(3)"),
    ),
    "long chain of blocks": ("E901", doubling("Dense(8)", " = {0}", 200) + model("x = x -> B200")),
    "a list that doubles": ("E902", model("a = [1]\nfor i in range(60) { a = a + a }")),
    "a list of lists": ("E409", model("a = [1]\nfor i in range(60) { a = [a, a] }\nb = a + 1")),
    "a list that is repeated": ("E409", model("a = [1] * 10**9")),
    "a text that doubles": ("E409", model('a = "a"\nfor i in range(60) { a = a + a }')),
    "huge range": ("E902", model("a = range(10**18)")),
    "huge range backwards": ("E902", model("a = range(10**18, 0, -1)")),
    "power tower": ("E904", model("a = 10**10**10")),
    "long power tower": ("E901", model("a = " + "**".join(["10"] * N))),
    "huge exponent": ("E904", model("a = 7**(10**17)")),
    "product": ("E901", model("a = " + " * ".join(["10"] * 1000))),
    "digits": ("E904", model("a = " + "9" * 500_000)),
    "huge float": ("E112", model("a = 1e999999999")),
    "recursive block": ("E207", "block A = A\n" + model("x = x -> A")),
    "mutual blocks": ("E207", "block A = B\nblock B = A\n" + model("x = x -> A")),
    "recursion by a model": ("E207", "block A { input x: float32[8]  output y = x -> M }\n" + model("x = x -> A")),
    "recursion by a parameter": (
        "E207",
        "block A(l: layer) { input x: float32[8]  output y = x -> l -> A(l) }\n"
        + model("x = x -> A(Dense(2))"),
    ),
    "recursion by a layer": (
        "E207",
        "block A(l: layer = A) { input x: float32[8]  output y = x -> l }\n"
        + model("x = x -> A"),
    ),
    "recursive default": ("E", "block A(n: int = n) = Dense(n)\n" + model("x = x -> A")),
    "units": ("E905", model("x = x -> Dense(10**9) -> Dense(10**9)")),
    "huge units": ("E903", model("x = x -> Dense(units=10**12)")),
    "dims": ("E903", "model M { input x: float32[2**31, 2]  output y = x -> Flatten -> Dense(1) }"),
    "product of dims": ("E903", "model M { input x: float32[2**30, 2**30]  output y = x -> Flatten -> Dense(1) }"),
    "upsampling": (
        "E903",
        "model M { input x: float32[8, 8]"
        "  for i in range(60) { x = x -> UpSampling1D(2) }  output y = x }",
    ),
    "power of a size": ("E", "model M { input x: float32[(T**8 + 1)**8]  output y = x -> Flatten }"),
    "sizes that square": (
        "E",
        "block B(n: int) { input x: float32[n]  m = n + 1\n for i in range(40) { m = m * m + n }"
        "  output y = x -> Dense(m) }\n"
        + model(""),
    ),
    "equation": ("E", model('a = einsum("' + "a" * 10_000 + ',b->c", x, x)')),
    "rank": ("E", f"model M {{ input x: float32[{', '.join(['2'] * 20_000)}]  output y = x -> Flatten -> Dense(1) }}"),
}  # fmt: skip

NESTING: Mapping[str, tuple[str, str]] = {
    "parentheses": ("E901", model("a = " + "(" * N)),
    "closed parentheses": ("E901", model("a = " + "(" * N + "1" + ")" * N)),
    "brackets": ("E901", model("a = " + "[" * N + "]" * N)),
    "braces": ("E901", model("a = " + "{ a = " * N)),
    "bodies": ("E901", model("if true { " * 50_000 + "}" * 50_000)),
    "minus": ("E901", model("a = " + "-" * N + "1")),
    "not": ("E901", model("a = " + "not " * N + "true")),
    "if then else": ("E901", model("a = " + "if true then 1 else " * 50_000 + "2")),
    "else if": ("E901", model("if true { } else " * 50_000 + "{ }")),
    "calls": ("E901", model("a = f" + "()" * N)),
    "calls in calls": ("E901", model("a = " + "f(" * N + ")" * N)),
    "indexes": ("E901", model("a = x" + "[0]" * N)),
    "quotes": ("E110", model("a = " + '"' * (N + 1))),
    "closers": ("E110", "}" * N),
}

SIZE: Mapping[str, tuple[str, str]] = {
    "a line of 10 MB": ("E900", "a" * 10_000_000),
    "a comment of 10 MB": ("E900", "# " + "c" * 10_000_000),
    "a text of 10 MB": ("E900", 'test "' + "c" * 10_000_000),
    "a comment as long as can be": ("E110", "#" * (limits.SOURCE_BYTES - 10) + "\n?"),
    "a line as long as can be": ("E110", "a" * limits.SOURCE_BYTES),
    "tokens": ("E110", "a " * (limits.SOURCE_BYTES // 2)),
    "signs": ("E", model("a = " + "1+" * (limits.SOURCE_BYTES // 2 - 100) + "b")),
    "50,000 blocks and an error": ("E201", "".join(f"block B{i} = ReLU\n" for i in range(50_000)) + "block C = Relu"),
    "50,000 errors": ("E110", "model A { x = = }\n" * 50_000),
    "5,000 unknown names": ("E200", model("".join(f"a{i} = b{i} + 1\n" for i in range(5_000)))),
    "line breaks": ("E110", "\n" * 1_000_000 + "?"),
}

CASES = {**EXPANSION, **NESTING, **SIZE}


@pytest.mark.parametrize("name", CASES)
def test_text(name: str, tmp_path: Path) -> None:
    code, text = CASES[name]
    file = tmp_path / "hostile.model"
    file.write_text(text, encoding="utf-8")
    # Of a large file, every line is read: 1 MB takes longer than what is refused at once.
    refused(check(file), code, 5 if name in ("50,000 blocks and an error", "signs") else SECONDS)


BYTES: Mapping[str, tuple[str, bytes]] = {
    "nul": ("E102", b"model M {\0}"),
    "only nul": ("E102", b"\0" * 1_000_000),
    "utf-16": ("E101", "model M {}".encode("utf-16")),
    "utf-16 without a mark": ("E102", "model M {}".encode("utf-16-le")),
    "utf-32": ("E101", "model M {}".encode("utf-32")),
    "latin-1": ("E101", "# gr\xfc\xdfe".encode("latin-1")),
    "overlong": ("E101", b"# \xc0\xaf"),
    "surrogate": ("E101", b"# \xed\xa0\x80"),
    "two marks": ("E102", b"\xef\xbb\xbf\xef\xbb\xbfmodel M {}"),
    "right to left": ("E102", "# \u202egnp.exe".encode()),
    "wide digits": ("E", "model M { x = \u0661 }".encode()),
    "cyrillic": ("E110", "model M { input \u0445: float32[1] }".encode()),
}


@pytest.mark.parametrize("name", BYTES)
def test_bytes(name: str, tmp_path: Path) -> None:
    code, data = BYTES[name]
    file = tmp_path / "hostile.model"
    file.write_bytes(data)
    refused(check(file), code)


BIDI_CONTROL = {0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
CONTROL = {*range(0x20), *range(0x7F, 0xA0)} - {0x09, 0x0A, 0x0D}
UNSEEN = {0x200B, 0x2028, 0x2029, 0x2060, 0x2064, 0xFEFF, 0xFFF9, 0xE0001, 0xE0061}


@pytest.mark.parametrize("place", ["# {}", 'test "{}" {{}}', "model {} {{}}", "{}"])
def test_no_character_hides(place: str) -> None:
    for point in sorted(BIDI_CONTROL | CONTROL | UNSEEN):
        with pytest.raises(SpecError) as caught:
            decode(("a" + place.format(chr(point))).encode(), "a.model", None)
        assert caught.value.diagnostics[0].code == codes.FORBIDDEN_CHARACTER, hex(point)
        assert f"U+{point:04X}" in caught.value.diagnostics[0].message


def test_a_mark_at_the_beginning_is_fine(tmp_path: Path) -> None:
    file = tmp_path / "marked.model"
    file.write_bytes(b"\xef\xbb\xbfmodel M { input x: float32[2]  output y = x -> Dense(1) }")
    assert check(file).code == 0


IMPORTS: Mapping[str, tuple[str, str]] = {
    "../../etc/passwd": ("E206", ""),
    "../outside": ("E206", ""),
    "/etc/passwd": ("E206", ""),
    "sub/../../outside": ("E206", ""),
    "std/../../limits": ("E206", ""),
    "link": ("E206", "link"),
    "folder_link/outside": ("E206", "folder"),
    "fifo": ("E203", "fifo"),
    "folder": ("E203", "mkdir"),
    "zero": ("E206", "zero"),
    "huge": ("E900", "huge"),
    "http://example.com/a": ("E206", ""),
    "a\\u{0}b": ("E206", ""),
    "": ("E203", ""),
    "a/" * 3000: ("E203", ""),
    "a" * 300: ("E203", ""),
    "itself": ("E205", "itself"),
}


@pytest.mark.parametrize("path", IMPORTS, ids=lambda p: p[:30])
def test_import(path: str, tmp_path: Path) -> None:
    code, made = IMPORTS[path]
    folder = tmp_path / "specs"
    folder.mkdir()
    (tmp_path / "outside.model").write_text("block A = ReLU\n")
    match made:
        case "link":
            (folder / "link.model").symlink_to(tmp_path / "outside.model")
        case "folder":
            (folder / "folder_link").symlink_to(tmp_path)
        case "fifo":
            os.mkfifo(folder / "fifo.model")
        case "mkdir":
            (folder / "folder.model").mkdir()
        case "zero":
            (folder / "zero.model").symlink_to("/dev/zero")
        case "huge":
            with (folder / "huge.model").open("wb") as stream:
                stream.truncate(1 << 40)
        case "itself":
            (folder / "itself.model").symlink_to("hostile.model")
        case _:
            pass
    file = folder / "hostile.model"
    file.write_text(f'from "{path}" import A\n' + model("x = x -> A"), encoding="utf-8")
    refused(check(file), code)


def test_a_chain_of_imports(tmp_path: Path) -> None:
    for i in range(200):
        (tmp_path / f"m{i}.model").write_text(f'from "m{i + 1}" import A\nblock A{i} = A\n')
    refused(check(tmp_path / "m0.model"), "E901")


def test_devices(tmp_path: Path) -> None:
    file = tmp_path / "zero.model"
    file.symlink_to("/dev/zero")
    refused(check(file), "E900")


JSON: Mapping[str, tuple[str, str]] = {
    "brackets": ("E901", "[" * N),
    "closed brackets": ("E901", "[" * N + "]" * N),
    "objects": ("E901", '{"a":' * N + "1" + "}" * N),
    "10 MB": ("E900", "[" + "1," * 5_000_000 + "1]"),
    "digits": ("E904", '{"specc": ' + "9" * 500_000 + "}"),
    "exponent": ("E1", '{"specc": 1e999999}'),
    "not a number": ("E1", '{"specc": NaN}'),
    "numbers": ("E1", "[" + "1," * 400_000 + "1]"),
    "keys": ("E1", "{" + ",".join(f'"{i}":1' for i in range(50_000)) + "}"),
    "one key": ("E121", "{" + ",".join('"specc":1' for _ in range(50_000)) + "}"),
    "text": ("E1", '"' + "a" * 1_000_000 + '"'),
    "escapes": ("E1", '"' + "\\u0000" * 100_000 + '"'),
    "lone surrogate": ("E1", '{"specc": "\\ud800"}'),
    "nothing": ("E1", "{}"),
}


@pytest.mark.parametrize("name", list(JSON))
def test_json(name: str, tmp_path: Path) -> None:
    code, text = JSON[name]
    file = tmp_path / "hostile.json"
    file.write_text(text, encoding="utf-8")
    refused(check(file), code)
