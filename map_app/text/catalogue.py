"""Keeps the catalogues in step with the messages in the code, and finds what is wrong with them.

`python -m map_app.text.catalogue update` rewrites every catalogue: new messages are added empty, changed ones
are marked fuzzy, messages no longer in the code are dropped. `check` names every fault and exits 1 if there is
one. A new language starts as an empty file `locale/<language>.po`, and one `record/<language>.po` for the notes
of data/agreements.csv.

The result depends on the code and the record alone: no times, no line numbers, messages sorted.
"""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from string import Formatter
from typing import Any, Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.plurals import get_plural
from babel.messages.pofile import PoFileError, read_po, write_po

from map_app.text import CATALOGUES
from map_app.text.places import place_messages
from map_app.text.record_words import RECORD_CATALOGUES, record_messages

_ROOT: Final = Path(__file__).resolve().parents[2]
#: Folders whose code speaks to people.
_SOURCES: Final = ("map_app", "geo")
_RECORD: Final = "data/agreements.csv"
#: Functions that take messages, with the arguments that hold one message (singular, plural).
_KEYWORDS: Final = {"t": None, "mark": None, "n": (1, 2), "forms": (1, 2), "Said": None}
#: What agreements.py declares in tables and tells in faults: the arguments that hold texts, counted from nought.
_DECLARED: Final = {"Column": (2, 3), "_RowCheck": (2, 3)}
_TAG: Final = re.compile(r"</?[a-z][^>]*>", re.IGNORECASE)


