"""What a spec names besides layers: losses, metrics, optimizers, schedules, initializers and their like."""
