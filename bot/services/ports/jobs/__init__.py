"""The stores of jobs, one protocol for each need (docs/spec/states.md section 6)."""
