"""Each renderer against a stored text; delete a file in ``golden/`` and run again to write it anew."""

import json
import re
import subprocess
import sys
from pathlib import Path

import diagnostic_samples as samples
import pytest

from specc.diagnostics import Diagnostic, codes
from specc.diagnostics.render import OutputFormat, render, summary
from specc.source import whole_file

GOLDEN = Path(__file__).parent / "golden"
CASES = {
    "full": {"format": "full", "width": 100},
    "narrow": {"format": "full", "width": 40},
    "color": {"format": "full", "width": 100, "color": True},
    "concise": {"format": "concise"},
    "json": {"format": "json"},
    "github": {"format": "github"},
}


@pytest.mark.parametrize("case", CASES)
def test_golden(case: str) -> None:
    actual = render(samples.ALL, **CASES[case])
    path = GOLDEN / f"{case}.txt"
    if not path.exists():
        path.write_text(actual, encoding="utf-8", newline="\n")
        pytest.fail(f"wrote {path}: review it")
    assert actual == path.read_text(encoding="utf-8")


def test_full_looks_like_this() -> None:
    assert render([samples.MISMATCH], "full", width=100) == (
        "error[E400] shape-mismatch: cannot add tensors of 13 and 17 channels\n"
        " --> specs/a.model:9:16\n"
        "  |\n"
        "3 |     main = x -> Conv2D(13, 3)\n"
        "  |            ------------------ this has 13 channels\n"
        "...\n"
        "9 |     output y = main + skip -> ReLU\n"
        "  |                ^^^^^^^^^^^ float32[H, W, 13] and float32[H, W, 17]\n"
        "  |\n"
        " ::: lib/h.model:1:19\n"
        "  |\n"
        "1 | model    X = \\u{202e}日本語 -> Dense(3)\n"
        "  |                                ----- and this is called here\n"
        "  |\n"
        "  = expected: float32[H, W, 13]\n"
        "  =    found: float32[H, W, 17]\n"
        "  = help: add a 1x1 convolution\n"
    )


def test_color_is_all_that_color_adds() -> None:
    colored = render(samples.ALL, "full", color=True, width=80)
    assert "\x1b[1;31m" in colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", colored) == render(samples.ALL, "full", width=80)


def test_concise_is_one_line_each() -> None:
    lines = render(samples.ALL, "concise").splitlines()
    assert len(lines) == len(samples.ALL)
    assert lines[0] == "specs/a.model:9:16: E400 cannot add tensors of 13 and 17 channels"
    assert "x,y/data.csv: E600 no such file" in lines


def test_json_keys_and_positions() -> None:
    items = json.loads(render(samples.ALL, "json"))
    keys = "code name severity message file start end expected found label related help fix pointer"
    assert all(" ".join(item) == keys for item in items)
    assert items[0]["start"] == {"line": 9, "column": 16, "offset": samples.MISMATCH.span.start}
    assert items[1]["fix"]["replacement"] == "Conv2D"
    assert items[4]["start"] is None
    assert json.loads(render([], "json")) == []


def test_json_carries_what_utf8_cannot() -> None:
    text = "\ud800\x7f\x1b\u202e"
    output = render([Diagnostic(codes.SYNTAX, text, whole_file("a"))], "json")
    assert output.replace("\n", "").isprintable()
    assert output.isascii()
    assert json.loads(output)[0]["message"] == text


def test_github_escapes() -> None:
    lines = render(samples.ALL, "github").splitlines()
    assert lines[0].startswith(
        "::error file=specs/a.model,line=9,col=16,endLine=9,endColumn=27,title=E400 shape-mismatch::cannot add"
    )
    assert "100%25: used, here" in lines[2]
    assert lines[2].startswith("::warning ")
    assert "two%0Alines" in lines[3]
    assert lines[4].startswith("::error file=x%2Cy/data.csv,title=E600 data-not-found::")


@pytest.mark.parametrize(
    ("report", "expected"),
    [
        ([], "Found no problems."),
        ([samples.MISMATCH], "Found 1 error in 1 file."),
        ([samples.UNUSED], "Found 1 warning in 1 file."),
        ([samples.MISMATCH, samples.UNKNOWN, samples.UNUSED], "Found 2 errors and 1 warning in 1 file."),
        ([samples.MISMATCH, samples.MISSING], "Found 2 errors in 2 files."),
    ],
)
def test_summary(report: list[Diagnostic], expected: str) -> None:
    assert summary(report) == expected


def test_unknown_format() -> None:
    with pytest.raises(ValueError, match="xml"):
        render([], "xml")
    assert {str(f) for f in OutputFormat} == {"full", "concise", "json", "github", "sarif"}


def test_nothing_renders_as_nothing() -> None:
    assert [render([], f) for f in ("full", "concise", "github")] == ["", "", ""]


def test_import_is_cheap() -> None:
    code = (
        "import sys; import specc.diagnostics.render, specc.diagnostics.explain;"
        "sys.exit(', '.join({'rich', 'tensorflow', 'keras', 'numpy', 'lark', 'pydantic'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stderr.strip() == ""
