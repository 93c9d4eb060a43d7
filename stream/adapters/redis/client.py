"""The one place where the client of Redis or Valkey is made, of one server or of a cluster; its scripts and its errors.

Whether it is a cluster is said by the URL's scheme, ``redis+cluster://``: a client has to know before it connects, and
the URL is the one thing that every command reads, and that already holds the addresses and the secret.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from hashlib import sha1
from pathlib import Path
from traceback import walk_tb
from typing import Any, cast
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.cluster import ClusterNode, RedisCluster
from redis.asyncio.connection import parse_url
from redis.exceptions import NoScriptError, RedisClusterException, RedisError

from stream.adapters.redis.reasons import reason_of, trouble_of
from stream.adapters.redis.retrying import new_retry
from stream.adapters.redis.url_options import SETTING, check_certificates, problem_of
from stream.errors import SettingsError, StoreError

REFUSAL = "setting '"  # with which begins what our own scripts answer where a setting is wrong, and not the server
SCHEMES = ("redis", "rediss", "unix", "redis+cluster", "rediss+cluster")
CLUSTER = "+cluster"
# Seconds for an answer, as redis-py from 7 on has it. Where there is none the client asks again, on another connection.
ANSWER_SECONDS = 5.0
ANSWER_KEPT = 60  # seconds that the key stays by which a server is asked whether it takes one
_SCRIPTS = Path(__file__).parent / "lua"


class Cluster(RedisCluster):
    """redis-py's client of a cluster, for several tasks that share it while nodes come and go."""

    async def execute_command(self, *args: Any, **kwargs: Any) -> Any:
        """Run a command; the slots are read first, or redis-py would send what has keys to any node."""
        await self.initialize()
        return await super().execute_command(*args, **kwargs)

    async def aclose(self) -> None:
        """Read the slots anew before the next command.

        redis-py closes itself for that, and with it the connections on which other tasks wait for an answer. Those of
        nodes that are gone are closed when the slots have been read. :meth:`disconnect` closes all.
        """
        self._initialize = True

    async def disconnect(self) -> None:
        """Close all connections."""
        self._initialize = True
        await self.nodes_manager.aclose()
        await self.nodes_manager.aclose("startup_nodes")

    def get_node(
        self, host: str | None = None, port: int | None = None, node_name: str | None = None
    ) -> ClusterNode | None:
        """Return the node; one that is named and not known is added.

        A node that is about to get its first slot is not in CLUSTER SLOTS, but an ASK names it.
        """
        node = super().get_node(host, port, node_name)
        if node is None and node_name is not None:
            host, _, number = node_name.rpartition(":")
            node = ClusterNode(host, int(number), "primary", **self.connection_kwargs)
            self.nodes_manager.set_nodes(self.nodes_manager.nodes_cache, {node.name: node})
        return node


Client = Redis | Cluster
# What the URL says beats these.
_TIMES: dict[str, Any] = {
    "socket_timeout": ANSWER_SECONDS,
    "socket_connect_timeout": ANSWER_SECONDS,
    "health_check_interval": 30,  # seconds after which a connection that nobody used is asked before it is used
}


def client_of(url: str) -> Client:
    """Return a client that connects when it is first asked; to be closed by :func:`close`.

    Args:
        url: as redis-py takes it for one server; for a cluster ``redis+cluster://`` or, with TLS, ``rediss+cluster://``
            and one or more nodes of it, comma-separated: ``redis+cluster://user:password@one:6379,two:6379``.

    Raises:
        SettingsError: the URL is wrong; the message does not hold it, since it may hold a password.
    """
    try:
        scheme = urlsplit(url).scheme
        if scheme not in SCHEMES:
            expected = ", ".join(f"{name}://" for name in SCHEMES)
            raise SettingsError(f"{SETTING}: '{scheme}': one of {expected} is expected")
        client = _cluster(url) if scheme.endswith(CLUSTER) else Redis.from_url(url, retry=new_retry(), **_TIMES)
        if isinstance(client, Redis):
            # Made to no end but to see whether its options are known; the client makes its own when first asked.
            client.connection_pool.connection_class(**client.connection_pool.connection_kwargs)
        _check_form(url)
        check_certificates(url)
        return client
    except (AttributeError, TypeError, ValueError, RedisError, RedisClusterException) as error:
        raise SettingsError(f"{SETTING}: {problem_of(url, error)}") from None


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """:func:`client_of`, closed at the end."""
    client = client_of(url)
    try:
        yield client
    finally:
        await close(client)


async def close(client: Client) -> None:
    """Close all connections."""
    await (client.disconnect() if isinstance(client, Cluster) else client.aclose())


