"""A run in MLflow, in a database of its own; what fails there ruins nothing."""

import json
from pathlib import Path
from typing import Any

import pytest
from training_helpers import iris, refusal

from specc.compiler import compile_text
from specc.diagnostics.codes import MISSING_EXTRA
from specc.training.observer import SilentObserver
from specc.training.reports import tracking
from specc.training.result import RunResult
from specc.training.run import train

SPEC = iris("epochs = 3  optimizer = Adam(0.01)  checkpoint = Checkpoint(every=1, unit=epochs)")


class Telling(SilentObserver):
    """Keeps what it is told; interferes after an epoch."""

    def __init__(self, until: int = 99) -> None:
        self.notes: list[str] = []
        self.until = until

    def epoch(self, epoch: int, logs: Any) -> None:
        if epoch >= self.until:
            raise RuntimeError("the cat pulled the plug")

    def note(self, text: str) -> None:
        self.notes.append(text)


def tracked(
    folder: Path, observer: Any = None, *, text: str = SPEC, target: str = "Iris", resume: bool = False
) -> RunResult:
    program = compile_text(text).program
    return train(program, target, folder, observer=observer or Telling(), resume=resume, mlflow=True)


def test_without_mlflow_there_is_a_way_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "mlflow", None)
    found = refusal(lambda: tracked(tmp_path / "run"))
    assert found.code == MISSING_EXTRA and found.help == ("install it: `pip install 'specc[mlflow]'`",)
    assert not (tmp_path / "run").exists()


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """MLflow's client of a new database, the one that runs are tracked in."""
    mlflow = pytest.importorskip("mlflow", reason="MLflow isn't installed: pip install 'specc[mlflow]'")
    pytest.importorskip("sqlalchemy", reason="MLflow needs SQLAlchemy for a database")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path / 'mlflow.db'}")
    return mlflow.MlflowClient()


def lines(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "metrics.jsonl").read_text().splitlines()]


def history(client: Any, run: str, key: str) -> dict[int, float]:
    found = client.get_metric_history(run, key)
    assert len({m.step for m in found}) == len(found)
    return {m.step: m.value for m in found}


def only_run(client: Any, experiment: str = "Iris") -> Any:
    (found,) = client.search_runs([client.get_experiment_by_name(experiment).experiment_id])
    return found


@pytest.mark.keras
def test_a_run_has_its_settings_metrics_and_files(client: Any, tmp_path: Path) -> None:
    observer, folder = Telling(), tmp_path / "run"
    result = tracked(folder, observer)
    run = only_run(client)
    assert run.info.status == "FINISHED" and run.info.run_name == "run"
    assert run.info.run_id == json.loads((folder / "mlflow.json").read_text())["run_id"]
    assert any(run.info.run_id in note for note in observer.notes)
    assert run.data.params["optimizer"] == "Adam(learning_rate=0.01)" and run.data.params["epochs"] == "3"
    for key in ("loss", "val_accuracy", "learning_rate"):
        expected = {line["epoch"]: line[key] for line in lines(folder)}
        assert history(client, run.info.run_id, key) == pytest.approx(expected)
    assert run.data.metrics["test_loss"] == pytest.approx(result.metrics["loss"])
    files = {f.path for f in client.list_artifacts(run.info.run_id)}
    assert files >= {"artifact", "report.html", "run.json", "metrics.csv", "curves.png"}
    assert not files & {"checkpoints", "tensorboard", "lock", "mlflow.json"}


@pytest.mark.keras
def test_a_run_that_goes_on_does_so_in_the_same_one(client: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    with pytest.raises(RuntimeError, match="the cat"):
        tracked(folder, Telling(until=3))
    first = only_run(client)
    assert first.info.status == "FAILED" and len(history(client, first.info.run_id, "loss")) == 2
    tracked(folder, resume=True)
    run = only_run(client)
    assert (run.info.run_id, run.info.status) == (first.info.run_id, "FINISHED")
    expected = {line["epoch"]: line["loss"] for line in lines(folder)}
    assert history(client, run.info.run_id, "loss") == pytest.approx(expected)


@pytest.mark.keras
def test_members_of_an_ensemble_have_their_names_in_front(client: Any, tmp_path: Path) -> None:
    more = "ensemble Pair { members = [Iris() * 2]  combine = SoftVote() }"
    tracked(tmp_path / "run", text=iris("epochs = 2", more=more), target="Pair")
    run = only_run(client, "Pair")
    assert list(history(client, run.info.run_id, "iris_1/loss")) == [1, 2]


@pytest.mark.keras
def test_a_server_that_is_not_there_ruins_nothing(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    observer = Telling()
    tracked(tmp_path / "run", observer)
    assert (tmp_path / "run" / "run.json").is_file()
    told = [note for note in observer.notes if "MLflow" in note]
    assert told[0].startswith("MLflow failed, training goes on: API request to http://127.0.0.1:9")
    assert told[-1].endswith("3 epochs are not in MLflow") and len(told) == 3


@pytest.mark.keras
def test_what_could_not_be_sent_is_sent_later(client: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracking, "_PAUSE", 0.0)
    right, calls = type(client).log_batch, [0]

    def failing(self: Any, *args: Any, **options: Any) -> Any:
        calls[0] += 1
        if calls[0] in (2, 3):
            raise ConnectionError("the cable is out")
        return right(self, *args, **options)

    monkeypatch.setattr(type(client), "log_batch", failing)
    observer = Telling()
    tracked(tmp_path / "run", observer)
    assert sum("the cable is out" in note for note in observer.notes) == 2
    expected = {line["epoch"]: line["loss"] for line in lines(tmp_path / "run")}
    assert history(client, only_run(client).info.run_id, "loss") == pytest.approx(expected)
