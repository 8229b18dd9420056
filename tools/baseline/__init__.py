"""Builds the trade baseline of 2023 from public facts: `python -m tools.baseline`."""
