"""From labelled files to the examples that a network is trained on."""
