"""One document through time: its chain of evidence (`show`), and what changed (`diff`)."""
