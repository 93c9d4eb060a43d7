"""How ONNX Runtime runs a model: its provider, the cores it may use, the shape of its batches."""
