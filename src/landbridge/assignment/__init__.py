"""The assignment room."""
