"""Readers of the publishers' own list files, one file each."""
