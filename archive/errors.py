"""Everything the archive raises on purpose.

ArchiveError
├── BadPayload      bytes that cannot be read as what they claim to be
│   └── TooLarge    bytes past a limit
├── BadBackup       a backup that cannot be made or restored as it is
├── BadRules        a rule file that does not hold
├── BadWarc         a WARC record that is not there, or not what the row says
│   └── Erased      a WARC record whose bytes were erased on purpose
└── Busy            another process is at it
"""


class ArchiveError(Exception):
    """Base of all errors of this package; its text says what was expected, found and where."""


class BadPayload(ArchiveError):
    """Bytes that cannot be unpacked or parsed within the limits."""


class TooLarge(BadPayload):
    """Bytes that are, or unpack to, more than a limit."""


class BadBackup(ArchiveError):
    """A backup that cannot be made, or is not what its manifest says."""


class BadRules(ArchiveError):
    """A cleaning rule that cannot be used; the message names the file, the rule and the reason."""


class BadWarc(ArchiveError):
    """A WARC record that a row cites is missing, torn, or holds other bytes."""


class Busy(ArchiveError):
    """Another process does the same thing; trying again later may help."""


class Erased(BadWarc):
    """A WARC record is a tombstone: nothing can be read again from it."""
