"""The parts of a training; the stub beside this file says what each takes."""

from __future__ import annotations

from specc.build.catalogue import attributes

__getattr__, __dir__ = attributes("phase")
