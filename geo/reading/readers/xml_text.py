"""XML from outside: nothing with a document type is read, so no entity ever expands."""

from __future__ import annotations

from typing import NoReturn
from xml.parsers import expat

from geo.model.messages import message
from geo.reading.readers.reader import bad, refused


class _Seen(Exception):
    """Raised from an expat handler: True for a document type, False for the first element."""


def check_prolog(data: bytes, file: str) -> None:
    """Raise RefusedError if an XML text has a document type or entity, in whatever encoding.

    Expat reads up to the first element; nothing is expanded. Raises InputError if it is not XML.
    """

    def stop(*_: object) -> NoReturn:
        raise _Seen(True)

    def go_on(*_: object) -> NoReturn:
        raise _Seen(False)

    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = stop
    parser.EntityDeclHandler = stop
    parser.StartElementHandler = go_on
    try:
        parser.Parse(data, True)
    except _Seen as seen:
        if seen.args[0]:
            raise refused(file, message("it declares a document type; entities are not read")) from None
    except (expat.ExpatError, ValueError) as error:
        line = getattr(error, "lineno", 1)
        raise bad(file, message("line {line}: it is not XML", line=str(line))) from None
