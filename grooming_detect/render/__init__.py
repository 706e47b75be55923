"""Renderings of reports: terminal, JSON Lines, HTML. None of them judges; they show."""
