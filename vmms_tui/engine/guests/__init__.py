"""What lies inside a server: proofs of readiness, keys and passwords."""
