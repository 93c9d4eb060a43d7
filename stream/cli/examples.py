"""An example or more for each command, below its help. One line each; what stands behind ``#`` says what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from inspect import cleandoc, getdoc

from typer import Typer
from typer.models import CommandInfo

MARKUP = re.compile(r"\[(?=[a-z#/@][^\[]*?\])")
ROOT = """
bellwether demo                        # see it at work first
bellwether publish news.csv            # your own documents
bellwether watch                       # what becomes of them
bellwether alerts show 77387e7b        # why it fired
"""
EXAMPLES = {
    "demo": """
        bellwether demo
        bellwether demo --language zh                    # in Chinese: the market, too
        bellwether demo --hold                           # then publish to it
        bellwether demo --feed news.csv --column text=Headline
        bellwether demo --feeds sources.yaml             # your own sources
        """,
    "watch": """
        bellwether watch
        bellwether watch --every 60 >> watch.log         # lines of text
        """,
    "up": """
        bellwether up --folder data --env bellwether.env
        . ./bellwether.env                               # in another shell
        """,
    "worker": """
        bellwether worker                                # all stages
        bellwether worker --stage classify               # more of this one
        """,
    "migrate": "bellwether migrate",
    "rebuild": "bellwether rebuild --since 2026-03-01",
    "windows": """
        bellwether windows
        bellwether windows --series entry: --limit 50    # of the watchlist
        """,
    "publish": """
        bellwether publish news.jsonl.gz
        bellwether publish posts.csv --topic social --column text=Post
        bellwether publish - < news.jsonl
        """,
    "backfill": """
        bellwether backfill last-month.jsonl.gz this-month.jsonl
        bellwether backfill news.csv --time-zone Europe/Zurich --source wire
        """,
    "classify": """
        bellwether classify news.jsonl > scored.jsonl
        bellwether classify news.jsonl --watchlist watchlist.yaml
        echo '{"source": "me", "text": "Bank fails"}' | bellwether classify
        """,
    "documents erase": """
        bellwether documents erase 4f2a9c --dry-run      # look first
        bellwether documents erase 4f2a9c 77d1e0
        bellwether documents erase --author @jane        # all that she wrote
        """,
    "backtest": """
        bellwether backtest month.jsonl.gz --rules new.yaml --against rules.yaml
        bellwether backtest month.csv --html report.html
        bellwether backtest --since 2026-03-01           # what was scored live
        """,
    "topics create": "bellwether topics create",
    "shards check": "bellwether shards check",
    "shards move": "bellwether shards move                           # to BELLWETHER_SHARDS",
    "alerts list": """
        bellwether alerts list --status firing
        bellwether alerts list --json | jq .
        """,
    "alerts show": "bellwether alerts show 77387e7b",
    "alerts replay": "bellwether alerts replay 77387e7b",
    "alerts ack": 'bellwether alerts ack 77387e7b -m "on it"',
    "alerts silence": """
        bellwether alerts silence topic=Macro --for 4h -m "results day"
        bellwether alerts silence severity=warning 'entry=~"Acme.*"' --for 2d -m noise
        """,
    "alerts unsilence": "bellwether alerts unsilence 4f2a9c10",
    "alerts silences": "bellwether alerts silences --all",
    "receivers list": "bellwether receivers list",
    "receivers test": "bellwether receivers test webhook",
    "receivers enable": "bellwether receivers enable webhook",
    "receivers disable": 'bellwether receivers disable webhook -m "moves to a new host"',
    "deliveries list": "bellwether deliveries list --undelivered",
    "deliveries show": "bellwether deliveries show 17",
    "deliveries retry": "bellwether deliveries retry 17",
    "routes check": "bellwether routes check routes.yaml",
    "routes test": "bellwether routes test --series entry:Acme --severity critical",
    "api token": """
        bellwether api token alice --role act 2> token >> tokens
        bellwether api token my-script --role publish 2> token >> tokens
        """,
    "api openapi": "bellwether api openapi > openapi.json",
    "dead-letters list": """
        bellwether dead-letters list
        bellwether dead-letters list --json > letters.jsonl
        """,
    "dead-letters replay": """
        bellwether dead-letters replay letters.jsonl     # repaired lines
        bellwether dead-letters replay                   # what can be read by now
        """,
    "bench classify": """
        bellwether bench classify
        bellwether bench classify --texts news.jsonl --against-transformers
        """,
    "bench pipeline": """
        bellwether bench pipeline
        bellwether bench pipeline tweets.jsonl.gz --seconds 15
        """,
    "bench scale": "bellwether bench scale --workers 1,2",
    "bench profile": "bellwether bench profile --documents 10000",
    "bench windows": "bellwether bench windows --series 1000",
    "bench shards": """
        bellwether bench shards
        bellwether bench shards --shards 1,2,8 --nodes 1 # one server: their cost
        """,
    "bench stories": "bellwether bench stories headlines.jsonl.gz",
    "bench detect": "bellwether bench detect --quick",
    "bench series": "bellwether bench series machine.csv",
    "bench compare": "bellwether bench compare tweets.jsonl.gz --moves moves.csv",
    "bench deliver": "bellwether bench deliver",
    "bench dashboards": "bellwether bench dashboards --series 200 --days 30",
    "bench soak": "bellwether bench soak --minutes 60",
    "bench feeds": "bellwether bench feeds --sources 1000 --minutes 15",
    "dashboards build": "bellwether dashboards build",
    "dashboards check": "bellwether dashboards check",
    "dashboards push": """
        export GRAFANA_TOKEN=... GRAFANA_READER_PASSWORD=...
        bellwether dashboards push --url https://grafana.example --postgres db:5432
        """,
    "dashboards verify": "bellwether dashboards verify --url https://grafana.example",
    "model train": """
        bellwether model train runs/1 --sentiment s.csv --topic t.csv --set epochs=5
        bellwether model train runs/1 --sentiment s.csv --topic t.csv --resume
        """,
    "model crossval": "bellwether model crossval runs/folds --sentiment s.csv --folds 5",
    "model leave-out": "bellwether model leave-out runs/out reuters --sentiment s.csv --set epochs=3",
    "model base": "bellwether model base bge-small-zh bases/bge",
    "model shrink": """
        bellwether model shrink runs/1 small --layers 0,2,3,5 --neurons 512 \\
          --sentiment s.csv --topic t.csv
        """,
    "model average": "bellwether model average runs/mean runs/1 runs/2 --share 0.7 --share 0.3",
    "model unpack": "bellwether model unpack models/artifacts/minilm-l5 runs/shipped",
    "model entity": "bellwether model entity runs/1 --entity e.csv --sentiment s.csv",
    "model together": """
        bellwether model together runs/both --base runs/1 --entity e.csv \\
          --sentiment s.csv --topic t.csv --set pooling=last_layer \\
          --set names.teacher=runs/large
        """,
    "model export": """
        bellwether model export runs/1 mine --sentiment s.csv --topic t.csv
        bellwether model export finbert out --sentiment s.csv \\
          --label LABEL_0=negative --label LABEL_1=positive
        """,
    "model calibrate": """
        bellwether model calibrate mine --sentiment labelled.csv --feed stocktwits
        bellwether model calibrate mine --sentiment unseen.csv --unseen
        """,
    "model evaluate": "bellwether model evaluate mine --sentiment s.csv --topic t.csv",
    "model card": "bellwether model card mine --sentiment s.csv --topic t.csv",
    "feeds run": """
        bellwether feeds run sources.yaml
        bellwether feeds run                             # of BELLWETHER_FEEDS
        """,
    "feeds init": "bellwether feeds init sources.yaml",
    "feeds check": """
        bellwether feeds check sources.yaml
        bellwether feeds check sources.yaml --all        # those that are off, too
        """,
    "feeds list": """
        bellwether feeds list
        bellwether feeds list --json | jq 'select(.state != "ok")'
        """,
    "feeds show": "bellwether feeds show fed-press",
    "feeds enable": "bellwether feeds enable fed-press",
    "feeds import": "bellwether feeds import subscriptions.opml sources.yaml",
    "feeds export": "bellwether feeds export sources.yaml > sources.opml",
    "feeds try": """
        bellwether feeds try https://www.example.org/press.xml
        bellwether feeds try press.xml --json > press.jsonl
        """,
    "watchlist init": "bellwether watchlist init banks my-banks.yaml",
    "watchlist check": "bellwether watchlist check watchlist.yaml",
    "watchlist test": "bellwether watchlist test watchlist.yaml '$ACME falls 9%'",
    "rules check": "bellwether rules check rules.yaml",
    "rules explain": """
        bellwether rules explain topic:Macro
        bellwether rules explain entry:Acme
        """,
}


def with_examples(app: Typer) -> Typer:
    """Return ``app``, each command's help filled to the terminal's width and with its examples below it."""
    app.info.epilog = _epilog(ROOT)
    for path, command in _commands(app):
        command.help = _help(command.help or getdoc(command.callback) or "")
        if examples := EXAMPLES.get(path):
            command.epilog = _epilog(examples)
    return app


def _commands(app: Typer, path: str = "") -> Iterator[tuple[str, CommandInfo]]:
    for command in app.registered_commands:
        yield f"{path}{command.name or getattr(command.callback, '__name__', None)}", command
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from _commands(group.typer_instance, f"{path}{group.name} ")


def _help(text: str) -> str:
    """Return ``text`` with each paragraph on one line, so that it is broken where the terminal ends."""
    return _verbatim("\n\n".join(" ".join(paragraph.split()) for paragraph in text.split("\n\n")))


def _epilog(examples: str) -> str:
    lines = cleandoc(examples).splitlines()
    title = "Example:" if len(lines) == 1 else "Examples:"
    return _verbatim("\n".join([title, *lines]))


def _verbatim(text: str) -> str:
    """Return ``text`` so that it is shown as it stands: words in brackets would count as markup, and be left out."""
    return MARKUP.sub(r"\\[", text)
