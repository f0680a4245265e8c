"""When a rung is due, on whose clock, and what an outage leaves of it: pure."""