async def answers(client: Client, name: str) -> None:
    """Return when the server that holds the keys of the deployment ``name`` takes a write. Raises StoreError."""
    async with redis_errors("answer"):
        # No PING: a cluster's client sends it to every node, and a node that serves no keys now still answers it. And
        # no reading alone: a replica answers it, and so it does where our user may not write.
        await client.set(f"{{{name}}}:answers", "", ex=ANSWER_KEPT)


class Script:
    """A Lua script that may touch keys beyond those it is given, all with their hash tag.

    The server cannot know them. While it moves a slot key by key to another node, some are here and some there, and a
    script would count on what is left. Therefore one key more is named, which never exists: of several keys of such a
    slot of which one is missing the server runs nothing, on neither node, and answers TRYAGAIN.
    """

    def __init__(self, client: Client, text: str) -> None:
        self._client: Any = client
        self._text, self._sha = text, sha1(text.encode(), usedforsecurity=False).hexdigest()

    async def __call__(self, keys: Sequence[str], args: Sequence[Any] = ()) -> Any:
        """Run it with the arguments, by its hash where the server knows it. Raises redis-py's errors."""
        names = [*keys, f"{keys[0]}:whole"]
        try:
            return await self._client.evalsha(self._sha, len(names), *names, *args)
        except NoScriptError:
            # After a restart or a failover. Not SCRIPT LOAD, which needs every node of a cluster.
            return await self._client.eval(self._text, len(names), *names, *args)


def script_text(*parts: str) -> str:
    """Return the script that files of ``lua/`` make together, one after the other; ``parts`` are their names."""
    return "\n".join((_SCRIPTS / f"{part}.lua").read_text() for part in parts)


@asynccontextmanager
async def redis_errors(what: str) -> AsyncIterator[None]:
    """Turn what goes wrong inside into a StoreError: "Redis did not <what>: <reason>"."""
    try:
        yield
    except (RedisError, RedisClusterException, OSError) as error:  # the second one is no RedisError
        if str(error).startswith(REFUSAL):
            raise StoreError(str(error)) from error
        raise StoreError(f"Redis did not {what}: {reason_of(error)}", trouble_of(error)) from error
    except (AttributeError, TypeError) as error:
        # What redis-py raises when another task, or the server, has closed the connection that it is about to write to
        # (its issue 4287).
        if "NoneType" not in str(error) or not _raised_by_redis(error):
            raise
        raise StoreError(f"Redis did not {what}: the connection was closed", "away") from error


def _raised_by_redis(error: Exception) -> bool:
    """Whether redis-py's own code failed; the same mistake in ours must not be taken for a lost connection."""
    frames = [frame for frame, _ in walk_tb(error.__traceback__)]
    return str(frames[-1].f_globals.get("__name__", "")).split(".")[0] == "redis"


def _check_form(url: str) -> None:
    """Refuse what redis-py reads as something else: of one slash it makes this machine, of a name database 0."""
    parts = urlsplit(url)
    if not url.startswith(f"{parts.scheme}://"):
        raise SettingsError(f"{SETTING}: {parts.scheme}://host:port/number is expected, with two slashes")
    if parts.scheme in ("redis", "rediss") and parts.path.strip("/") and not parts.path.strip("/").isdecimal():
        raise SettingsError(
            f"{SETTING}: behind the address stands no number of a database; {parts.scheme}://host:port/0 is expected"
        )


def _cluster(url: str) -> Cluster:
    parts = urlsplit(url)
    scheme = parts.scheme.removesuffix(CLUSTER)
    login, at, hosts = parts.netloc.rpartition("@")
    nodes = [parse_url(f"{scheme}://{host.strip()}") for host in hosts.split(",")]
    if not all(node.get("host") for node in nodes):
        raise SettingsError(f"{SETTING}: host:port of a node, or several of them, comma-separated, are expected")
    whole = parts._replace(scheme=scheme, netloc=f"{login}{at}{hosts.split(',')[0].strip()}").geturl()
    if parts.path not in ("", "/", "/0") or parse_url(whole).get("db"):
        raise SettingsError(
            f"{SETTING}: a cluster has database 0 alone; take the number out of the URL, and tell deployments apart by "
            "BELLWETHER_NAME"
        )
    others = [ClusterNode(node["host"], node.get("port", 6379)) for node in nodes[1:]]
    # A MOVED tells where our one slot is; redis-py would read all of them at every fifth.
    return cast(Cluster, Cluster.from_url(whole, startup_nodes=others, reinitialize_steps=0, **_TIMES))
