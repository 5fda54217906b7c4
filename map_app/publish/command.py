"""`map-app publish`: the static edition, for any web host."""

from __future__ import annotations

import argparse
import sys
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from map_app.errors import MapAppError
from map_app.export_command import usable_record


def add_publish_command(commands: Any) -> None:
    """Add `publish` to the commands of the program (the result of `add_subparsers`)."""
    parser = commands.add_parser(
        "publish",
        help="write the map as a folder of plain files, for any web host",
        description="Write the search, every county's answer, the map, the table and the downloads, in every language, "
        "as plain files with relative links. The same record gives the same files.",
    )
    parser.add_argument("folder", type=Path, metavar="DIR", help="new, empty, or published before")
    parser.set_defaults(run=run_publish)


def run_publish(args: argparse.Namespace) -> int:
    """Write the edition; return the exit status.

    Raises:
        UsageError: Something else is in the folder.
        MapAppError: The record or the folder cannot be used, or a package is missing.
    """
    if find_spec("markdown_it") is None:
        raise MapAppError("publishing needs one more package: `pip install -c constraints.txt -e .[publish]`")
    from map_app.publish.site import publish

    begun = time.perf_counter()
    done = publish(usable_record(), args.folder, _tell if sys.stderr.isatty() else _keep_quiet)
    seconds = time.perf_counter() - begun
    print(f"{args.folder}: {done.files:,} files, {done.size / 1e6:.1f} MB, {seconds:.0f} s")
    return 0


def _tell(step: str) -> None:
    print(f"map-app: {step} …", file=sys.stderr, flush=True)


def _keep_quiet(step: str) -> None:
    pass
