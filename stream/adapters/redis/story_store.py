"""Stories in Redis or Valkey: one atomic script and one round trip per batch, shared by all workers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from struct import pack

import msgspec
import numpy as np

from stream.adapters.redis.client import Client, Script, redis_errors, script_text
from stream.pipeline.stories.same_story import RULE
from stream.pipeline.stories.signature import WORD_BITS, Signature

KEEP_SECONDS = 48 * 3600  # a day's stories are looked up on that day and the next
_encode = msgspec.msgpack.Encoder().encode


class RedisStoryStore:
    """The port :class:`stream.pipeline.stories.store.StoryStore` on a Redis 6.2+ or Valkey server.

    Args:
        client: of :func:`stream.adapters.redis.client.client_of`.
        name: tells deployments that share a server apart.
        keep_seconds: how long a day's stories are kept after they were last written, by the server's clock.
    """

    def __init__(self, client: Client, name: str = "bellwether", keep_seconds: int = KEEP_SECONDS) -> None:
        self._prefix = f"{{{name}}}"
        self._options = _encode({**RULE._asdict(), "word_bits": WORD_BITS, "keep_seconds": keep_seconds})
        self._script = Script(client, script_text("batch", "same_story", "story"))

    async def assign(self, signatures: Sequence[Signature]) -> list[str]:
        """Return the story of each; see the port."""
        return await self._run(signatures, [""] * len(signatures)) if signatures else []

    async def remember(self, signatures: Sequence[Signature], stories: Sequence[str]) -> None:
        """Take in documents whose stories are known; see the port."""
        if signatures:
            await self._run(signatures, stories)

    async def _run(self, signatures: Sequence[Signature], stories: Sequence[str]) -> list[str]:
        rows = [
            (item.exact, item.day, len(item.keys), story, "".join(item.entries))
            for item, story in zip(signatures, stories, strict=True)
        ]
        keys = np.fromiter(chain.from_iterable(item.keys for item in signatures), "<u4")
        arguments = [self._options, _encode(rows), keys.tobytes(), *map(encode_parts, signatures)]
        async with redis_errors("assign stories"):
            answer = await self._script(keys=[self._prefix], args=arguments)
        return [story.decode() for story in answer]


def encode_parts(item: Signature) -> bytes:
    """Return what is kept of a signature, in the form that story.lua describes under ``ARGV[4...]``."""
    title, body = item.title, item.body
    pairs = *title.pairs, *body.pairs
    packed = pack(f"<2H{len(pairs)}I", len(title.pairs), len(body.pairs), *pairs)
    return packed + _encode((title[1:], body[1:], item.unspaced))
