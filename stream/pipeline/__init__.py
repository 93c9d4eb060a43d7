"""The pipeline's maths: no I/O, no wall clock. One file per stage, in the order of a document's way:

``documents`` -> ``classify`` -> ``aggregate`` -> ``detect`` -> ``rules`` -> ``notify``
"""
