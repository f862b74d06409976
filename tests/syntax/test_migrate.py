"""The version that a file names, and `migrate` from one version to the next."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from specc.cli.main import run
from specc.diagnostics import SpecError
from specc.diagnostics.codes import JSON_STRUCTURE, JSON_SYNTAX, LANGUAGE_VERSION, SYNTAX
from specc.source import Source
from specc.syntax.format import format_source
from specc.syntax.language import CURRENT, Step, numbers
from specc.syntax.migrate import migrate_json, migrate_text
from specc.syntax.parse import parse


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    return {("models" if k == "nets" else k): v for k, v in document.items()}


FROM_0 = {0: Step(lambda text: text.replace("net ", "model "), _renamed)}
"""As if version 0 had said `net` where version 1 says `model`."""

OLD = "# Mine.\nspecc 0  # old\n\nnet A { input x: float32[2] output y = x -> Dense(3) }\n"
NEW = "# Mine.\nspecc 1  # old\n\nmodel A { input x: float32[2] output y = x -> Dense(3) }\n"


def source(text: str) -> Source:
    return Source("a.model", text)


def code(text: str, steps: dict[int, Step] | None = None, change: Any = migrate_text) -> str:
    with pytest.raises(SpecError) as caught:
        change(source(text), **({"steps": steps} if steps is not None else {}))
    return caught.value.diagnostics[0].code.id


def test_the_version_is_in_the_tree_and_is_kept_first() -> None:
    text = "# Mine.\nspecc   1\nblock A = Dense(3)\n"
    tree = parse(source(text))
    assert tree.language is not None and tree.language.version == 1
    assert format_source(source(text)) == "# Mine.\nspecc 1\n\nblock A = Dense(3)\n"


def test_a_file_may_hold_nothing_but_its_version() -> None:
    assert format_source(source("specc 1\n# later\n")) == "specc 1\n# later\n"


def test_specc_and_version_are_names_elsewhere() -> None:
    body = "    input x: float32[N]\n    specc = x\n    version = specc\n    output y = version\n"
    text = f"block A(version: int = 1) {{\n{body}}}\n"
    assert format_source(source(text)) == text
    assert parse(source("data specc = f(version=2)\nblock version = specc")).language is None


@pytest.mark.parametrize("text", ["specc 2\n%", "specc 0", "\n# a\n\tspecc\n1.0", "specc 01", "specc # a\n 7"])
def test_another_version_is_refused_before_anything_else(text: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(source(text))
    assert [d.code for d in caught.value.diagnostics] == [LANGUAGE_VERSION]
    assert f"this specc reads version {CURRENT}" in caught.value.diagnostics[0].message


def test_step_is_taken_and_its_version_is_named() -> None:
    assert migrate_text(source(OLD), FROM_0) == NEW
    assert migrate_text(source(NEW), FROM_0) == NEW


def test_missing_version_is_added_at_the_top() -> None:
    assert migrate_text(source("\n# Mine.\nblock A = Dense(3)\n")) == "specc 1\n\n# Mine.\nblock A = Dense(3)\n"


def test_added_version_is_as_the_formatter_has_it() -> None:
    text = "# Mine.\n\nblock A = Dense(3)\n"
    migrated = migrate_text(source(text))
    assert format_source(source(migrated)) == migrated
    assert migrate_text(source(migrated)) == migrated


def test_json_is_brought_forward() -> None:
    migrated = migrate_json(source('{"specc": 0, "nets": [], "$schema": "urn:specc:model:0"}'), FROM_0)
    assert json.loads(migrated) == {"$schema": "urn:specc:model:1", "specc": 1, "models": []}
    assert migrate_json(source(migrated), FROM_0) == migrated
    assert json.loads(migrate_json(source('{"models": []}')))["specc"] == 1


def test_what_no_step_begins_from_is_refused() -> None:
    assert code("specc 2") == LANGUAGE_VERSION.id
    assert code("specc 0") == LANGUAGE_VERSION.id
    assert code("specc 1", {0: FROM_0[0], 2: FROM_0[0]}) == LANGUAGE_VERSION.id
    for version in ("2", "-1", "true", '"1"', "1.0", "null"):
        assert code(f'{{"specc": {version}}}', change=migrate_json) == LANGUAGE_VERSION.id, version
    assert code("[1]", change=migrate_json) == JSON_STRUCTURE.id
    assert code("{", change=migrate_json) == JSON_SYNTAX.id


def test_wrong_syntax_is_left_alone() -> None:
    assert code("block A {") == SYNTAX.id
    assert code(OLD.replace("net A", "net 3"), FROM_0) == SYNTAX.id


def test_command_writes_checks_and_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "a.model"
    file.write_text("block A = Dense(3)\n", encoding="utf-8")
    assert run(["migrate", "--check", str(file)]) == 1
    assert run(["migrate", "--diff", str(file)]) == 1
    assert "+specc 1\n" in capsys.readouterr().out
    assert file.read_text(encoding="utf-8") == "block A = Dense(3)\n"
    assert run(["migrate", str(file)]) == 0
    assert file.read_text(encoding="utf-8") == "specc 1\n\nblock A = Dense(3)\n"
    assert run(["migrate", str(file)]) == 0
    assert "already version 1" in capsys.readouterr().err
    assert run(["migrate", "--check", str(file)]) == 0


@pytest.mark.parametrize(
    ("text", "parts"),
    [("1.2.3", (1, 2, 3)), ("0.10", (0, 10)), ("2", (2,)), ("1.2.3.4", None), ("01.2", None), ("v1", None), ("", None)],
)
def test_numbers_of_a_version(text: str, parts: tuple[int, ...] | None) -> None:
    assert numbers(text) == parts
