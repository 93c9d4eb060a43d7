"""``bellwether bench``: speed, memory and quality on this machine, as ratios taken side by side in one run."""

import typer

from stream.cli.bench import (
    classify,
    compare,
    dashboards,
    deliver,
    detect,
    feeds,
    pipeline,
    profile,
    scale,
    shards,
    soak,
    windows,
)

app = typer.Typer(no_args_is_help=True, help="Speed, memory and quality, measured on this machine.")
for command in (
    classify.classify,
    pipeline.pipeline,
    profile.profile,
    scale.scale,
    windows.windows,
    shards.shards,
    windows.stories,
    detect.detect,
    detect.series,
    compare.compare,
    deliver.deliver,
    dashboards.dashboards,
    soak.soak,
    feeds.feeds,
):
    app.command()(command)
