"""See the module's face below."""
