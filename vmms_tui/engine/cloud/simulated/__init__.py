"""A cloud in memory that takes its time like Nova.

Its time is the Clock's, and nothing runs in the background: whatever was due is done, in order, at the next call. The
same seed, clock and calls give the same ids, addresses, hosts and times.
"""
