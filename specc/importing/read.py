"""Files of Keras → plain data: the configuration as JSON with places, and where the weights lie. Nothing is executed.

A `.keras` file is a zip archive, a legacy `.h5` file keeps its configuration in an attribute, `model.to_json()` is the
configuration alone. What a file is, its first bytes say. No member is ever unpacked to a path of the archive.
"""

from __future__ import annotations

import io
import traceback
import zipfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from specc.diagnostics import Diagnostic, SpecError
from specc.diagnostics.codes import CANNOT_READ, NOT_A_KERAS_MODEL, SOURCE_TOO_LARGE
from specc.elaborate.json_text import JsonValue, read_json
from specc.source import Span, whole_file
from specc.syntax.read import decode

CONFIG_BYTES: Final = 64 << 20
"""Largest configuration: that of a network with tens of thousands of layers is smaller."""

_ZIP: Final = b"PK\x03\x04"
_HDF5: Final = b"\x89HDF\r\n\x1a\n"

_CONFIG, _WEIGHTS = "config.json", "model.weights.h5"


@dataclass(frozen=True)
class KerasFile:
    """What a file holds.

    Attributes:
        path: the file.
        config: the configuration of the model.
        form: ``keras``, ``h5`` or ``json``.
        training: what else says how it was compiled; None where nothing else does.
    """

    path: Path
    config: JsonValue
    form: str
    training: JsonValue | None = None

    @property
    def compiled(self) -> JsonValue | None:
        """How the model was compiled; None where it wasn't."""
        inside = self.config.at("compile_config")
        return self.training if inside is self.config else inside

    @property
    def has_weights(self) -> bool:
        """Whether it holds weights beside the configuration."""
        if self.form == "keras":
            with zipfile.ZipFile(self.path) as archive:
                return _WEIGHTS in archive.namelist()
        return self.form == "h5"

    def open_weights(self, most: int) -> Any:
        """The HDF5 file of the weights, open for reading; ``most`` is how many bytes it may have.

        Raises:
            SpecError: it is larger, or no HDF5 file.
        """
        import h5py

        place = whole_file(self.path)
        with reading(place):
            if self.form == "h5":
                return h5py.File(self.path, "r")
            try:
                with zipfile.ZipFile(self.path) as archive:
                    data = _member(archive, _WEIGHTS, most, place)
            except (*_DAMAGED_ARCHIVE, OSError) as error:
                raise SpecError(_damaged(place, f"its weights can't be read: {_first_line(error)}")) from None
            return h5py.File(io.BytesIO(data), "r")


_DAMAGED_ARCHIVE: Final = (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError)
"""What `zipfile` raises for an archive that isn't whole, is packed in a way it doesn't know, encrypted, or cut off."""


@contextmanager
def reading(place: Span) -> Generator[None]:
    """Tell errors of the HDF5 library as what they are: a damaged file.

    Raises:
        SpecError: there is one.
    """
    try:
        yield
    except Exception as error:
        if not _is_of_hdf5(error):
            raise
        raise SpecError(_damaged(place, f"the HDF5 file is damaged: {_first_line(error)}")) from None


def _is_of_hdf5(error: BaseException) -> bool:
    frames = traceback.extract_tb(error.__traceback__)
    return bool(frames) and "h5py" in frames[-1].filename


def read_keras(path: Path) -> KerasFile:
    """The model that a file holds.

    Raises:
        SpecError: it can't be read, is damaged, or holds no model of Keras.
    """
    place = whole_file(path)
    try:
        with path.open("rb") as stream:
            head = stream.read(8)
        if head[:4] == _ZIP:
            return KerasFile(path, _parsed(_of_archive(path, place), f"{path}/{_CONFIG}", path), "keras")
        if head == _HDF5:
            config, training = _of_hdf5(path, place)
            compiled = None if training is None else _parsed(training, f"{path}/training_config", path)
            return KerasFile(path, _parsed(config, f"{path}/model_config", path), "h5", compiled)
        with path.open("rb") as stream:
            data = stream.read(CONFIG_BYTES + 1)
    except FileNotFoundError:
        raise SpecError(Diagnostic(CANNOT_READ, f"there is no file `{path}`", place)) from None
    except IsADirectoryError:
        raise SpecError(Diagnostic(CANNOT_READ, f"`{path}` is a folder, not a file", place)) from None
    except (OSError, ValueError) as error:
        raise SpecError(Diagnostic(CANNOT_READ, f"`{path}` can't be read: {_first_line(error)}", place)) from None
    if data.lstrip()[:1] != b"{":
        raise SpecError(_damaged(place, "this is neither a `.keras` nor an `.h5` file, nor the JSON of a model"))
    return KerasFile(path, _parsed(data, str(path), path), "json")


def _parsed(data: bytes, name: str, path: Path) -> JsonValue:
    return read_json(decode(data, name, path, CONFIG_BYTES))


def _of_archive(path: Path, place: Span) -> bytes:
    try:
        with zipfile.ZipFile(path) as archive:
            if _CONFIG not in archive.namelist():
                raise SpecError(_damaged(place, f"the archive has no `{_CONFIG}`"))
            return _member(archive, _CONFIG, CONFIG_BYTES, place)
    except _DAMAGED_ARCHIVE as error:
        raise SpecError(_damaged(place, f"the archive is damaged: {_first_line(error)}")) from None


def _member(archive: zipfile.ZipFile, name: str, most: int, place: Span) -> bytes:
    """The bytes of a member. How many they are is known, and bounded, before one is unpacked."""
    size = archive.getinfo(name).file_size
    if size > most:
        message = f"`{name}` in the archive would unpack to {size:,} bytes; at most {most:,} are taken here"
        raise SpecError(Diagnostic(SOURCE_TOO_LARGE, message, place))
    with archive.open(name) as stream:
        try:
            return stream.read(most + 1)
        except Exception as error:  # zlib, lzma and bz2 raise errors of their own
            raise zipfile.BadZipFile(_first_line(error)) from None


def _of_hdf5(path: Path, place: Span) -> tuple[bytes, bytes | None]:
    """The configuration of the model, and how it was compiled where it was."""
    import h5py

    with reading(place), h5py.File(path, "r") as file:
        config, training = (_bytes(file.attrs.get(key)) for key in ("model_config", "training_config"))
    if config is None:
        message = "this HDF5 file holds weights alone: its model is not in it"
        raise SpecError(_damaged(place, message, "save the whole model: `model.save(…)`"))
    return config, training


def _bytes(text: Any) -> bytes | None:
    return (
        text.encode("utf-8", "surrogateescape") if isinstance(text, str) else text if isinstance(text, bytes) else None
    )


def _damaged(place: Span, message: str, *help: str) -> Diagnostic:
    return Diagnostic(NOT_A_KERAS_MODEL, message, place, help=help)


def _first_line(error: BaseException) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]
