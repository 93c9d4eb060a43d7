"""What runs: a worker's stages and loops, its health and its watchdog, and how all of it is wired from settings."""
