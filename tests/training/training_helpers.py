"""What the tests of training share: small specs, their data and models, observers that interfere."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from specc.compiler import compile_text
from specc.data.load import load
from specc.data.split import Dataset
from specc.diagnostics import Diagnostic, SpecError
from specc.lower.model import build
from specc.program.plans import TrainPlan
from specc.program.precision import with_policies
from specc.program.program import Program
from specc.training.observer import SilentObserver
from specc.training.result import RunResult
from specc.training.run import train
from specc.training.step.objective import build_state, compile_model

IRIS = "Sklearn(iris, validation=0.2, test=0.2, seed=1)"


def iris(
    settings: str = "", layers: str = "Dense(6, activation=relu)", data: str = IRIS, more: str = "", jit: str = "off"
) -> str:
    """A spec of a small network for irises; ``settings`` go into its `train`. With ``jit="xla"`` a run takes thrice."""
    compiled = "" if "jit = " in settings else f"jit = {jit}"
    return f"""
        model Iris {{
            input features: float32[4]
            output species = features -> {layers} -> Dense(3, activation=softmax)
        }}
        data Flowers = {data}
        train Iris {{
            data = Flowers
            loss = SparseCategoricalCrossentropy()
            metrics = [accuracy]
            {compiled}
            {settings}
        }}
        {more}"""


def bottles(settings: str = "", jit: str = "off") -> str:
    """A spec with two inputs and two outputs."""
    return f"""
        model Wine {{
            input taste: float32[4]
            input look: float32[2]
            a = taste -> BatchNormalization(momentum=0.9) -> Dense(8, activation=relu)
            b = look -> BatchNormalization(momentum=0.9) -> Dense(8, activation=relu)
            body = (a, b) -> Concatenate -> Dense(8, activation=relu, kernel_regularizer=L2(0.01))
            output cultivar: float32[3] = body -> Dense(3, activation=softmax)
            output alcohol: float32[1] = body -> Dense(1)
        }}
        data Bottles = Sklearn(
            wine,
            inputs={{ taste = [malic_acid, total_phenols, flavanoids, proline]  look = [color_intensity, hue] }},
            targets={{ cultivar = cultivar  alcohol = alcohol }},
            validation=0.2, test=0.2, seed=1,
        )
        train Wine {{
            data = Bottles
            loss = {{ cultivar = SparseCategoricalCrossentropy()  alcohol = MeanSquaredError() }}
            loss_weights = {{ cultivar = 1  alcohol = 0.5 }}
            metrics = {{ cultivar = [accuracy]  alcohol = [mae] }}
            jit = {jit}
            {settings}
        }}"""


@dataclass
class Ready:
    """A compiled Keras model with its plan and data."""

    program: Program
    plan: TrainPlan
    data: Dataset
    model: Any

    def copy(self) -> Any:
        """A model of its own with the same weights, compiled in the same way by Keras alone."""
        other = build(self.program, self.plan.target)
        compile_model(self.program, other, self.plan)
        build_state(self.program, other, self.plan, self.data.train.inputs, self.data.train.targets)
        other.set_weights(self.model.get_weights())
        return other


def ready(text: str) -> Ready:
    """The model of a text, compiled for training."""
    import keras

    done = compile_text(text)
    target = done.model().name
    program = with_policies(done.program, target)
    plan = program.trains[target]
    data = load(program, program.data[plan.data], program.models[target], loss=plan.loss)
    keras.utils.set_random_seed(plan.seed)
    model = build(program, target)
    compile_model(program, model, plan)
    build_state(program, model, plan, data.train.inputs, data.train.targets)
    return Ready(program, plan, data, model)


def run(text: str, folder: Path, observer: Any = None, *, resume: bool = False) -> RunResult:
    """Train what a text is about."""
    done = compile_text(text)
    return train(done.program, done.model().name, folder, observer=observer or SilentObserver(), resume=resume)


def refusal(act: Callable[[], Any]) -> Diagnostic:
    """The one finding that something is refused with."""
    try:
        act()
    except SpecError as error:
        (found,) = error.diagnostics
        return found
    raise AssertionError("nothing was refused")
