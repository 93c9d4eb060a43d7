"""One file per migration, never changed after it was released."""
