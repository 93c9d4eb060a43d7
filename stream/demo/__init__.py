"""The demo: an invented market that needs no feed, no account and no network."""
