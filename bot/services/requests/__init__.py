"""From what a member asked to an accepted job, and what was asked before."""
