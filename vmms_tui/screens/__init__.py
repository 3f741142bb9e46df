"""One file per screen; they know the client and the model only."""
