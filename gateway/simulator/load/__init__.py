"""Many simulated calls at once, and what they measure of a gateway."""
