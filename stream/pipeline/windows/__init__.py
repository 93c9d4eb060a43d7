"""Windows: what was said of a series in a minute, with evidence and with weights for what is independent."""
