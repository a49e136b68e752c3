"""Figures of the report, drawn on the server: pure functions from numbers to inline SVG, one file a figure.

Colours are CSS classes of the page, so that a figure follows light, dark and print. Each figure names its axes and
carries a title and a description for those who do not see it.
"""
