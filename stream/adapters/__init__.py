"""The edges: each fills a port of the pipeline with a real server. A folder a technology; none imports another."""
