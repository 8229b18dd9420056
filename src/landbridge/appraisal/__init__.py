"""The appraisal room."""
