"""Feeds (RSS, Atom, JSON Feed) as documents. Pure: what was fetched in, documents and reasons out."""
