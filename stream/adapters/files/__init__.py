"""Files that people write: watchlist, rules and routes, read strictly; and documents as lines."""
