"""Datasets of the server: read, indexed, and kept on disk in snapshots that processes share."""
