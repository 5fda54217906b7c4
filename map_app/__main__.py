"""The command line: `map-app` and `python -m map_app`."""

from __future__ import annotations

import argparse
import datetime as dt
import json
import os
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from map_app.errors import MapAppError, UnreadableFileError, UsageError
from map_app.export_command import add_export_command, require_known_day, usable_record
from map_app.publish.command import add_publish_command


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status (0 done, 1 data at fault, 2 call at fault)."""
    parser = _parser()
    args = parser.parse_args(argv)
    try:
        return int(args.run(args))
    except UsageError as wrong:
        print(f"map-app: {wrong}", file=sys.stderr)
        return 2
    except MapAppError as wrong:
        print(f"map-app: {wrong}", file=sys.stderr)
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="map-app", description="The 287(g) agreements map and its record.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="serve the map")
    run.add_argument("--port", type=_port, default=8501, help="port to listen on (8501)")
    run.add_argument("--address", default="127.0.0.1", help="address to listen on (this machine only)")
    run.set_defaults(run=_run)

    check = commands.add_parser("check", help="name every fault of an agreements file")
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(run=_check)

    ingest = commands.add_parser("ingest", help="rebuild the record from ICE's lists")
    ingest.add_argument("sheets", nargs="+", type=Path, metavar="SHEETS", help="workbooks, or folders of them")
    ingest.add_argument("--history", type=Path, help="folder of the record before ICE's lists (data/history)")
    ingest.add_argument("--out", type=Path, default=Path("data/agreements.csv"), metavar="FILE")
    ingest.add_argument("--report", type=Path, metavar="FILE.json")
    ingest.set_defaults(run=_ingest)
    fetch = commands.add_parser("fetch", help="download ICE's newest list (needs a network; the map never does)")
    fetch.add_argument("--into", type=Path, default=Path("sheets"), metavar="FOLDER", help="where to put it (sheets)")
    fetch.add_argument("--page", metavar="URL", help="the page that links it, should ICE have moved it")
    fetch.set_defaults(run=_fetch)

    lookup = commands.add_parser("lookup", help="whether a place participates: ZIP code, town, county or agency")
    lookup.add_argument("query", metavar='"85003 | Davidson, NC | Mecklenburg | Hialeah"')
    lookup.add_argument("--as-of", type=_day, metavar="DATE", help="on that day instead of the newest list")
    lookup.add_argument("--json", action="store_true", help="for scripts")
    lookup.set_defaults(run=_lookup)

    changes = commands.add_parser("changes", help="what was added, ended and replaced between two days")
    changes.add_argument("--from", dest="start", type=_day, required=True, metavar="DATE")
    changes.add_argument("--to", dest="end", type=_day, required=True, metavar="DATE")
    changes.add_argument("--json", action="store_true", help="for scripts")
    changes.set_defaults(run=_changes)

    add_export_command(commands)
    add_publish_command(commands)
    return parser


def _port(text: str) -> int:
    """Return a port number."""
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is no port: give a number from 1 to 65535")
    return port


def _require_free(address: str, port: int) -> None:
    """Say in one line why the server could not listen.

    Raises:
        UsageError: Something listens there already, or the address or port is not ours to use.
    """
    import errno
    import socket

    try:
        family, kind, _, _, where = socket.getaddrinfo(address, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just left is free
            probe.bind(where)
    except OSError as trouble:
        if trouble.errno == errno.EADDRINUSE:
            told = f"port {port} is in use: stop what listens there, or give another --port"
        else:
            told = f"cannot listen on {address}, port {port}: {trouble.strerror}"
        raise UsageError(told) from trouble


def _run(args: argparse.Namespace) -> int:
    entry = Path(__file__).resolve().parents[1] / "streamlit_app.py"
    if not entry.exists() or find_spec("streamlit") is None:
        raise MapAppError(f"{entry} is not there: run from a clone of the project, installed with `pip install -e .`")
    _require_free(args.address, args.port)
    os.chdir(entry.parent)  # Streamlit reads .streamlit/config.toml from here
    command = [sys.executable, "-m", "streamlit", "run", str(entry), "--server.port", str(args.port),
               "--server.address", args.address]  # fmt: skip
    print(f"The map is at http://localhost:{args.port} (Ctrl+C stops it)", flush=True)
    os.execv(sys.executable, command)


def _check(args: argparse.Namespace) -> int:
    from map_app.agreements import read_agreements

    try:
        record = read_agreements(args.file)
    except UnreadableFileError as unreadable:
        if len(unreadable.faults) == 1:
            raise
        for fault in unreadable.faults:
            print(f"{args.file}: {fault}", file=sys.stderr)
        return 1
    for fault in record.faults:
        print(f"{args.file}: {fault}", file=sys.stderr)
    rows = len(record.agreements) + record.set_aside
    if record.faults:
        print(
            f"{args.file}: {len(record.faults):,} fault{'s' * (len(record.faults) != 1)} in {rows:,} "
            f"row{'s' * (rows != 1)}, {record.set_aside:,} of them unusable",
            file=sys.stderr,
        )
        return 1
    if not rows:
        print(f"{args.file}: the file holds no agreement. Put the whole file in place.", file=sys.stderr)
        return 1
    print(f"{args.file}: {rows:,} agreements, no fault")
    return 0


def _require_ingest() -> None:
    """Refuse in one line what needs the packages of the extra `ingest` where they are not installed.

    Raises:
        MapAppError: One is missing.
    """
    for name in ("addfips", "openpyxl", "python_calamine", "rich", "zipcodes"):
        if find_spec(name) is None:
            how = 'python -m pip install -c constraints.txt -e ".[ingest]"'
            raise MapAppError(f"reading ICE's lists needs the package {name}: {how}")


def _ingest(args: argparse.Namespace) -> int:
    _require_ingest()
    from map_app.ingest.command import run_ingest

    return run_ingest(args.sheets, args.history, args.out, args.report)


def _fetch(args: argparse.Namespace) -> int:
    _require_ingest()
    from map_app.ingest.fetch import PAGE, run_fetch

    return run_fetch(args.into, args.page or PAGE)


def _lookup(args: argparse.Namespace) -> int:
    from map_app.lookup import lookup, lookup_text

    record = usable_record()
    as_of = require_known_day(args.as_of, record) if args.as_of else None
    if args.json:
        print(json.dumps(lookup(record, args.query, as_of), ensure_ascii=False, indent=2))
    else:
        print(lookup_text(record, args.query, as_of))
    return 0


def _changes(args: argparse.Namespace) -> int:
    from map_app.changes import KINDS, changes_between

    if args.start > args.end:
        raise UsageError(f"--from {args.start} is after --to {args.end}; give them the other way round")
    record = usable_record()
    end = require_known_day(args.end, record, "--to")
    start = min(args.start, end)
    told = changes_between(record.agreements, start, end)
    if args.json:
        print(json.dumps(told.as_dict(), ensure_ascii=False, indent=2))
        return 0
    kinds = (*KINDS, "corrected")
    print(f"Changes after {start}, up to {end}")
    print(f"{'state':<6}" + "".join(f"{kind:>12}" for kind in kinds))
    for state, counts in told.by_state().items():
        print(f"{state:<6}" + "".join(f"{counts[kind]:>12,}" for kind in kinds))
    print(f"{'all':<6}" + "".join(f"{len(getattr(told, kind)):>12,}" for kind in kinds))
    return 0


def _day(text: str) -> dt.date:
    """Return a day given as YYYY-MM-DD; refused otherwise."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError as wrong:
        raise argparse.ArgumentTypeError(f"{text!r} is not a day; write it as 2019-06-30") from wrong


if __name__ == "__main__":
    sys.exit(main())
