"""Builds `src/landbridge/data/atlas` from packages and curated tables: `python -m tools.atlas`."""
