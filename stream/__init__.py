"""From raw documents on Kafka to windows, alerts and notifications. Start reading at :mod:`stream.worker.stages`."""
