"""What is no JSON, or JSON that readers take for different things, is refused by name, at its place."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from specc import limits
from specc.compiler import Compilation
from specc.diagnostics import Diagnostic, SpecError
from specc.elaborate.json_text import JsonValue, read_json
from specc.source import Source
from specc.syntax.read import decode


def findings(data: bytes | str, name: str = "a.json") -> list[Diagnostic]:
    """What a file with these bytes is refused for."""
    try:
        source = decode(data, name, Path(name), 1 << 24) if isinstance(data, bytes) else Source(name, data)
        return list(Compilation(source).report)
    except SpecError as error:
        return list(error.diagnostics)


REFUSED = {
    "duplicate key": ('{"specc": 1, "specc": 1}', "E121", "1:14"),
    "duplicate key, escaped": ('{"specc": 1, "spec\\u0063": 1}', "E121", "1:14"),
    "NaN": ('{"specc": 1,\n "models": NaN}', "E112", "2:12"),
    "Infinity": ('{"specc": Infinity}', "E112", "1:11"),
    "-Infinity": ('{"specc": -Infinity}', "E112", "1:11"),
    "past 64 bits": ('{"specc": 9223372036854775808}', "E904", "1:11"),
    "below 64 bits": ('{"specc": -9223372036854775809}', "E904", "1:11"),
    "a million digits": ('{"specc": %s}' % ("7" * 10**6), "E904", "1:11"),
    "1e999": ('{"specc": 1e999}', "E112", "1:11"),
    "-1e999": ('{"specc": -1e999}', "E112", "1:11"),
    "leading zero": ('{"specc": 01}', "E112", "1:11"),
    "negative with a leading zero": ('{"specc": -01.5}', "E112", "1:11"),
    "plus": ('{"specc": +1}', "E112", "1:11"),
    "no digit before the point": ('{"specc": .5}', "E112", "1:11"),
    "no digit after the point": ('{"specc": 1.}', "E112", "1:11"),
    "hexadecimal": ('{"specc": 0x1}', "E112", "1:11"),
    "digits of another script": ('{"specc": \u0663}', "E120", "1:11"),
    "trailing comma in an object": ('{"specc": 1,}', "E120", "1:13"),
    "trailing comma in a list": ('{"specc": [1,\n]}', "E120", "2:1"),
    "two commas": ('{"specc": [1,,2]}', "E120", "1:14"),
    "no comma": ('{"specc": 1 "models": []}', "E120", "1:13"),
    "no colon": ('{"specc" 1}', "E120", "1:10"),
    "single quotes": ("{'specc': 1}", "E120", "1:2"),
    "bare key": ("{specc: 1}", "E120", "1:2"),
    "comment": ('{"specc": 1 // one\n}', "E120", "1:13"),
    "other comment": ('{/* one */ "specc": 1}', "E120", "1:2"),
    "Python's None": ('{"specc": None}', "E120", "1:11"),
    "deep lists": ("[" * 10**5, "E901", "1:65"),
    "deep objects": ('{"a":' * 10**5, "E901", "1:321"),
    "deep and closed": ("[" * 10**5 + "]" * 10**5, "E901", "1:65"),
    "UTF-16": ('{"specc": 1}'.encode("utf-16"), "E101", "1:1"),
    "UTF-16 LE": ('{"specc": 1}'.encode("utf-16-le"), "E102", "1:2"),
    "UTF-16 BE": ('{"specc": 1}'.encode("utf-16-be"), "E102", "1:1"),
    "UTF-32": ('{"specc": 1}'.encode("utf-32"), "E101", "1:1"),
    "UTF-32 LE": ('{"specc": 1}'.encode("utf-32-le"), "E102", "1:2"),
    "UTF-32 BE": ('{"specc": 1}'.encode("utf-32-be"), "E102", "1:1"),
    "latin-1": ('{"specc": "\u00e9"}'.encode("latin-1"), "E101", "1:1"),
    "half of a character": ('{"specc": "\\ud800"}', "E120", "1:12"),
    "the other half": ('{"specc": "a\\udc00"}', "E120", "1:13"),
    "half of a character in a key": ('{"\\uD800": 1}', "E120", "1:3"),
    "halves in the wrong order": ('{"specc": "\\udc00\\ud800"}', "E120", "1:12"),
    "tab in a text": ('{"specc": "a\tb"}', "E120", "1:13"),
    "control character in a text": (b'{"specc": "\x01"}', "E102", "1:12"),
    "the same, given as text": ('{"specc": "\x01"}', "E120", "1:12"),
    "line break in a text": ('{"specc": "a\nb"}', "E120", "1:11"),
    "wrong escape": ('{"specc": "\\x41"}', "E120", "1:12"),
    "short escape": ('{"specc": "\\u12"}', "E120", "1:12"),
    "unclosed text": ('{"specc": "a', "E120", "1:11"),
    "null byte": (b'{"specc": 1}\x00', "E102", "1:13"),
    "null byte given as text": ('{"specc": 1}\x00', "E120", "1:13"),
    "non-breaking space": ('{"specc":\u00a01}', "E120", "1:10"),
    "empty": ("", "E120", "1:1"),
    "blank": (" \n", "E120", "2:1"),
    "cut off": ('{"specc": 1', "E120", "1:12"),
    "cut off after a key": ('{"specc"', "E120", "1:9"),
    "something after the end": ('{"specc": 1} x', "E120", "1:14"),
    "two documents": ('{"specc": 1}\n{"specc": 1}', "E120", "2:1"),
    "closed by the wrong bracket": ('{"specc": [1}', "E120", "1:13"),
    "a list": ("[]", "E122", "1:1"),
    "a number": ("1", "E122", "1:1"),
    "a text": ('"specc"', "E122", "1:1"),
    "null": ("null", "E122", "1:1"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused(name: str) -> None:
    data, code, place = REFUSED[name]
    began = time.perf_counter()
    first = findings(data)[0]
    assert time.perf_counter() - began < 5
    assert first.code.id == code, first
    assert "{}:{}".format(*first.span.position) == place, first


def test_all_wrong_values_are_reported_at_once() -> None:
    text = '{"a/b": [NaN, 01, {"~": "\\x"}], "c": True, "c": 1e999}'
    assert [(d.code.id, d.pointer) for d in findings(text)] == [
        ("E112", "/a~1b/0"),
        ("E112", "/a~1b/1"),
        ("E120", "/a~1b/2/~0"),
        ("E120", "/c"),
        ("E121", "/c"),
        ("E112", "/c"),
    ]


def test_the_reading_ends_where_too_much_is_wrong() -> None:
    assert len(findings("[" + "NaN," * 10**5 + "0]")) == limits.FINDINGS


@pytest.mark.parametrize(
    ("wrong", "right"),
    [('{"a": [1, 2 , ]}', '{"a": [1, 2  ]}'), ('{"a": None}', '{"a": null}'), ('{"a": True,}', '{"a": true}')],
)
def test_fixes(wrong: str, right: str) -> None:
    for _ in range(2):
        for finding in reversed(findings(wrong)):
            if finding.fix is not None and finding.code.id == "E120":
                wrong = wrong[: finding.fix.span.start] + finding.fix.replacement + wrong[finding.fix.span.end :]
    assert wrong == right


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-limits.INTEGER, limits.INTEGER)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(JSON, st.booleans(), st.sampled_from([None, 0, 3, "\t"]))
@settings(max_examples=300, deadline=None)
def test_it_reads_what_python_writes(value: object, ascii_only: bool, indent: int | str | None) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only, indent=indent)
    read = read_json(Source("a.json", text))
    assert json.dumps(read.plain()) == json.dumps(value)
    check_places(read, read)


def check_places(document: JsonValue, here: JsonValue) -> None:
    """Every value is the text at its place, and its pointer leads to it."""
    assert json.loads(here.span.text) == here.plain()
    found = document
    for step in here.pointer.split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        found = found.value[key] if isinstance(found.value, dict) else found.value[int(key)]
    assert found is here and document.around(here.span) is here
    if here.key >= 0:
        assert json.loads(f'"{here.key_span.text}"') == here.step
        assert document.around(here.key_span) is here
    children = here.value.values() if isinstance(here.value, dict) else here.value
    for child in children if isinstance(here.value, dict | list) else ():
        check_places(document, child)


@given(
    st.text('{}[]",:01-.eE+\\u/ntrfalsd \n\x00')
    | st.lists(st.sampled_from(["1", "-", "0", "9" * 18, ".5", ",", ", ", " ,", "[", "]", " ", '"a"'])).map(
        lambda parts: f"[{''.join(parts)}]"
    )
)
@settings(max_examples=1000, deadline=None)
def test_it_takes_what_python_takes(text: str) -> None:
    """Python's reader takes more: repeated keys, numbers without end."""
    try:
        read = read_json(Source("a.json", text)).plain()
    except SpecError as error:
        codes = {d.code.id for d in error.diagnostics}
        if codes <= {"E120"}:
            with pytest.raises(ValueError):
                value = json.loads(text)
                json.dumps(value, ensure_ascii=False).encode()
    else:
        assert json.dumps(json.loads(text)) == json.dumps(read)
