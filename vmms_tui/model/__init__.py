"""The words of the field as frozen records. No clock, no disk, no network."""
