"""Reproducible builders of what ships in src/landbridge/data; not part of the package."""
