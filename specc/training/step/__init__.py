"""The training step: what it computes, how it is carried out, and how it is made fast."""
