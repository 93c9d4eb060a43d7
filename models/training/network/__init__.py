"""The network that is trained: an encoder, pooling, one head per task."""
