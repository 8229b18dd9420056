"""Report: a Result as ten lines of text, an offline page with a map, and CSV files. It computes nothing economic."""

from landbridge.report.files import write_tables
from landbridge.report.mapdata import map_data
from landbridge.report.page import html, write_html
from landbridge.report.summary import answer, summary
from landbridge.report.terminal import terminal_map
from landbridge.report.words import Sides
from landbridge.results.save import WRITERS

# results.save writes these beside result.json without knowing this room
WRITERS["report.html"] = html
WRITERS["summary.txt"] = summary

__all__ = ["Sides", "answer", "html", "map_data", "summary", "terminal_map", "write_html", "write_tables"]
