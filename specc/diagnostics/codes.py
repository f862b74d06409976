"""The catalogue of diagnostic codes. Each has a page ``pages/ID.md``, shown by ``specc explain``.

Numbers by phase: 1xx reading and syntax, 2xx names and modules, 3xx arguments and parameters,
4xx types and shapes, 5xx structure of models and plans, 6xx data, 7xx training, 8xx artifacts, 9xx limits.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final, NamedTuple


class Severity(StrEnum):
    ERROR = "error"
    WARNING = "warning"


class Code(NamedTuple):
    """``id`` is what tools match on (``E200``), ``name`` what people remember (``unknown-name``)."""

    id: str
    name: str

    @property
    def severity(self) -> Severity:
        return Severity.WARNING if self.id.startswith("W") else Severity.ERROR

    def __str__(self) -> str:
        return self.id


# Reading and syntax
CANNOT_READ: Final = Code("E100", "cannot-read")
NOT_UTF8: Final = Code("E101", "not-utf8")
FORBIDDEN_CHARACTER: Final = Code("E102", "forbidden-character")
SYNTAX: Final = Code("E110", "syntax-error")
UNTERMINATED_STRING: Final = Code("E111", "unterminated-string")
BAD_NUMBER: Final = Code("E112", "bad-number")
LANGUAGE_VERSION: Final = Code("E113", "language-version")
BAD_VERSION: Final = Code("E114", "bad-version")
JSON_SYNTAX: Final = Code("E120", "json-syntax")
JSON_DUPLICATE_KEY: Final = Code("E121", "json-duplicate-key")
JSON_STRUCTURE: Final = Code("E122", "json-structure")

# Names and modules
UNKNOWN_NAME: Final = Code("E200", "unknown-name")
UNKNOWN_LAYER: Final = Code("E201", "unknown-layer")
DUPLICATE_NAME: Final = Code("E202", "duplicate-name")
IMPORT_NOT_FOUND: Final = Code("E203", "import-not-found")
IMPORT_NAME: Final = Code("E204", "import-name")
IMPORT_CYCLE: Final = Code("E205", "import-cycle")
IMPORT_OUTSIDE: Final = Code("E206", "import-outside")
RECURSION: Final = Code("E207", "recursion")
UNKNOWN_SETTING: Final = Code("E208", "unknown-setting")
MISSING_SETTING: Final = Code("E209", "missing-setting")
UNKNOWN_TARGET: Final = Code("E210", "unknown-target")
UNKNOWN_OBJECT: Final = Code("E211", "unknown-object")
IMPORT_VERSION: Final = Code("E212", "import-version")
SHADOWED_NAME: Final = Code("W213", "shadowed-name")
UNUSED_IMPORT: Final = Code("W214", "unused-import")
PLUGIN_NOT_FOUND: Final = Code("E215", "plugin-not-found")
BAD_PLUGIN: Final = Code("E216", "bad-plugin")
PLUGIN_NEEDED: Final = Code("E217", "plugin-needed")

# Arguments and parameters
UNKNOWN_ARGUMENT: Final = Code("E300", "unknown-argument")
MISSING_ARGUMENT: Final = Code("E301", "missing-argument")
BAD_ARGUMENT: Final = Code("E302", "bad-argument")
OUT_OF_RANGE: Final = Code("E303", "out-of-range")
REPEATED_ARGUMENT: Final = Code("E304", "repeated-argument")
TOO_MANY_ARGUMENTS: Final = Code("E305", "too-many-arguments")
UNKNOWN_PARAMETER: Final = Code("E306", "unknown-parameter")
OUTSIDE_DOMAIN: Final = Code("E307", "outside-domain")
CONFLICTING_ARGUMENTS: Final = Code("E308", "conflicting-arguments")
COUNTEREXAMPLE: Final = Code("E309", "counterexample")
COUNTEREXAMPLE_OF_ASSERT: Final = Code("W310", "counterexample-of-assert")

# Types and shapes
SHAPE_MISMATCH: Final = Code("E400", "shape-mismatch")
WRONG_RANK: Final = Code("E401", "wrong-rank")
KERNEL_TOO_LARGE: Final = Code("E402", "kernel-too-large")
WRONG_DTYPE: Final = Code("E403", "wrong-dtype")
INPUT_TYPE: Final = Code("E404", "input-type")
OUTPUT_TYPE: Final = Code("E405", "output-type")
INPUT_COUNT: Final = Code("E406", "input-count")
UNDECIDED: Final = Code("E407", "undecided-condition")
UNKNOWN_SIZE: Final = Code("E408", "unknown-size")
WRONG_KIND: Final = Code("E409", "wrong-kind")
BAD_ARITHMETIC: Final = Code("E410", "bad-arithmetic")
ASSERTION: Final = Code("E411", "assertion-failed")

# Structure of models and plans
UNUSED_INPUT: Final = Code("E500", "unused-input")
NO_OUTPUT: Final = Code("E501", "no-output")
NO_INPUT: Final = Code("E502", "no-input")
UNUSED_VALUE: Final = Code("W503", "unused-value")
SHARED_LAYER_DIFFERS: Final = Code("E504", "shared-layer-differs")
CYCLE: Final = Code("E505", "cycle")
UNUSED_NAME: Final = Code("W506", "unused-name")
UNUSED_PARAMETER: Final = Code("W507", "unused-parameter")
UNUSED_DEFINITION: Final = Code("W508", "unused-definition")
LOSS_MISMATCH: Final = Code("E510", "loss-mismatch")
UNKNOWN_METRIC: Final = Code("E511", "unknown-metric")
WRONG_DIRECTION: Final = Code("W512", "wrong-direction")
TARGET_MISMATCH: Final = Code("E513", "target-mismatch")
METRIC_OF_CLASSES: Final = Code("W514", "metric-of-classes")
NO_LOSS: Final = Code("E515", "no-loss")
CONSTANT_SOFTMAX: Final = Code("E516", "constant-softmax")
CANNOT_LEARN: Final = Code("E517", "cannot-learn")
NOTHING_LEARNS: Final = Code("E518", "nothing-learns")
WRONG_PREPROCESSING: Final = Code("E519", "wrong-preprocessing")
MEMBER_MISMATCH: Final = Code("E520", "member-mismatch")
CANNOT_TUNE: Final = Code("E521", "cannot-tune")
NOTHING_TO_TUNE: Final = Code("W522", "nothing-to-tune")
EMPTY_FILE: Final = Code("W530", "empty-file")
DISTURBED_OUTPUT: Final = Code("W540", "disturbed-output")
ACTIVATION_TWICE: Final = Code("W541", "activation-twice")
LINEAR_LAYERS: Final = Code("W542", "linear-layers")
NORMALIZATION_TRAINS: Final = Code("W543", "normalization-trains")
SCALED_TWICE: Final = Code("W544", "scaled-twice")
NOT_SCALED: Final = Code("W545", "not-scaled")
NOT_SHARED: Final = Code("W546", "not-shared")
TARGET_AMONG_INPUTS: Final = Code("W547", "target-among-inputs")
NO_EFFECT: Final = Code("W548", "no-effect")

# Data
DATA_NOT_FOUND: Final = Code("E600", "data-not-found")
UNKNOWN_COLUMN: Final = Code("E601", "unknown-column")
DATA_SHAPE: Final = Code("E602", "data-shape")
TOO_MANY_CLASSES: Final = Code("E603", "too-many-classes")
BAD_CELL: Final = Code("E604", "bad-cell")
EMPTY_SPLIT: Final = Code("E605", "empty-split")
BAD_DATA_FILE: Final = Code("E606", "bad-data-file")
NO_VECTOR: Final = Code("E607", "no-vector")
WEIGHTS_DO_NOT_FIT: Final = Code("E608", "weights-do-not-fit")
BAD_WEIGHTS_FILE: Final = Code("E609", "bad-weights-file")
NO_DOWNLOAD: Final = Code("E610", "no-download")
TOO_MANY_BAD_ROWS: Final = Code("E611", "too-many-bad-rows")
MISSING_EXTRA: Final = Code("E613", "missing-extra")
UNSEEN_VALUE: Final = Code("W612", "unseen-value")

# Training
XLA_FAILED: Final = Code("E700", "xla-failed")
NOT_FINITE: Final = Code("E701", "not-finite")
FOLDER_EXISTS: Final = Code("E702", "folder-exists")
CANNOT_WRITE: Final = Code("E703", "cannot-write")
RUNTIME_FAILED: Final = Code("E704", "runtime-failed")
NOT_LEARNED: Final = Code("E705", "not-learned")
CANNOT_RESUME: Final = Code("E706", "cannot-resume")
RUN_IN_USE: Final = Code("E707", "run-in-use")
OUT_OF_MEMORY: Final = Code("E708", "out-of-memory")
STEP_PLAN: Final = Code("E709", "step-plan")

# Artifacts
NOT_AN_ARTIFACT: Final = Code("E800", "not-an-artifact")
DAMAGED_ARTIFACT: Final = Code("E801", "damaged-artifact")
ARTIFACT_VERSION: Final = Code("E802", "artifact-version")
EXPORT_DISAGREES: Final = Code("E803", "export-disagrees")

# Models of Keras
NOT_A_KERAS_MODEL: Final = Code("E810", "not-a-keras-model")
CANNOT_IMPORT: Final = Code("E811", "cannot-import")
WEIGHTS_DIFFER: Final = Code("E812", "weights-differ")

# Limits
SOURCE_TOO_LARGE: Final = Code("E900", "source-too-large")
TOO_DEEP: Final = Code("E901", "too-deep")
TOO_MANY_LAYERS: Final = Code("E902", "too-many-layers")
DIM_TOO_LARGE: Final = Code("E903", "dim-too-large")
INTEGER_TOO_LARGE: Final = Code("E904", "integer-too-large")
TOO_MUCH_MEMORY: Final = Code("E905", "too-much-memory")

ALL: Final[tuple[Code, ...]] = tuple(v for v in list(globals().values()) if isinstance(v, Code))
