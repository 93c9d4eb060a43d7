"""How far the stream has come: event time, the proofs it rests on, and whether partitions move."""
