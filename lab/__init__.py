"""Real surroundings for tests: an OpenStack, and hosts. Root on Debian."""
