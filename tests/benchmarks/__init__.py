"""Speeds, as ratios against something that ran in the same call. Never timed tests."""
