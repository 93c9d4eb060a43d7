"""Text classification: serving here (ONNX Runtime, never torch), fine-tuning in :mod:`models.training`."""
