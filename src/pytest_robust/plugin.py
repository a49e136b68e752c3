"""The pytest entry point: flags and markers. Imported by every pytest run: standard library and pytest only."""
