from pathlib import Path

import pytest
from artifact_samples import write_plain, write_spec

from specc.artifact import exports
from specc.artifact.check_export import main


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An artifact's folder, written without TensorFlow."""
    write_plain(tmp_path / "net", monkeypatch)
    return tmp_path / "net"


def _check_here(given: Path, folder: Path, files: dict[str, Path], modules: list[str]) -> str:
    """What the process that checks exports does, done in this one."""
    try:
        main([str(given), str(folder), *(f"{name}={path}" for name, path in files.items())])
    except Exception as error:
        return str(error)
    return ""


@pytest.fixture
def checked_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """Exports are checked without a process of their own: starting one takes longer than all else."""
    monkeypatch.setattr(exports, "_check", _check_here)


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder around an artifact with both exports. Copy before changing anything."""
    from specc.training.observer import SilentObserver
    from specc.training.run import train

    folder = tmp_path_factory.mktemp("trained")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(exports, "_check", _check_here)
        train(write_spec(folder / "spec").program, "Net", folder / "run", observer=SilentObserver())
    return folder / "run"
