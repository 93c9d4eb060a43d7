"""From a network to an artifact: the ONNX graph, its quantisation, its check against the network."""
