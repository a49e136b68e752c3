"""From a suite to verdicts: the plan, seeds, the evidence store, and the loop that asks for rows."""
