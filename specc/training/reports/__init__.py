"""What a run tells while it trains and at its end: logs, events, pages."""
