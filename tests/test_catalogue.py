"""Catalogues: every message translated, in form, and used by the catalogue's own rules."""

from __future__ import annotations

import datetime as dt
from gettext import NullTranslations
from io import BytesIO
from pathlib import Path

import numpy as np
import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

import map_app.text
from map_app.text import CATALOGUES, LANGUAGES, Text, mark, text_in
from map_app.text.catalogue import extract_messages, faults, main, messages_in_code, updated

SHIPPED = sorted(CATALOGUES.glob("*.po"))


@pytest.fixture(scope="module")
def template() -> Catalog:
    return messages_in_code()


def small_template() -> Catalog:
    template = Catalog()
    template.add("Loading…")
    template.add("Signed <b>{day}</b>")
    template.add(("{n} county", "{n} counties"))
    return template


GOOD = """msgid ""
msgstr ""
"Language: es_US\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "Loading…"
msgstr "Cargando…"

msgid "Signed <b>{day}</b>"
msgstr "Firmado el <b>{day}</b>"

msgid "{n} county"
msgid_plural "{n} counties"
msgstr[0] "{n} condado"
msgstr[1] "{n} condados"
"""


def written(folder: Path, content: str) -> Path:
    """Return a catalogue file in the form the update gives it, so that only its content can be at fault."""
    path = folder / "es.po"
    path.write_text(content, encoding="utf-8")
    path.write_bytes(updated(path, small_template()))
    return path


# ---- the shipped catalogues


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_every_message_in_the_code_is_translated_with_its_placeholders_and_tags(path: Path, template: Catalog) -> None:
    assert len([message for message in template if message.id]) > 100
    assert faults(path, template) == []


def test_each_catalogue_is_a_language_offered_by_its_own_name() -> None:
    assert LANGUAGES["en"] == "English"
    assert LANGUAGES["es"] == "Español"
    assert set(LANGUAGES) == {"en", *(path.stem for path in SHIPPED)}


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "en"])
def test_page_asks_for_no_message_the_catalogue_lacks(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.testing.v1 import AppTest

    from map_app.visit import CHARTS, PARTS

    class Refuses(NullTranslations):
        def gettext(self, message: str) -> str:
            raise AssertionError(f"asked for a message no catalogue has: {message!r}")

        def ngettext(self, singular: str, plural: str, n: int) -> str:
            raise AssertionError(f"asked for a message no catalogue has: {singular!r}")

    with (CATALOGUES / f"{language}.po").open("rb") as lines:
        strict = Text(language, read_po(lines))
    strict._messages.add_fallback(Refuses())
    monkeypatch.setattr(map_app.text, "text_in", lambda wanted: strict)
    script = str(Path(map_app.text.__file__).parents[1] / "views" / "page.py")
    addresses = [{"view": view} for view in ("find", "explore", "about")]
    addresses += [{"view": "data", "part": part} for part in PARTS]
    addresses += [{"view": "data", "part": "charts", "chart": chart} for chart in CHARTS[1:]]
    for view in addresses:
        page = AppTest.from_file(script, default_timeout=60)
        for name, value in {"lang": language, "county": "04013", **view}.items():
            page.query_params[name] = value
        page.session_state["w_cite"] = page.session_state["w_numbers"] = page.session_state["w_marked"] = True
        page.run()
        assert not page.exception, view
    with pytest.raises(AssertionError, match="no catalogue has"):
        strict.t("No such message.")


# ---- how messages are found


def found(code: str) -> list[str | tuple[str, ...]]:
    keywords = {"t": None, "mark": None, "n": (1, 2)}
    return [message for _, _, message, _ in extract_messages(BytesIO(code.encode()), keywords, (), {})]


def test_message_inside_an_f_string_is_found() -> None:
    assert found("""shown = f'<h1>{text.t("Map")}</h1>'""") == ["Map"]


def test_message_chosen_by_a_condition_is_found_in_each_choice() -> None:
    assert found("""text.t("many" if n else "one")""") == ["many", "one"]


def test_plural_message_is_found_with_both_forms() -> None:
    assert found("""text.n("{n} row", "{n} rows", count)""") == [("{n} row", "{n} rows")]


def test_marked_message_is_found_and_unchanged() -> None:
    assert found("""TITLE = mark("Title")""") == ["Title"]
    assert mark("Title") == "Title"


def test_message_over_several_lines_is_found_whole() -> None:
    assert found('text.t(\n    "one "\n    "two"\n)') == ["one two"]


def test_message_known_only_at_run_time_is_left_to_its_mark() -> None:
    assert found("text.t(title)") == []


# ---- what is a fault


def test_good_catalogue_has_no_faults(tmp_path: Path) -> None:
    assert faults(written(tmp_path, GOOD), small_template()) == []


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ('"Cargando…"', '""', "not translated"),
        ('"{n} condados"', '""', "not translated"),
        ("Firmado el <b>{day}</b>", "Firmado el <b>{dia}</b>", "placeholders"),
        ("Firmado el <b>{day}</b>", "Firmado <b>ayer</b>", "placeholders"),
        ("Firmado el <b>{day}</b>", "Firmado el <b>{day</b>", "placeholders"),
        ('"{n} condados"', '"condados"', "placeholders"),
        ("Firmado el <b>{day}</b>", "Firmado el {day}", "tags"),
        ("Firmado el <b>{day}</b>", "Firmado el <b>{day}<b>", "tags"),
        ('"Cargando…"', '"Cargando… "', "space at the end"),
        ('msgid "Loading…"', '#, fuzzy\nmsgid "Loading…"', "fuzzy"),
    ],
)
def test_fault_in_a_translation_is_named(tmp_path: Path, right: str, wrong: str, told: str) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong, 1))
    assert [line for line in faults(path, small_template()) if told in line]


