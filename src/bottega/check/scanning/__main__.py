"""``python -P -m bottega.check.scanning PLAN FOLDER RESULT [--cache FILE] [--without FOLDER]``: one scan, for agents.

With ``--without`` the result has only what is not found in that other folder too, which has an earlier state.

Writes lines of progress on standard output and the result into a file, and ends with 0; with 2 for wrong arguments,
with 1 when there is no result. ``-P`` keeps Python from importing what lies in the folder it is started in.
"""

import gc
import os
import sys
from argparse import ArgumentParser
from pathlib import Path


def main() -> int:
    """Scan as the arguments say."""
    from bottega.check.scanning.newcomers import keep_newcomers, plan_of_base  # noqa: PLC0415
    from bottega.check.scanning.result_file import ResultUnreadable, pack, read_plan  # noqa: PLC0415
    from bottega.check.scanning.scan import scan  # noqa: PLC0415

    parser = ArgumentParser(prog="bottega.check.scanning", description="Scan a folder with analysers.")
    parser.add_argument("plan", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("result", type=Path)
    parser.add_argument("--cache", type=Path)
    parser.add_argument("--without", type=Path)
    arguments = parser.parse_args()
    try:
        plan = read_plan(arguments.plan)
        result = scan(plan, arguments.folder, cache=arguments.cache, progress=_say)
        if arguments.without is not None and result.findings:
            _say("what is compared with:")
            base = scan(plan_of_base(plan), arguments.without, cache=arguments.cache, progress=_say)
            result.left_out = keep_newcomers(result, base)
            _say(f"{len(result.findings)} findings are not in what was compared with")
        arguments.result.write_bytes(pack(result))
    except (OSError, ResultUnreadable) as error:
        _say(f"the scan cannot be done: {error}")
        return 1
    return 0


def _say(line: str) -> None:
    text = line.replace("\n", " ").encode("utf-8", "backslashreplace")
    sys.stdout.buffer.write(text + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    # Hundreds of thousands of small things are made, and nearly all of them stay: looking for circles among them takes
    # a tenth of a short scan, and so does taking them apart at the end.
    gc.set_threshold(1_000_000, 20, 50)
    code = main()
    sys.stderr.flush()
    os._exit(code)
