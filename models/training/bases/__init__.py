"""Encoders for other languages, made from what package registries carry: one command each, no model hub needed."""
