"""Trains from the text of a step alone, with JAX's runtime and without TensorFlow.

    pjrt_steps.py STEP.mlir BATCHES.npz

Prints a line of JSON: the loss of each step, the state afterwards as sums by name, and what the process has imported.
"""

import json
import sys
from pathlib import Path
from typing import Any

import jax
import numpy as np
from jax.extend import backend
from jaxlib import xla_client
from jaxlib.mlir import ir
from jaxlib.mlir._mlir_libs._jax_mlir_ext import register_dialects
from jaxlib.mlir.dialects import func, stablehlo

jax.config.update("jax_enable_x64", True)  # counters of steps have 64 bits


def main(text: str, batches: Any) -> dict[str, Any]:
    registry = ir.DialectRegistry()
    register_dialects(registry)
    client = backend.get_backend("cpu")
    with ir.Context() as context:
        context.append_dialect_registry(registry)
        context.load_all_available_dialects()
        stablehlo.register_dialect(context)
        module = ir.Module.parse(text)
        functions = {op.name.value: op for op in module.body.operations if isinstance(op, func.FuncOp)}
        arguments = [_names(a) for a in functions["main"].arg_attrs]
        results = [_names(a) for a in ir.ArrayAttr(functions["main"].attributes["res_attrs"])]
        state = _state(functions["state"])
        functions["state"].operation.erase()
        devices = xla_client.DeviceList(tuple(client.local_devices()[:1]))
        step = client.compile_and_load(module, devices, xla_client.CompileOptions())
    losses = []
    for number in range(len(batches[batches.files[0]])):
        given = [state[name] if kind == "state" else batches[f"{kind}/{name}"][number] for kind, name in arguments]
        buffers = [jax.device_put(x, client.local_devices()[0]) for x in given]
        answers = [np.asarray(a[0]) for a in step.execute_sharded(buffers).disassemble_into_single_device_arrays()]
        losses += [float(a) for (kind, _), a in zip(results, answers, strict=True) if kind == "loss"]
        state |= {name: a for (kind, name), a in zip(results, answers, strict=True) if kind == "state"}
    sums = {name: float(np.sum(np.asarray(v, np.float64))) for name, v in state.items()}
    return {"losses": losses, "state": sums, "tensorflow": "tensorflow" in sys.modules}


def _names(attributes: Any) -> tuple[str, str]:
    """What an argument or result is, and its name."""
    for item in attributes:
        if item.name.startswith("specc."):
            return item.name.removeprefix("specc."), str(item.attr).strip('"')
    raise AssertionError("no name")


def _state(function: Any) -> dict[str, Any]:
    names = [_names(a)[1] for a in ir.ArrayAttr(function.attributes["res_attrs"])]
    constants = [op for op in function.entry_block.operations if op.name == "stablehlo.constant"]
    return {n: np.array(ir.DenseElementsAttr(c.attributes["value"])) for n, c in zip(names, constants, strict=True)}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]).read_text(), np.load(sys.argv[2]))))
