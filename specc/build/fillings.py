"""What stands in the place of missing values; the stub beside this file says what each takes."""

from __future__ import annotations

from specc.build.catalogue import attributes

__getattr__, __dir__ = attributes("filling")
