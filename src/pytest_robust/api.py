"""The Python face: what a suite can do, from an ordinary test function."""
