"""What the larger commands do, apart from their options: imported when a command runs, so that `--help` is quick."""
