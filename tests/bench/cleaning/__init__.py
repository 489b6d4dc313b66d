"""How well and how fast pages are read, beside other extractors: python -m tests.bench.cleaning."""
