"""The reader process: the prose of one untrusted .docx, under memory and time limits, as JSON on standard output.

Run as a script in an interpreter of its own (``files.py`` starts it), without Django and without the project.
Usage: ``python -I docx_child.py PATH MEGABYTES SECONDS``; prints a list of paragraphs, or ends with another status.
"""

import json
import resource
import sys
from collections.abc import Iterator
from typing import Any

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
#: Table cells are no prose; boxes and fallbacks would say a text twice, deletions are not part of it.
_LEFT_OUT = {
    f"{_W}tbl", f"{_W}del", f"{_W}moveFrom", f"{_W}txbxContent",
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}  # fmt: skip
_BREAKS = {f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}tab": " ", f"{_W}noBreakHyphen": "-"}


def limit(megabytes: int, seconds: int) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (megabytes << 20, megabytes << 20))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    # Nothing here has to write a file.
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def prose(body: Any) -> Iterator[str]:
    """The paragraphs in order; text that somebody has inserted with tracked changes is part of them."""
    pieces: list[str] = []
    waiting = [(body, False)]
    while waiting:
        element, is_done = waiting.pop()
        if is_done:
            yield "".join(pieces)
            pieces.clear()
        elif element.tag == f"{_W}t":
            pieces.append(element.text or "")
        elif element.tag in _BREAKS:
            pieces.append(_BREAKS[element.tag])
        elif element.tag not in _LEFT_OUT:
            if element.tag == f"{_W}p":
                waiting.append((element, True))
            waiting += [(child, False) for child in reversed(list(element))]


def main(path: str, megabytes: str, seconds: str) -> None:
    limit(int(megabytes), int(seconds))
    import docx

    json.dump(list(prose(docx.Document(path).element.body)), sys.stdout, ensure_ascii=False)


if __name__ == "__main__":
    main(*sys.argv[1:4])
