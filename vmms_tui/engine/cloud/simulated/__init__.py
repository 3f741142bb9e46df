"""A cloud in memory that takes its time like Nova."""
