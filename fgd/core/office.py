"""Files for Word and Excel whose bytes depend on their content alone."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from typing import Any

# The earliest moment a zip archive can name; the real one would make every rebuild differ.
EPOCH = (1980, 1, 1, 0, 0, 0)


_SCRIPT_FONTS = re.compile(rb"<a:font script=\"[^\"]*\" typeface=\"[^\"]*\"\s*/>\s*")

_SAVED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_STAMP = rb"\g<1>2000-01-01T00:00:00Z"


def settled(data: bytes) -> bytes:
    """The same zip archive without clock times, entries in their own order.

    The moment of saving, which openpyxl always writes, is not kept. Themes lose their list of fonts
    for each script of the world, which nobody uses and which names peoples ("Mongolian Baiti") that
    an edition may not name.
    """
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w") as target:
        for entry in source.infolist():
            plain = zipfile.ZipInfo(entry.filename, EPOCH)
            plain.compress_type = zipfile.ZIP_DEFLATED
            plain.external_attr = 0o600 << 16
            inner = source.read(entry)
            if entry.filename == "docProps/core.xml":
                inner = _SAVED.sub(_STAMP, inner)
            if "/theme/" in entry.filename:
                inner = _SCRIPT_FONTS.sub(b"", inner)
            target.writestr(plain, inner)
    return out.getvalue()


def plain_properties(document: Any, title: str) -> None:
    """Metadata that says what the file is and nothing about when or by whom it was made."""
    properties = document.core_properties
    properties.title = title
    properties.author = "fgd"
    properties.comments = ""
    properties.last_modified_by = ""
    properties.created = properties.modified = datetime.datetime(2000, 1, 1)
    properties.revision = 1