def extract_messages(
    lines: BytesIO, keywords: dict[str, object], comment_tags: object, options: object
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """Yield the messages of one Python file; a Babel extraction method.

    Reads the syntax tree, since Babel's own method misses messages inside f-strings before Python 3.12. A
    message chosen by a condition (`t("a" if x else "b")`) yields each choice.
    """
    for call in ast.walk(ast.parse(lines.read())):
        if not isinstance(call, ast.Call):
            continue
        name = getattr(call.func, "attr", getattr(call.func, "id", None))
        if name in ("n", "forms") and len(call.args) >= 2:
            forms = tuple(form for argument in call.args[:2] for form in _literals(argument))
            if len(forms) == 2:
                yield call.lineno, name, forms, []
        elif name in keywords and call.args:
            for message in _literals(call.args[0]):
                yield call.lineno, str(name), message, []


def extract_schema(
    lines: BytesIO, keywords: dict[str, object], comment_tags: object, options: object
) -> Iterator[tuple[int, str, str | tuple[str, ...], list[str]]]:
    """Yield the messages of the file that declares the schema: those of its tables, told in faults, and the others."""
    for call in ast.walk(ast.parse(lines.read())):
        if not isinstance(call, ast.Call):
            continue
        places = _DECLARED.get(getattr(call.func, "id", ""), ())
        for argument in [call.args[place] for place in places if place < len(call.args)]:
            yield from ((call.lineno, "t", message, []) for message in _literals(argument))
    lines.seek(0)
    yield from extract_messages(lines, keywords, comment_tags, options)


#: Which files are read how. Babel takes a function here, though its types name only strings.
_METHODS: Final[Any] = [("agreements.py", extract_schema), ("**.py", extract_messages)]


def _literals(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return [*_literals(node.body), *_literals(node.orelse)]
    return [node.value] if isinstance(node, ast.Constant) and isinstance(node.value, str) else []


def messages_in_code(root: Path = _ROOT) -> Catalog:
    """Return a catalogue of every message in the code and of the names of places, with the files that use each.

    Args:
        root: Folder that holds the source folders.
    """
    template = Catalog()
    for source in _SOURCES:
        found = extract_from_dir(root / source, _METHODS, keywords=_KEYWORDS)
        for name, _, message, _, _ in found:
            if message not in ("", ("", "")):
                template.add(message, locations=[(f"{source}/{Path(name).as_posix()}", 0)])
    for place, context in place_messages():
        template.add(place, locations=[("map_app/text/places.py", 0)], context=context)
    return template


def messages_in_record(root: Path = _ROOT) -> Catalog:
    """Return a catalogue of the remarks of the record's notes that say one thing of one row.

    Args:
        root: Folder that holds data/.
    """
    template = Catalog()
    for message in record_messages(root / _RECORD):
        template.add(message, locations=[(_RECORD, 0)])
    return template


def read_catalogue(path: Path) -> Catalog:
    """Return a catalogue file.

    Raises:
        PoFileError: A line of it is not gettext's.
    """
    with path.open("rb") as lines:
        return read_po(lines, locale=None, abort_invalid=True)


def updated(path: Path, template: Catalog) -> bytes:
    """Return what a catalogue file should hold: its translations of the messages of the template.

    Raises:
        PoFileError: A line of the file is not gettext's.
    """
    catalogue = read_catalogue(path)
    locale = catalogue.locale or Locale.parse(path.stem)
    catalogue.update(template)
    for message in catalogue:
        message.locations = sorted(set(message.locations))
    body = BytesIO()
    write_po(body, catalogue, omit_header=True, sort_output=True, ignore_obsolete=True, include_previous=True,
             include_lineno=False, width=110)  # fmt: skip
    # Babel's header holds the time of writing, which would change the file each day.
    count, rule, *_ = get_plural(locale)
    header = (
        f"# {locale.english_name} messages of the map of 287(g) agreements. Words to use: docs/style.md.\n"
        'msgid ""\nmsgstr ""\n'
        f'"Language: {locale}\\n"\n"MIME-Version: 1.0\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        f'"Content-Transfer-Encoding: 8bit\\n"\n"Plural-Forms: nplurals={count}; plural={rule};\\n"\n\n'
    )
    return header.encode() + body.getvalue().lstrip(b"\n")


def faults(path: Path, template: Catalog) -> list[str]:
    """Return what is wrong with a catalogue, one line each; empty when every message is well translated."""
    try:
        catalogue = read_catalogue(path)
        expected = updated(path, template)
    except (PoFileError, UnknownLocaleError) as wrong:
        return [f"{path.name}: cannot be read: {wrong}"]
    found = [
        f"{path.name}: {_id(message)!r}: {fault}"
        for message in template
        if message.id
        for fault in _message_faults(message, catalogue.get(message.id, message.context), catalogue.num_plurals)
    ]
    if not found and expected != path.read_bytes():
        found.append(f"{path.name}: not in step with the code. Run: python -m map_app.text.catalogue update")
    return found


def _id(message: Message) -> str:
    name = message.id[0] if isinstance(message.id, (tuple, list)) else message.id
    return f"{name} ({message.context})" if message.context else name


def _message_faults(source: Message, entry: Message | None, forms: int) -> Iterator[str]:
    """Yield what is wrong with the translation of one message."""
    if entry is None:
        yield "not in the catalogue"
        return
    if entry.fuzzy:
        yield "marked fuzzy: check the translation and remove the mark"
    translations = list(entry.string) if isinstance(entry.string, (tuple, list)) else [entry.string]
    originals = list(source.id) if isinstance(source.id, (tuple, list)) else [source.id]
    done = [translation for translation in translations if translation]
    if len(done) != (forms if len(originals) > 1 else 1):
        yield "not translated"
        return
    for position, translation in enumerate(done):
        closest = originals[0] if position == 0 else originals[-1]
        wanted, given = _placeholders(closest), _placeholders(translation)
        # The form for one thing may leave its number out ("this agreement"); no other form may.
        spoken = position == 0 and len(originals) > 1 and given == [name for name in wanted or [] if name != "n"]
        if given != wanted and not spoken:
            yield f"placeholders of {translation!r} are {given}, expected {wanted}"
        if _tags(translation) != _tags(closest):
            yield f"tags of {translation!r} are {_tags(translation)}, expected {_tags(closest)}"
        for edge, name in ((0, "start"), (-1, "end")):
            if translation[edge].isspace() != closest[edge].isspace():
                yield f"space at the {name} of {translation!r} differs"


def _placeholders(message: str) -> list[str] | None:
    """Return the `{name}` parts of a message, sorted; None where its braces do not match."""
    try:
        return sorted(name for _, name, _, _ in Formatter().parse(message) if name is not None)
    except ValueError:
        return None


def _tags(message: str) -> dict[str, int]:
    return dict(Counter(_TAG.findall(message)))


def main(arguments: list[str]) -> int:
    """Run `update` or `check` over every catalogue; return the exit code."""
    if arguments not in (["update"], ["check"]):
        print("usage: python -m map_app.text.catalogue update|check", file=sys.stderr)
        return 2
    wrong = []
    for folder, template in ((CATALOGUES, messages_in_code()), (RECORD_CATALOGUES, messages_in_record())):
        for path in sorted(folder.glob("*.po")):
            if arguments == ["update"]:
                path.write_bytes(updated(path, template))
            wrong += [f"{folder.name}/{line}" for line in faults(path, template)]
    for line in wrong:
        print(line, file=sys.stderr)
    return int(bool(wrong) and arguments == ["check"])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
