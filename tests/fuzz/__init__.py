"""Hostile pages for the cleaner: made up, damaged, and grown until something gives."""
