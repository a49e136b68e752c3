"""From the record to a release decision."""
