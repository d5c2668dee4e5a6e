"""Cards, panels and pages: pure functions from values to Discord components."""
