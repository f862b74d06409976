"""What a user reads for a wrong spec: every file of ``tests/golden/bad/CODE`` against the rendering beside it.

A case is a ``.model`` or ``.json`` file in a folder that is called as the code it shows (``several``: more than one);
the folders in it hold what cases import, and other files are data. A first line ``# -p width=7`` gives parameters,
``# --data`` looks at data as well, ``--without NAME`` as if that library weren't installed, and ``# --predict FILE``
reads inputs from a file. After a change of messages, rewrite the ``.err`` files with
``SPECC_UPDATE_GOLDENS=1 pytest tests/test_bad_specs.py``, and read the difference.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from specc import limits
from specc.check.sample import look_at_data
from specc.compiler import Compilation
from specc.data.predict import load_inputs
from specc.diagnostics import Diagnostic, Report, SpecError, codes
from specc.diagnostics.render import render

FOLDER = Path(__file__).parent / "golden" / "bad"
CASES = sorted(p for p in FOLDER.glob("*/*") if p.suffix in (".model", ".json"))
UPDATE = bool(os.environ.get("SPECC_UPDATE_GOLDENS"))

NOT_IN_A_FILE = {
    *(codes.CANNOT_READ, codes.SOURCE_TOO_LARGE),
    *(codes.PLUGIN_NOT_FOUND, codes.BAD_PLUGIN, codes.PLUGIN_NEEDED),
    codes.NO_DOWNLOAD,
}
"""Codes of reading, plugins and downloads, which are shown by tests of their own below, in `plugins/` and `training/`.
"""


def findings(path: Path) -> Report:
    """All findings of a spec, those of its `test` declarations included, and those of data as its first line says."""
    report = Report()
    try:
        compilation = Compilation.of_file(path, parameters(path))
        report.extend(compilation.report)
        if compilation.report.ok:
            for result in compilation.tests:
                report.extend(result.findings)
            report.extend(findings_in_data(compilation, first_line(path).split()))
    except SpecError as error:
        report.add(*error.diagnostics)
    return report


def findings_in_data(compilation: Compilation, options: list[str]) -> list[Diagnostic]:
    """What is wrong with data that ``--data`` looks at, and with the file that ``--predict`` reads."""
    found: list[Diagnostic] = []
    program = compilation.program
    if "--data" in options:
        found += look_at_data(program)[0]
    if "--predict" in options:
        file = options[options.index("--predict") + 1]
        load_inputs(next(iter(program.models.values())), file, program=program, warn=found.append)
    return found


def first_line(path: Path) -> str:
    return path.read_bytes().partition(b"\n")[0].decode("latin-1")


def parameters(path: Path) -> dict[str, str]:
    """What a first line ``# -p name=value -p …`` gives."""
    first = first_line(path)
    options = first.removeprefix("# -p ").split(" -p ") if first.startswith("# -p ") else []
    return dict(option.split("=", 1) for option in options)


@pytest.mark.parametrize("path", CASES, ids=lambda p: f"{p.parent.name}/{p.name}")
def test_bad_spec(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(path.parent)
    words = first_line(path).split()
    if "--without" in words:
        monkeypatch.setitem(sys.modules, words[words.index("--without") + 1], None)
    found = findings(Path(path.name))
    if path.parent.name != "several":
        assert path.parent.name in {d.code.id for d in found}
    text = render(found, "full", width=100)
    golden = path.with_suffix(".err")
    if UPDATE:
        golden.write_text(text, encoding="utf-8")
    assert text == golden.read_text(encoding="utf-8")


def test_no_golden_is_left_over() -> None:
    assert {p.with_suffix("") for p in FOLDER.glob("*/*.err")} == {p.with_suffix("") for p in CASES}


def test_every_code_that_a_spec_can_raise_has_a_case() -> None:
    checked = {c.id for c in codes.ALL if c.id[1] in "1234569"} - {c.id for c in NOT_IN_A_FILE}
    assert checked - {p.parent.name for p in CASES} == set()


def test_missing_file_suggests_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("digits.model").write_text("", encoding="utf-8")
    assert render(findings_of_reading("digit.model"), "full") == (
        "error[E100] cannot-read: there is no file `digit.model`\n"
        " --> digit.model\n"
        "  = help: did you mean `digits.model`?\n"
    )


def test_folder_is_no_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("specs").mkdir()
    (finding,) = findings_of_reading("specs")
    assert (finding.code, finding.message) == (codes.CANNOT_READ, "`specs` is a folder, not a file")


def test_file_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("large.model").write_bytes(b"#" * (limits.SOURCE_BYTES + 1))
    (finding,) = findings_of_reading("large.model")
    assert (finding.code, finding.message) == (codes.SOURCE_TOO_LARGE, "the file is larger than 1,048,576 bytes")


def findings_of_reading(path: str) -> list[Diagnostic]:
    with pytest.raises(SpecError) as caught:
        Compilation.of_file(path)
    return list(caught.value.diagnostics)
