"""Text classification: serving here (ONNX Runtime, never torch), fine-tuning in :mod:`models.training`."""

import os

# ONNX Runtime's wheels report models and machines to Microsoft from 1.29 on unless this is set before they are loaded.
# What a desk runs is nobody else's business, so it is off whatever the environment says.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
