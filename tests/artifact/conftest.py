from pathlib import Path

import pytest
from artifact_samples import write_plain, write_spec


@pytest.fixture
def plain(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An artifact's folder, written without TensorFlow."""
    write_plain(tmp_path / "net", monkeypatch)
    return tmp_path / "net"


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run folder around an artifact with both exports. Copy before changing anything."""
    from specc.training.observer import SilentObserver
    from specc.training.run import train

    folder = tmp_path_factory.mktemp("trained")
    train(write_spec(folder / "spec").program, "Net", folder / "run", observer=SilentObserver())
    return folder / "run"
