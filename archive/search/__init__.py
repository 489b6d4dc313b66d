"""Search that knows Swedish, over the served file.

`query` makes an FTS5 query of what somebody typed, `words` holds the words of the index (published
with it, so that compounds can be found by their last part), `stemming` says which forms are of one
word, `excerpts` shows where a text says it, and `ranked.sql` finds the best hits: the canned query
`sok` of the reading room and `kommunarkiv search` run the same.
"""