def test_form_for_one_thing_may_leave_its_number_out(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('"{n} condado"', '"este condado"'))
    assert faults(path, small_template()) == []


def test_new_message_in_the_code_is_a_fault_until_translated(tmp_path: Path) -> None:
    path, template = written(tmp_path, GOOD), small_template()
    template.add("New")
    assert [line for line in faults(path, template) if "'New': not in the catalogue" in line]
    path.write_bytes(updated(path, template))
    assert [line for line in faults(path, template) if "'New': not translated" in line]


def test_message_gone_from_the_code_is_a_fault_until_updated(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.write_text(path.read_text("utf-8") + '\nmsgid "Old"\nmsgstr "Viejo"\n', encoding="utf-8")
    assert [line for line in faults(path, small_template()) if "not in step" in line]
    path.write_bytes(updated(path, small_template()))
    assert "Viejo" not in path.read_text("utf-8")
    assert faults(path, small_template()) == []


def test_file_that_is_not_a_catalogue_is_named_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "es.po"
    path.write_text('msgid "Loading…"\nCargando\n', encoding="utf-8")
    (told,) = faults(path, small_template())
    assert told.startswith("es.po: cannot be read")


def test_update_changes_nothing_the_second_time_and_holds_no_time_or_line_number(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    once = path.read_bytes()
    assert updated(path, small_template()) == once
    assert b"Date" not in once
    for shipped in SHIPPED:
        places = [line for line in shipped.read_text("utf-8").splitlines() if line.startswith("#:")]
        assert places
        assert not [line for line in places if any(part.split(":")[-1].isdigit() for part in line.split()[1:])]


def test_new_language_starts_from_an_empty_file(tmp_path: Path) -> None:
    path = tmp_path / "pl.po"
    path.touch()
    content = updated(path, small_template()).decode()
    assert '"Language: pl\\n"' in content
    assert "nplurals=4" in content or "nplurals=3" in content


def test_command_names_every_use_it_has(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "update|check" in capsys.readouterr().err
    assert main(["check"]) == 0


# ---- how catalogues are used


def test_plural_form_follows_the_rule_of_the_catalogue() -> None:
    polish = Catalog(locale="pl")
    polish.add(("{n} county", "{n} counties"), ("{n} hrabstwo", "{n} hrabstwa", "{n} hrabstw", "{n} hrabstwa"))
    text = Text("pl", polish)
    told = [text.n("{n} county", "{n} counties", count) for count in (1, 3, 5, 22)]
    assert told == ["1 hrabstwo", "3 hrabstwa", "5 hrabstw", "22 hrabstwa"]


def test_fuzzy_translation_is_not_used() -> None:
    spanish = Catalog(locale="es")
    spanish.add("Loading…", "Quizás", flags=["fuzzy"])
    assert Text("es", spanish).t("Loading…") == "Loading…"


def test_message_without_translation_is_shown_in_english() -> None:
    assert text_in("es").t("No such {thing}.", thing="page") == "No such page."
    assert text_in("es").n("{n} xyz", "{n} xyzs", 1_000) == "1,000 xyzs"


def test_empty_message_stays_empty() -> None:
    assert text_in("es").t("") == ""


def test_unknown_language_gives_english() -> None:
    assert text_in("xx").language == "en"
    assert text_in("../en").language == "en"


def test_dates_and_numbers_stand_in_the_locale() -> None:
    day = dt.date(2026, 5, 11)
    assert text_in("en").day(day) == "11 May 2026"
    assert text_in("es").day(day) == "11 de mayo de 2026"
    assert text_in("es").number(1797) == "1,797"
    assert text_in("es").n("{n} county", "{n} counties", 1) == "1 condado"
    assert text_in("es").n("{n} county", "{n} counties", 0) == "0 condados"


def test_count_may_come_from_an_array() -> None:
    assert text_in("es").n("{n} county", "{n} counties", np.int64(2)) == "2 condados"


@pytest.mark.parametrize(
    ("parts", "told"),
    [
        ([], ""),
        (["Utah"], "Utah"),
        (["Utah", "Texas"], "Utah y Texas"),
        (["Utah", "Ohio", "Texas"], "Utah, Ohio y Texas"),
        (["Texas", "Indiana"], "Texas e Indiana"),
        (["Texas", "Hidalgo County"], "Texas e Hidalgo County"),
        (["Utah", "Iowa"], "Utah y Iowa"),
    ],
)
def test_spanish_list_is_joined_as_it_is_spoken(parts: list[str], told: str) -> None:
    assert text_in("es").listing(parts) == told


def test_english_list_is_joined_with_and() -> None:
    assert text_in("en").listing(["Ohio", "Iowa", "Indiana"]) == "Ohio, Iowa and Indiana"
