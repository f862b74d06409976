"""A damaged artifact is refused, whatever is wrong with it, and the file is named."""

import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from artifact_samples import files_of, refused, reseal, write_plain

from specc.artifact.manifest import MANIFEST, SPEC, WEIGHTS
from specc.artifact.read import read, verify
from specc.diagnostics import SpecError
from specc.diagnostics.codes import ARTIFACT_VERSION, DAMAGED_ARTIFACT, NOT_AN_ARTIFACT
from specc.diagnostics.render import render
from specc.program.json import graph_hash

ROOT = Path(__file__).parent.parent.parent


def test_a_whole_artifact_is_read(plain: Path) -> None:
    artifact = read(plain)
    assert artifact.target == "Net" and artifact.manifest == verify(plain)
    assert artifact.manifest.files.keys() == {SPEC, WEIGHTS}
    assert [str(t) for t in artifact.graph.inputs.values()] == ["float32[3]"]
    assert artifact.manifest.inputs["x"].shape == ("3",)
    assert artifact.manifest.parameters == artifact.program.cost(artifact.graph).parameters == 58
    assert artifact.manifest.hash == graph_hash(artifact.program)


def flips(folder: Path, every: int) -> list[tuple[Path, int]]:
    """Places of bytes: the first and last of each file, and some between."""
    chosen = random.Random(7)
    found: list[tuple[Path, int]] = []
    for file in files_of(folder):
        size = file.stat().st_size
        inner = chosen.sample(range(size), min(size, max(3, size // every)))
        found += [(file, at) for at in sorted({0, size - 1, *inner})]
    return found


def refuses_flips(folder: Path, every: int) -> set[str]:
    """Flip bits, one byte at a time; the names of the files that were tried."""
    tried: set[str] = set()
    for count, (file, at) in enumerate(flips(folder, every)):
        original = file.read_bytes()
        changed = bytearray(original)
        changed[at] ^= (0x01, 0x20, 0x80, 0xFF)[count % 4]
        file.write_bytes(changed)
        finding = refused(folder)
        name = file.relative_to(folder).as_posix()
        assert finding.code is DAMAGED_ARTIFACT or (name == MANIFEST and finding.code is ARTIFACT_VERSION), (name, at)
        assert f"`{name}`" in finding.message or finding.code is ARTIFACT_VERSION, finding.message
        assert finding.span.source.path == file
        file.write_bytes(original)
        tried.add(name)
    verify(folder)
    return tried


def test_a_flipped_byte_is_found(plain: Path) -> None:
    assert refuses_flips(plain, every=8) == {MANIFEST, SPEC, WEIGHTS}


@pytest.mark.keras
def test_a_flipped_byte_is_found_in_exports_too(run_folder: Path, tmp_path: Path) -> None:
    copy = tmp_path / "artifact"
    shutil.copytree(run_folder / "artifact", copy)
    tried = refuses_flips(copy, every=10_000)
    assert {"exports/model.keras", "exports/saved_model/saved_model.pb", WEIGHTS} < tried


def test_any_byte_of_the_manifest_counts_also_spaces(plain: Path) -> None:
    data = (plain / MANIFEST).read_bytes()
    for changed in (data.replace(b"  ", b" \t", 1), data.rstrip(), data + b"\n", b"\xef\xbb\xbf" + data):
        (plain / MANIFEST).write_bytes(changed)
        assert refused(plain).code is DAMAGED_ARTIFACT


@pytest.mark.parametrize("name", [SPEC, WEIGHTS, MANIFEST])
@pytest.mark.parametrize("keep", [0, 10, -1])
def test_truncated(plain: Path, name: str, keep: int) -> None:
    (plain / name).write_bytes((plain / name).read_bytes()[:keep])
    finding = refused(plain)
    assert finding.code is DAMAGED_ARTIFACT and f"`{name}`" in finding.message


@pytest.mark.parametrize("name", [SPEC, WEIGHTS])
def test_missing(plain: Path, name: str) -> None:
    (plain / name).unlink()
    assert refused(plain).message == f"`{name}` is damaged: the file is missing"


@pytest.mark.parametrize("name", ["extra.py", "exports/more", ".hidden", "manifest.json.bak", "a\x1b[2Jb"])
def test_too_many(plain: Path, name: str) -> None:
    (plain / name).parent.mkdir(exist_ok=True)
    (plain / name).write_text("x")
    finding = refused(plain)
    assert finding.message == f"`{name}` is damaged: the manifest does not name this file"
    assert "\x1b" not in render([finding], "full")


def test_a_file_name_that_is_no_text(plain: Path) -> None:
    (plain / os.fsdecode(b"bad-\xff")).write_text("x")
    finding = refused(plain)
    assert finding.code is DAMAGED_ARTIFACT
    render([finding], "full").encode()


def test_folders_alone_are_no_files(plain: Path) -> None:
    (plain / "exports" / "saved_model" / "assets").mkdir(parents=True)
    verify(plain)


@pytest.mark.parametrize("name", [SPEC, MANIFEST, "more"])
def test_links(plain: Path, tmp_path: Path, name: str) -> None:
    target = tmp_path / "elsewhere"
    if (plain / name).exists():
        (plain / name).rename(target)
    else:
        target.write_text("x")
    (plain / name).symlink_to(target)
    assert refused(plain).message == f"`{name}` is damaged: this is a link or no plain file"


def test_a_linked_folder(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (plain / "exports").symlink_to(tmp_path / "elsewhere")
    assert refused(plain).message == "`exports` is damaged: this is a link or no plain file"


def test_a_pipe_is_not_waited_for(plain: Path) -> None:
    (plain / WEIGHTS).unlink()
    os.mkfifo(plain / WEIGHTS)
    assert refused(plain).code is DAMAGED_ARTIFACT
    (plain / MANIFEST).unlink()
    os.mkfifo(plain / MANIFEST)
    assert refused(plain).message == "`manifest.json` is damaged: this is a link or no plain file"


def _path(name: str) -> Callable[[dict[str, Any]], None]:
    return lambda data: data["files"].update({name: data["files"].pop(WEIGHTS)})


def _set(*path: str, to: Any) -> Callable[[dict[str, Any]], None]:
    def change(data: dict[str, Any]) -> None:
        for key in path[:-1]:
            data = data[key]
        data[path[-1]] = to

    return change


EXPORT = {"path": "exports/x", "examples": 1, "largest_absolute_difference": 0.0, "largest_relative_difference": 0.0}
WRONG_MANIFESTS = {
    "upwards": (_path("../weights.safetensors"), "leads out"),
    "absolute": (_path("/etc/passwd"), "leads out"),
    "windows": (_path("..\\weights"), "leads out"),
    "drive": (_path("C:weights"), "leads out"),
    "not-plain": (_path("./weights.safetensors"), "leads out"),
    "export-upwards": (_set("exports", to={"keras": {**EXPORT, "path": "../x"}}), "leads out"),
    "export-missing": (_set("exports", to={"keras": EXPORT}), "names no file of the export"),
    "negative-size": (_set("files", SPEC, "size", to=-1), "greater than or equal to 0"),
    "huge-size": (_set("files", SPEC, "size", to=2**62), "instead of 4,611,686,018,427,387,904"),
    "beyond-64-bits": (_set("files", SPEC, "size", to=10**30), "larger than 64 bits"),
    "size-as-bool": (_set("files", SPEC, "size", to=True), "valid integer"),
    "size-as-text": (_set("files", SPEC, "size", to="12"), "valid integer"),
    "bad-hash": (_set("files", SPEC, "sha256", to="F" * 64), "should match pattern"),
    "hash-and-newline": (_set("files", SPEC, "sha256", to="f" * 64 + "\n"), "should match pattern"),
    "other-hash": (_set("files", SPEC, "sha256", to="f" * 64), "the file's SHA-256 is not the manifest's"),
    "no-spec": (lambda data: data["files"].pop(SPEC), "names no spec.json"),
    "unknown-field": (_set("code", to="import os"), "`code` is wrong"),
    "missing-field": (lambda data: data.pop("target"), "`target` is wrong"),
    "nan": (_set("metrics", "test_accuracy", to=float("nan")), "no JSON"),
}


@pytest.mark.parametrize("name", WRONG_MANIFESTS)
def test_manifests_that_are_sealed_but_wrong(plain: Path, name: str) -> None:
    change, reason = WRONG_MANIFESTS[name]
    reseal(plain, change)
    finding = refused(plain)
    assert finding.code is DAMAGED_ARTIFACT and reason in finding.message, finding.message


def test_resealing_without_a_change_changes_nothing(plain: Path) -> None:
    before = (plain / MANIFEST).read_bytes()
    reseal(plain)
    assert (plain / MANIFEST).read_bytes() == before


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no JSON"),
        (b"{", "no JSON"),
        (b"[]", "should be an object"),
        (b"null", "should be an object"),
        (b"\xff\xfe{}", "no UTF-8"),
        (b"[" * 100_000, "deeper than 64"),
        (b'{"a":' * 2_000 + b"1" + b"}" * 2_000, "deeper than 64"),
        (b'{"format": 1, "format": 1}', '"format" stands twice'),
        (b'{"target": "\\ud800"}', "wrong escape"),
        (b" " * ((16 << 20) + 1), "larger than 16 MiB"),
    ],
    ids=["empty", "cut", "list", "null", "utf-16", "deep", "deep-objects", "twice", "surrogate", "large"],
)
def test_manifests_that_are_none(plain: Path, data: bytes, reason: str) -> None:
    (plain / MANIFEST).write_bytes(data)
    finding = refused(plain)
    assert finding.code is DAMAGED_ARTIFACT and reason in finding.message, finding


def test_a_key_that_stands_twice(plain: Path) -> None:
    text = (plain / MANIFEST).read_text()
    (plain / MANIFEST).write_text(text.replace('"format": 1,', '"format": 1,\n  "format": 1,', 1))
    assert '"format" stands twice' in refused(plain).message


@pytest.mark.parametrize(("format", "help"), [(2, "newer specc"), (0, "the specc that wrote it")])
def test_another_format(plain: Path, format: int, help: str) -> None:
    reseal(plain, _set("format", to=format))
    finding = refused(plain)
    assert finding.code is ARTIFACT_VERSION and help in finding.help[0]
    assert finding.message == f"the artifact has format {format}, this specc reads format 1"


def test_no_artifact(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    (tmp_path / "loop").symlink_to("loop")
    cases = {
        tmp_path / "none": "there is no folder",
        tmp_path / "file": "is a file; an artifact is a folder",
        tmp_path: "holds no manifest.json",
        tmp_path / "loop": "",
        tmp_path / ("x" * 5000): "can't be read",
    }
    for path, message in cases.items():
        finding = refused(path)
        assert finding.code is NOT_AN_ARTIFACT and message in finding.message
        assert "manifest.json, spec.json and weights.safetensors" in finding.help[0]


def test_the_run_folder_will_do(plain: Path) -> None:
    (plain.parent / "run").mkdir()
    moved = plain.rename(plain.parent / "run" / "artifact")
    assert read(plain.parent / "run").folder == moved
    assert verify(plain.parent / "run").target == "Net"


# ── Sealed by somebody who knows how, but not what specc wrote ───────────────────────────────────


def test_another_spec_with_new_hashes(plain: Path) -> None:
    text = (plain / SPEC).read_text()
    assert '"units":5' in text
    (plain / SPEC).write_text(text.replace('"units":5', '"units":6'))
    reseal(plain)
    artifact = read(plain)
    with pytest.raises(SpecError, match="the spec is not the one that the manifest names"):
        _ = artifact.program


def test_a_spec_that_is_checked_again(plain: Path) -> None:
    (plain / SPEC).write_text((plain / SPEC).read_text().replace('"units":5', '"units":-5'))
    reseal(plain)
    with pytest.raises(SpecError):
        _ = read(plain).program


def test_a_file_that_changes_after_it_was_verified(plain: Path) -> None:
    artifact = read(plain)
    (plain / SPEC).write_bytes(b"{}")
    with pytest.raises(SpecError, match=r"`spec\.json` is damaged: it changed after it was verified"):
        _ = artifact.program


PROBE = """
import sys
from pathlib import Path
from specc.artifact.read import read
artifact = read(Path(sys.argv[1]))
assert artifact.graph.name == "Net"
print(sorted(m for m in sys.modules if m.split(".")[0] in ("tensorflow", "keras"))[:3])
"""


def test_reading_loads_no_tensorflow(plain: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROBE, str(plain)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout == "[]\n", done.stderr


def test_metrics_that_are_no_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = write_plain(tmp_path / "net", monkeypatch, metrics={"a": float("nan"), "b": float("inf"), "c": 0.5})
    assert verify(tmp_path / "net") == written
    assert json.loads((tmp_path / "net" / MANIFEST).read_text())["metrics"] == {"a": None, "b": None, "c": 0.5}
