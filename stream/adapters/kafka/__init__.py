"""Kafka: topics, records, offsets, and the transport that Faust reads with."""
