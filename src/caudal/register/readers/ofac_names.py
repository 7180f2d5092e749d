"""The names of OFAC's advanced XML, put together from their parts."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from caudal.register.entry import Draft, NameKind
from caudal.register.naming import script_of
from caudal.register.readers.ofac_entry import SIGNS, alias_kind
from caudal.register.readers.ofac_references import References
from caudal.register.readers.xml import Element, Space, tidy

_UNSPACED = frozenset({"Hani", "Jpan"})


class Alias(NamedTuple):
    """One documented name: its text, kind, and script."""

    text: str
    kind: NameKind
    script: str | None


@dataclass(slots=True)
class Names:
    """The names of a party; `parts` are those of the primary name, by the file's word for each."""

    primary: str = ""
    parts: dict[str, str] = field(default_factory=dict)
    others: list[Alias] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    """Words for a kind of alias that are not known."""

    def add_to(self, draft: Draft) -> None:
        """Put all but the primary name on the entity, and the primary name's parts where they are finer than two."""
        for alias in self.others:
            if alias.text != self.primary:
                draft.name(alias.text, alias.kind, alias.script)
        if draft.schema != "Person":
            return
        finer = {
            "middleName": self.parts.get("Middle Name"),
            "fatherName": self.parts.get("Patronymic"),
            "motherName": self.parts.get("Matronymic"),
        }
        if any(finer.values()) and self.parts.get("First Name"):
            draft.properties["firstName"] = {self.parts["First Name"]: None}
        for prop, value in finer.items():
            draft.add(prop, value)


def read_names(profile: Element, references: References, space: Space) -> Names:
    """All names of a profile.

    The primary name is the Latin one of the primary alias, or its first where none is Latin. Its other forms are in the
    original script. Low quality makes a weak alias, and so does an identity that OFAC calls false; a former name stays
    one, as in the CSV files.
    """
    names = Names()
    for identity in space.all(profile, "Identity"):
        types = {
            group.get("ID", ""): references("NamePartType", group.get("NamePartTypeID"))
            for group in space.all(identity, "NamePartGroups/MasterNamePartGroup/NamePartGroup")
        }
        false = _is(identity, "False")
        for alias in space.all(identity, "Alias"):
            _alias(alias, types, names, references, space, false=false)
    if not names.primary and names.others:
        names.primary = names.others.pop(0).text
    return names


def _alias(
    alias: Element, types: dict[str, str], names: Names, references: References, space: Space, *, false: bool
) -> None:
    word = references("AliasType", alias.get("AliasTypeID"))
    weak = _is(alias, "LowQuality") or false
    named = word.casefold() in {"", "name"}
    known = None if named else alias_kind(word, weak=weak)
    if not named and known is None:
        names.unknown.append(word)
    kind: NameKind = known or ("weak" if weak else "alias")
    for documented in space.all(alias, "DocumentedName"):
        text, parts, latin = _documented(documented, types, references, space)
        if not SIGNS.search(text):
            continue
        if _is(alias, "Primary") and not false and not names.primary and latin:
            names.primary, names.parts = text, parts
        else:
            shown: NameKind = "original script" if kind == "alias" and not latin else kind
            names.others.append(Alias(text, shown, script_of(text)))


def _documented(
    element: Element, types: dict[str, str], references: References, space: Space
) -> tuple[str, dict[str, str], bool]:
    """Text, parts by type and whether it is Latin."""
    parts: dict[str, str] = {}
    script = ""
    for value in space.all(element, "DocumentedNamePart/NamePartValue"):
        text = tidy(value.text)
        if text:
            kind = types.get(value.get("NamePartGroupID", ""), "")
            parts[kind] = f"{parts[kind]} {text}" if kind in parts else text
            script = script or references("Script", value.get("ScriptID"))
    text = joined(parts)
    code = script_of(text)
    latin = code == "Latn" or (code is None and script.casefold() in {"", "latin"})
    if latin:
        return text, parts, True
    family, given = _sides(parts)
    if family and given:
        text = f"{family}{given}" if script_of(text) in _UNSPACED else f"{given} {family}"
    return text, parts, False


def joined(parts: dict[str, str]) -> str:
    """Parts as OFAC's CSV files write them, `LAST, First Middle`; a name of one kind of part as it is."""
    family, given = _sides(parts)
    return ", ".join(p for p in (family, given) if p)


def _sides(parts: dict[str, str]) -> tuple[str, str]:
    """Family side and given side. A patronymic beside a matronymic is the first of two family names."""
    family = ["Last Name", "Maiden Name"]
    given = ["First Name", "Middle Name", "Patronymic", "Nickname"]
    if "Matronymic" in parts:
        given.remove("Patronymic")
        family += ["Patronymic", "Matronymic"]
    rest = [text for kind, text in parts.items() if kind not in {*family, *given}]
    family_side = [*(parts[k] for k in family if k in parts), *rest]
    return " ".join(family_side), " ".join(parts[k] for k in given if k in parts)


def _is(element: Element, attribute: str) -> bool:
    return element.get(attribute, "").casefold() == "true"
