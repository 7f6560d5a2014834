"""Kafka's jars: fetched once into the environment, each checked against requirements/kafka.txt."""

import hashlib
import shutil
import sys
from pathlib import Path

import jgo

from deploy.local.children import ROOT, LocalStackError

COORDINATES = (
    "org.apache.kafka:kafka_2.13:4.3.1",
    "org.apache.kafka:kafka-clients:4.3.1",
    "org.apache.logging.log4j:log4j-slf4j-impl:2.25.3",
)
LOCK = ROOT / "requirements" / "kafka.txt"
JARS = Path(sys.prefix) / "share" / "kafka"


def fetch() -> None:
    """Bring the jars here unless they are all there; refuses a jar whose sum is not the locked one."""
    locked = {name: known for known, name in (line.split() for line in LOCK.read_text().splitlines())}
    if {jar.name for jar in JARS.glob("*.jar")} == set(locked):
        return
    coming = JARS.with_name("kafka.coming")
    shutil.rmtree(coming, ignore_errors=True)
    coming.mkdir(parents=True)
    for jar in _resolve():
        if locked.get(jar.name) != _sum(jar):
            raise LocalStackError(f"{jar.name} is not the one locked in {LOCK.relative_to(ROOT)}")
        shutil.copy(jar, coming)
    shutil.rmtree(JARS, ignore_errors=True)
    coming.rename(JARS)


def lock() -> None:
    LOCK.write_text("".join(f"{_sum(jar)}  {jar.name}\n" for jar in sorted(_resolve(), key=lambda jar: jar.name)))


def _resolve() -> list[Path]:
    try:
        return sorted(jgo.build("+".join(COORDINATES)).all_jars)
    except Exception as problem:  # whatever the resolver raises, the person at the terminal needs the same line
        raise LocalStackError(f"Kafka's jars could not be downloaded: {problem}") from problem


def _sum(jar: Path) -> str:
    return hashlib.sha256(jar.read_bytes()).hexdigest()


if __name__ == "__main__":
    try:
        lock() if sys.argv[1:] == ["lock"] else fetch()
    except (LocalStackError, OSError) as problem:
        sys.exit(f"kefu: {problem}")
