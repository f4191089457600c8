"""A process that reads many files in a row under the reader's own limits. Run by test_mutants.py, never imported.

Arguments: the reader's folder, then files. Prints ``<number> start`` before each file and ``<number> <outcome>`` after
it; whoever started it sees by the last line which file ended the process, and starts it again behind that file.
"""

import contextlib
import io
import json
import signal
import sys
from importlib import util
from pathlib import Path

#: Seconds for one file of a few kilobytes, which takes milliseconds.
HANGS_AFTER = 20


def main(folder: str, first: str, kind: str, *files: str) -> None:
    sys.path.insert(0, folder)
    described = util.spec_from_file_location("reader", Path(folder) / "__main__.py")
    assert described
    assert described.loader
    reader = util.module_from_spec(described)
    described.loader.exec_module(reader)
    reader.confine(2048, 600)
    for number, path in enumerate(files[int(first) :], start=int(first)):
        print(number, "start", flush=True)
        printed = io.StringIO()
        signal.alarm(HANGS_AFTER)
        try:
            with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(io.StringIO()):
                reader.read(path, kind, "")
        except BaseException as error:  # a panic of the parser is no Exception
            print(number, type(error).__name__, flush=True)
            continue
        finally:
            signal.alarm(0)
        last = json.loads(printed.getvalue().splitlines()[-1])
        refused = isinstance(last, dict) and "rejected" in last
        print(number, "refused" if refused else "read", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
