"""Spiders: thin. They follow links and hand over records; page objects do the reading."""
