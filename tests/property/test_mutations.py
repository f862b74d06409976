"""Shipped specs with something wrong in them: whatever it is, the answer is findings with places, and soon."""

from __future__ import annotations

import json
import random
import re
import time
from functools import cache
from pathlib import Path

import pytest

from specc.compiler import Compilation
from specc.diagnostics.render import OutputFormat, render
from specc.program.json import graph_hash, pretty
from specc.source import Source
from specc.syntax.format import format_source

ROOT = Path(__file__).parent.parent.parent
SECONDS = 10
TOKEN = re.compile(r'"(?:[^"\\\n]|\\[^\n])*"|#[^\n]*|\w+|->|\*\*|//|\.\.|[=!<>]=|\S|\s+')
BRACKETS = "()[]{}"
NUMBERS = ("0", "-1", "1", "10**30", "9" * 30, "1e300", "0.5", "-0.0", "2**31", "none", "true")
ODD = "é#\"\\'`;:@$?!&|~^%\u03bb\u200d\U0001f600\ud7ff\u0301\u2028\u202e\x00\x1b\r\t\n. ,=->{}()[]"


@cache
def texts() -> dict[str, str]:
    """The shipped specs by name, and their JSON forms."""
    found: dict[str, str] = {}
    for path in sorted((ROOT / "specs").glob("*.model")):
        found[path.name] = path.read_text(encoding="utf-8")
        compilation = compiled(path.name, found[path.name])
        if compilation.report.ok and compilation.program.models:
            found[path.stem + ".json"] = pretty(compilation.program)
    return found


def compiled(name: str, text: str) -> Compilation:
    return Compilation(Source(name, text, ROOT / "specs" / name))


def mutant(draw: random.Random) -> tuple[str, str]:
    """The name and text of a spec that was changed in one to three places."""
    name = draw.choice(sorted(texts()))
    text = texts()[name]
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        text = draw.choice((tokens, tokens, lines, characters, brackets, numbers, names, odd, splice))(draw, name, text)
    return name, text


def edited(draw: random.Random, items: list[str]) -> str:
    """The items with one deleted, doubled or swapped with another."""
    if not items:
        return ""
    i, j = draw.randrange(len(items)), draw.randrange(len(items))
    match draw.randrange(4):
        case 0:
            del items[i]
        case 1:
            items.insert(i, items[i])
        case 2:
            items[i], items[j] = items[j], items[i]
        case _:
            items[i:i] = [items[j]]
    return "".join(items)


def tokens(draw: random.Random, name: str, text: str) -> str:
    return edited(draw, TOKEN.findall(text))


def lines(draw: random.Random, name: str, text: str) -> str:
    return edited(draw, text.splitlines(keepends=True))


def characters(draw: random.Random, name: str, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + edited(draw, list(text[at : at + 12])) + text[at + 12 :]


def brackets(draw: random.Random, name: str, text: str) -> str:
    return replaced(draw, text, r"[\[\](){}]", draw.choice([*BRACKETS, ""]))


def numbers(draw: random.Random, name: str, text: str) -> str:
    return replaced(draw, text, r"\b\d[\d_.]*\b", draw.choice(NUMBERS))


def names(draw: random.Random, name: str, text: str) -> str:
    known = re.findall(r"[A-Za-z_]\w*", text) or ["x"]
    return replaced(draw, text, r"[A-Za-z_]\w*", draw.choice(known))


def odd(draw: random.Random, name: str, text: str) -> str:
    at = draw.randrange(len(text) + 1)
    return text[:at] + draw.choice(ODD) + text[at:]


def splice(draw: random.Random, name: str, text: str) -> str:
    other = texts()[draw.choice(sorted(texts()))]
    i, j = draw.randrange(len(text) + 1), draw.randrange(len(other) + 1)
    return text[:i] + other[j : j + draw.choice((20, 200, 2000))] + text[i + draw.choice((0, 20, 200)) :]


def replaced(draw: random.Random, text: str, pattern: str, by: str) -> str:
    found = list(re.finditer(pattern, text))
    if not found:
        return text
    at = draw.choice(found)
    return text[: at.start()] + by + text[at.end() :]


def check(name: str, text: str) -> bool:
    """Compile a text; whether it has no errors."""
    compilation = compiled(name, text)
    report = compilation.report
    for finding in report:
        places = [finding.span, *(r.span for r in finding.related), *([finding.fix.span] if finding.fix else [])]
        assert all(0 <= p.start <= p.end <= len(p.source.text) for p in places), finding
        assert finding.message and "\n" not in finding.message and len(finding.message) < 2_000, finding
    for form in OutputFormat:
        empty = "[]\n" if form == OutputFormat.JSON else ""
        assert form == OutputFormat.SARIF or (render(report, form) == empty) == (not len(report))
        assert form != OutputFormat.SARIF or len(json.loads(render(report, form))["runs"][0]["results"]) == len(report)
    assert report.ok or report.errors
    if report.ok and not compilation.is_json:
        check_format(name, text, compilation)
    return report.ok


def check_format(name: str, text: str, compilation: Compilation) -> None:
    formatted = format_source(Source(name, text))
    assert format_source(Source(name, formatted)) == formatted
    again = compiled(name, formatted)
    assert again.report.ok
    assert graph_hash(again.program) == graph_hash(compilation.program)
    for result in compilation.tests:
        render(result.findings, "full")


def hunt(seed: int) -> None:
    name, text = mutant(random.Random(seed))
    begin = time.process_time()
    try:
        check(name, text)
        taken = time.process_time() - begin
        assert taken < SECONDS, f"took {taken:.1f} s"
    except Exception as error:
        pytest.fail(f"seed {seed} ({name}): {type(error).__name__}: {error}\n{json.dumps(text)}", pytrace=True)


def test_mutants() -> None:
    for seed in range(500):
        hunt(seed)


@pytest.mark.nightly
@pytest.mark.parametrize("part", range(20))
def test_20000_mutants(part: int) -> None:
    for seed in range(1000 * part, 1000 * (part + 1)):
        hunt(seed)
