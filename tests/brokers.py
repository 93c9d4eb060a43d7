"""The brokers that tests run on: the embedded one, and Apache Kafka where Java is there.

A test that takes each of :data:`BROKERS` in turn runs on both. Maven fetches the jars of Apache Kafka once, into the
user's cache. Without Java or Maven the Apache half is skipped; with them, a download that fails fails the test, unless
``BELLWETHER_TEST_OFFLINE`` is set.
"""

from __future__ import annotations

import functools
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Self

import pytest

from stream.embedded import Broker, Server, free_port
from stream.errors import EmbeddedError

SOURCES = Path(__file__).with_name("apache-kafka")
OFFLINE = "BELLWETHER_TEST_OFFLINE"
JAVA = 17  # what Kafka 4 brokers need
CLUSTER = "Bellwether-test-broker"  # must read as 16 bytes of base64
FORMAT_TIMEOUT = 60.0
DOWNLOAD_TIMEOUT = 400.0  # below pytest's own, whose message would say less

# One node that is broker and controller. The internal topics are small, since a test waits until they are made. After
# a kill the controller takes the broker for alive, and keeps the new one out, until the session timeout is over, which
# would be 9 s. The cleaner would take 128 MiB at once.
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs=data
auto.create.topics.enable=false
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
log.cleaner.dedupe.buffer.size=4194304
group.initial.rebalance.delay.ms=0
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
"""


@functools.cache
def _java_problem() -> str | None:
    if shutil.which("java") is None:
        return "there is no java"
    said = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', said)
    if version is None or int(version[1]) < JAVA:
        return f"Apache Kafka needs Java {JAVA}; java -version says {said.strip()[:100]!r}"
    return None


def available() -> str | None:
    """Say why Apache Kafka cannot run here; None: it can, perhaps after a download."""
    if (problem := _java_problem()) is not None or _jars().is_dir():
        return problem
    if os.environ.get(OFFLINE):
        return f"the jars of Apache Kafka are not there and {OFFLINE} is set"
    return "there is no mvn to fetch Apache Kafka with" if shutil.which("mvn") is None else None


def _jars() -> Path:
    """The folder of the jars. Its name follows from the pom, so that a change there fetches anew."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return cache / "bellwether" / f"kafka-{hashlib.sha256((SOURCES / 'pom.xml').read_bytes()).hexdigest()[:12]}"


def fetch() -> Path:
    """Return the folder of the jars, downloading them when it is missing.

    Raises:
        EmbeddedError: the download failed; the message holds what Maven said.
    """
    jars = _jars()
    if not jars.is_dir():
        jars.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(prefix="kafka-", dir=jars.parent) as name:
            fetched = Path(name) / "jars"
            _run_maven(fetched)
            # A folder that bears the final name is whole. Of two who fetch at once, the second is content to find it.
            try:
                fetched.rename(jars)
            except OSError:
                if not jars.is_dir():
                    raise
    return jars


def _run_maven(folder: Path) -> None:
    # -U: a download that failed once would else be remembered as failed. The plugin's whole name, since Maven looks for
    # a short one in the registry and, without a network, only says that it found none.
    command = ["mvn", "-q", "-B", "-U", "-Dstyle.color=never", "-f", str(SOURCES / "pom.xml")]
    command += ["org.apache.maven.plugins:maven-dependency-plugin:copy-dependencies"]
    command += [f"-DoutputDirectory={folder}", "-DincludeScope=runtime"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=DOWNLOAD_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EmbeddedError(f"Apache Kafka was not fetched: {error}. {OFFLINE}=1 skips it") from error
    if done.returncode != 0:
        said = next((line for line in done.stdout.splitlines() if "ERROR" in line), done.stderr)
        raise EmbeddedError(f"Apache Kafka was not fetched: {said.strip()[-800:]}. {OFFLINE}=1 skips it")


@functools.cache
def _formatted_folders() -> TemporaryDirectory[str]:
    return TemporaryDirectory(prefix="bellwether-kafka-")


def _formatted(*options: str) -> Path:
    """Where this process keeps a data folder that was formatted with these options: no port or path is in it."""
    return Path(_formatted_folders().name) / hashlib.sha256("\n".join(options).encode()).hexdigest()[:12]


class ApacheKafka(Server):
    """Apache Kafka, one KRaft node. Like the embedded broker to use, but its records outlive the process.

    It opens its port last, when the controller has admitted it: a broker that accepts connections is ready.
    """

    start_timeout = 120.0  # a JVM, on cores that other tests keep busy

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self._controller_port = free_port()

    @property
    def url(self) -> str:
        """``host:port``, as Kafka clients want it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> Self:
        """Fetch the jars and format the data folder when they are missing, then start.

        Raises:
            EmbeddedError: the jars cannot be fetched, or the broker does not start.
        """
        fetch()
        self.folder.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._property_lines())
        if not (self.folder / "data" / "meta.properties").exists():
            self._format()
        return super().start()

    def _property_lines(self) -> str:
        return PROPERTIES.format(broker=self.port, controller=self._controller_port)

    def _format_options(self) -> list[str]:
        return []

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _format(self) -> None:
        """Format the data folder. That starts a JVM, so what it wrote once is copied from then on."""
        kept = _formatted(*self._format_options())
        if not kept.is_dir():
            self._run_format()
            shutil.copytree(self.folder / "data", kept)
        shutil.copytree(kept, self.folder / "data", dirs_exist_ok=True)

    def _run_format(self) -> None:
        options = ["-t", CLUSTER, "-c", str(self._properties), *self._format_options()]
        command = self._java("kafka.tools.StorageTool", "format", *options)
        with self._log.open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, cwd=self.folder, timeout=FORMAT_TIMEOUT, check=False)
        if done.returncode != 0:
            raise EmbeddedError(f"ApacheKafka did not format {self.folder}: {self._log_end()}")

    def _command(self) -> Sequence[str]:
        return self._java("kafka.Kafka", str(self._properties))

    def _java(self, *arguments: str) -> list[str]:
        # The plain collector and compiler start soonest, which is what a test waits for. On a virtual machine whose
        # free memory went back to its host, each new page costs 0.1 to 0.3 ms: large ones halve the time to start.
        options = ["-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+UseTransparentHugePages"]
        options += [f"-Dlog4j2.configurationFile={SOURCES / 'log4j2.properties'}"]
        return ["java", *options, "-cp", f"{_jars()}/*", *arguments]


def _apache_marks() -> list[pytest.MarkDecorator]:
    problem = available()
    return [] if problem is None else [pytest.mark.skip(reason=problem)]


BROKERS = [pytest.param(Broker, id="embedded"), pytest.param(ApacheKafka, id="apache", marks=_apache_marks())]
