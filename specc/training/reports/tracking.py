"""A run in MLflow: settings as parameters, metrics by epoch, what it leaves as artifacts; nothing that ruins the run.

Where MLflow is, its own environment variables say: ``MLFLOW_TRACKING_URI``, ``MLFLOW_EXPERIMENT_NAME`` and those of its
credentials. Source of the API: https://mlflow.org/docs/latest/api_reference/python_api/mlflow.client.html.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from specc import __version__
from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import MISSING_EXTRA
from specc.program.json import graph_hash
from specc.program.plans import TrainPlan
from specc.program.program import Program
from specc.program.to_text import train_settings
from specc.source import Span
from specc.training.folder import read_record
from specc.training.session import EpochLogs

RECORD: Final = "mlflow.json"
"""What a run's folder remembers of its run in MLflow."""

_PAUSE: Final = 60.0
"""Seconds after a failure before MLflow is asked again."""

_DEFAULTS: Final = {
    # Training doesn't wait for minutes, as MLflow would.
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "4",
    # Nobody is told of a run but the server that was named.
    "MLFLOW_DISABLE_TELEMETRY": "true",
}
"""Variables of MLflow that are set here unless somebody else has set them."""

LAST: Final = "seconds"
"""The metric of an epoch that is sent last: where it is, all of the epoch are."""

_LONGEST: Final = 6000
"""Most characters of a parameter's value in MLflow."""


def require_mlflow(program: Program) -> None:
    """Refuse to track runs without MLflow.

    Raises:
        SpecError: it isn't installed.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    try:
        import mlflow.tracking  # noqa: F401  (only whether it can be)
    except ImportError:
        hint = "install it: `pip install 'specc[mlflow]'`"
        message = "runs are tracked with MLflow, which isn't installed"
        place = Span(program.source)
        raise SpecError(Diagnostic(MISSING_EXTRA, message, place, help=(hint,))) from None


class Tracking:
    """The log of a run in MLflow. Epochs that can't be sent now are sent later, at the latest at the end.

    A run that goes on does so in the run of MLflow that it was begun in; epochs that MLflow has aren't sent again.

    Args:
        folder: the run's folder, which remembers the run in MLflow.
        tell: is told what fails.
    """

    def __init__(
        self, folder: Path, program: Program, target: str, plan: TrainPlan, tell: Callable[[str], None]
    ) -> None:
        self.folder, self.target, self.tell = folder, target, tell
        self._about = _about(program, target, plan)
        self._run: str | None = None
        self._client: Any = None
        self._sent: dict[str, int] = {}
        self._waiting: list[tuple[str, int, float, EpochLogs]] = []
        self._again = 0.0
        self._attempt(self._begin)

    def epoch(self, name: str, number: int, logs: EpochLogs) -> None:
        """Send the metrics of an epoch, and those that wait."""
        self._waiting.append((name, number, time.time(), logs))
        if time.monotonic() >= self._again:
            self._attempt(self._send)

    def steps(self, name: str, passed: int, logs: Mapping[str, float]) -> None: ...

    def close(self) -> None:
        """Send what waits, unless MLflow has just failed."""
        if self._waiting and time.monotonic() >= self._again:
            self._attempt(self._send)

    def finish(self, metrics: Mapping[str, float]) -> None:
        """Send the results of a finished run: the metrics on its held-out split, and what is in its folder."""

        def send() -> None:
            self._send()
            now = int(time.time() * 1000)
            self._log([_metric(key, value, now, 0) for key, value in metrics.items()])
            for item in sorted(self.folder.iterdir()):
                if item.is_dir() and item.name != "tensorboard":
                    self._client.log_artifacts(self._run, str(item), item.name)
                elif item.is_file() and item.name not in (RECORD, "lock"):
                    self._client.log_artifact(self._run, str(item))
            self._client.set_terminated(self._run, "FINISHED")

        if not self._attempt(send):
            self.tell(f"the results are in `{self.folder}` alone; {len(self._waiting)} epochs are not in MLflow")

    def end(self, status: str) -> None:
        """Say in MLflow how a run ended that isn't finished: ``KILLED`` or ``FAILED``."""
        if time.monotonic() >= self._again:
            self._attempt(lambda: self._client.set_terminated(self._run, status))

    # ── MLflow ───────────────────────────────────────────────────────────────────────────────────

    def _attempt(self, act: Callable[[], Any]) -> bool:
        """Do something with MLflow; whatever fails there is told, and the training goes on."""
        try:
            if self._run is None and act != self._begin:
                self._begin()
            act()
        except Exception as error:
            # Servers, proxies and stores fail with exceptions of all kinds.
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
            self.tell(f"MLflow failed, training goes on: {reason}")
            self._again = time.monotonic() + _PAUSE
            return False
        return True

    def _begin(self) -> None:
        """Begin the run in MLflow, or go on with it."""
        import mlflow
        from mlflow.entities import Param, RunTag

        record = read_record(self.folder / RECORD)
        client = mlflow.MlflowClient(tracking_uri=record.get("tracking_uri"))
        if (known := record.get("run_id")) is not None:
            client.update_run(known, status="RUNNING")
            self._sent = _sent(client, known)
        else:
            experiment = os.environ.get("MLFLOW_EXPERIMENT_NAME", self.target)
            found = client.get_experiment_by_name(experiment)
            number = found.experiment_id if found is not None else client.create_experiment(experiment)
            known = client.create_run(number, run_name=self.folder.name).info.run_id
            # Remembered before anything is sent: a process that is killed here goes on with this run.
            record = {"tracking_uri": mlflow.get_tracking_uri(), "experiment": experiment, "run_id": known}
            (self.folder / RECORD).write_text(json.dumps(record, indent=2) + "\n", encoding="utf-8")
            settings, tags = self._about
            params = [Param(key, value[:_LONGEST]) for key, value in settings.items()]
            client.log_batch(known, params=params, tags=[RunTag(key, value) for key, value in tags.items()])
            self.tell(f"MLflow: run {known} of the experiment {experiment} in {record['tracking_uri']}")
        self._client, self._run = client, known

    def _send(self) -> None:
        while self._waiting:
            name, number, when, logs = self._waiting[0]
            prefix = "" if name == self.target else f"{name}/"
            if number > self._sent.get(prefix[:-1], 0):
                self._log([_metric(prefix + key, value, int(when * 1000), number) for key, value in logs.items()])
                self._sent[prefix[:-1]] = number
            self._waiting.pop(0)

    def _log(self, metrics: list[Any]) -> None:
        self._client.log_batch(self._run, metrics=metrics)


def _metric(key: str, value: float, when: int, step: int) -> Any:
    from mlflow.entities import Metric

    return Metric(key, value, when, step)


def _sent(client: Any, run: str) -> dict[str, int]:
    """The last epoch that MLflow has of each training, by what stands before its metrics."""
    found: dict[str, int] = {}
    for key in client.get_run(run).data.metrics:
        name, _, last = key.rpartition("/")
        if last == LAST:
            found[name] = max((m.step for m in client.get_metric_history(run, key)), default=0)
    return found


def _about(program: Program, target: str, plan: TrainPlan) -> tuple[dict[str, str], dict[str, str]]:
    """The parameters of a run, as the spec writes them, and its tags."""
    parameters = {name: str(value) for name, value in program.models[target].parameters.items()}
    tags = {"specc.version": __version__, "specc.spec": program.source.name, "specc.hash": graph_hash(program)}
    return {**parameters, **train_settings(program, plan), "target": target}, tags
