"""Real servers out of wheels, for the demo and the tests: a Kafka-protocol broker, Valkey and PostgreSQL.

Each runs as a child process on a free loopback port with its data in one folder.
"""

from stream.embedded.broker import Broker
from stream.embedded.postgres import Postgres
from stream.embedded.server import Server, free_port
from stream.embedded.servers import Ports, Servers
from stream.embedded.valkey import Valkey

__all__ = ["Broker", "Ports", "Postgres", "Server", "Servers", "Valkey", "free_port"]
