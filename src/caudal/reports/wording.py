"""The report's words, kept apart from its code: one TOML file per language under `texts/`."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files
from typing import Any

from markupsafe import Markup

from caudal.errors import InputError
from caudal.reports.format import clean


class Wording:
    """The texts of one language.

    A text is a string with `{fields}`, or a pair `one`/`many` chosen by the field `n`. Values put into a text
    are escaped, so a hostile name stays a name.
    """

    def __init__(self, language: str = "en") -> None:
        source = files("caudal.reports") / "texts" / f"{language}.toml"
        if not source.is_file():
            raise InputError(f"there are no report texts in this language: {language}", field="language")
        self.language = language
        self._texts: dict[str, Any] = tomllib.loads(source.read_text(encoding="utf-8"))

    def every_key(self) -> set[str]:
        """Every key there is, such as `answer.exposed`."""
        return {
            f"{section}.{key}" for section, texts in self._texts.items() if isinstance(texts, dict) for key in texts
        }

    def has(self, key: str) -> bool:
        """Whether there is a text under this key."""
        section, _, name = key.partition(".")
        return name in self._texts.get(section, {})

    def raw(self, key: str, n: int | None = None) -> str:
        """The text without its fields filled in; the plain key fails loudly, as a missing text is a bug."""
        section, _, name = key.partition(".")
        text = self._texts[section][name]
        if isinstance(text, dict):
            text = text["one" if n == 1 else "many"]
        return str(text)

    def __call__(self, key: str, **fields: Any) -> Markup:
        """The text as safe HTML, every field escaped; the field `n` is written with thousands separators."""
        # The text is the package's own file; everything that comes from input goes through format(), which escapes.
        return Markup(self.raw(key, fields.get("n"))).format(**_readable(fields))  # noqa: S704

    def plain(self, key: str, **fields: Any) -> str:
        """The text as plain text, for charts and CSV; never put into HTML unescaped."""
        return self.raw(key, fields.get("n")).format(**_readable(fields))

    def of(self, section: str, word: str) -> str:
        """The text for a word of the data, such as a typology, where there is one; else the word itself."""
        key = f"{section}.{re.sub(r'[^a-z0-9]+', '_', word.lower())}"
        return self.raw(key) if self.has(key) else word


def _readable(fields: dict[str, Any]) -> dict[str, Any]:
    return {name: _shown(value) for name, value in fields.items()}


def _shown(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return clean(value) if isinstance(value, str) and not isinstance(value, Markup) else value
