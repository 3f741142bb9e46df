"""Settings to try VMMS with."""
