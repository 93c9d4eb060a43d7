"""The edges: each adapter fills one port of the pipeline with a real server. Adapters never import each other."""
