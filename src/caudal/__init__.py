"""Caudal: follow the money of designated networks, and count who else a designation hits."""
