"""What is done about rows of data that can't be used; the stub beside this file says what each takes."""

from __future__ import annotations

from specc.build.catalogue import attributes

__getattr__, __dir__ = attributes("rule")
