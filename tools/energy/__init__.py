"""Builds data/energy: sea arcs, volumes, observed flows, calibration; reproducibly."""
