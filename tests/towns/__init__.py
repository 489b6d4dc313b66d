"""Towns: local sites that imitate the products real kommuner use, served on loopback only."""
