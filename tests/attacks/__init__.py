"""Attacks on what serves everybody, and a client that must be answered meanwhile."""
