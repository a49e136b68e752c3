"""The pytest side: collection, items, summary. Imported only under --robust."""
