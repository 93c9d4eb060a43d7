"""What came in: bytes to documents, documents to scored documents, the names in them, and what cannot be read."""
