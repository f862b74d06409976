"""Writes what contenders share into a folder: a workload's Keras model as a Python script, and its initial weights.

python -m training.prepare FOLDER WORKLOAD…
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np

from training.workloads import WORKLOADS


def main() -> None:
    folder = Path(sys.argv[1])
    for workload in (WORKLOADS[name] for name in sys.argv[2:]):
        script = folder / f"{workload.name}.py"
        command = [sys.executable, "-m", "specc", "compile", str(workload.spec), "--emit", "python", "-o", str(script)]
        command += [x for name, value in workload.parameters.items() for x in ("-p", f"{name}={value}")]
        subprocess.run(command, check=True)
        from training.keras_fit import built, keras

        keras.utils.set_random_seed(1)
        np.savez(folder / f"{workload.name}.npz", **{v.path: np.asarray(v) for v in built(workload, folder).weights})


if __name__ == "__main__":
    main()
