"""What the commands print that need a project as pytest sees it: its root, its settings, its suites."""
