"""What went wrong in a training, told by the spec."""
