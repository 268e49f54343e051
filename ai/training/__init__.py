"""Trainings: the built-in model here, LoRA beside it."""
