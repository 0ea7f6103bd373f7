"""Figures from counts: intervals, rates, hot spots, gaps. No file, no database, no page."""
