"""Renderings of the record: made from it alone."""
