"""The gravity room."""
