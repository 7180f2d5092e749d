"""Which FollowTheMoney properties (those that hold text) each schema of a listed entity has.

A value whose schema has no place for it is kept as a note, so that nothing a list says is lost.
Source: the FollowTheMoney model, https://followthemoney.tech/explorer/
"""

from __future__ import annotations

from caudal.register.entry import Draft

_THING = frozenset(
    """
    address alias country createdAt description keywords modifiedAt name notes previousName program programId
    publisher publisherUrl registrationNumber retrievedAt sourceUrl summary topics weakAlias wikidataId wikipediaUrl
    """.split()  # noqa: SIM905
)
_LEGAL = frozenset(
    """
    abbreviation bvdId classification dissolutionDate dunsCode email icijId idNumber incorporationDate innCode
    jurisdiction legalForm leiCode licenseNumber mainCountry npiCode ogrnCode okpoCode okvedCode opencorporatesUrl phone
    sector status swiftBic taxNumber taxStatus uniqueEntityId uscCode vatCode website
    """.split()  # noqa: SIM905
)
_PERSON = frozenset(
    """
    appearance birthCountry birthDate birthPlace citizenship deathDate education ethnicity eyeColor fatherName firstName
    gender hairColor height lastName middleName motherName nameSuffix nationality passportNumber political position
    profession religion secondName socialSecurityNumber spokenLanguage title weight
    """.split()  # noqa: SIM905
)
_ORGANIZATION = frozenset("cageCode giiNumber imoNumber permId".split())  # noqa: SIM905
_COMPANY = frozenset(
    """
    bikCode capital cikCode currency ipoCode irsCode isinCode jibCode kppCode mbsCode okopfCode ricCode ticker voenCode
    """.split()  # noqa: SIM905
)
_CRAFT = frozenset("buildDate deregistrationDate model registrationDate type".split())  # noqa: SIM905
_VESSEL = frozenset(
    """
    callSign crsNumber deadweightTonnage flag grossRegisteredTonnage imoNumber mmsi pastFlags pastTypes registrationPort
    tonnage
    """.split()  # noqa: SIM905
)
_AIRPLANE = frozenset("icaoCode manufacturer serialNumber".split())  # noqa: SIM905

PROPERTIES: dict[str, frozenset[str]] = {
    "Person": _THING | _LEGAL | _PERSON,
    "Company": _THING | _LEGAL | _ORGANIZATION | _COMPANY,
    "Organization": _THING | _LEGAL | _ORGANIZATION,
    "LegalEntity": _THING | _LEGAL,
    "Vessel": _THING | _CRAFT | _VESSEL,
    "Airplane": _THING | _CRAFT | _AIRPLANE,
}
"""Properties by schema."""
KNOWN = frozenset.union(*PROPERTIES.values())
"""Every property some schema has."""
DATES = frozenset(
    """
    birthDate buildDate createdAt deathDate deregistrationDate dissolutionDate incorporationDate modifiedAt
    registrationDate retrievedAt
    """.split()  # noqa: SIM905
)
COUNTRIES = frozenset("birthCountry citizenship country flag jurisdiction mainCountry nationality pastFlags".split())  # noqa: SIM905
NAMES: dict[str, str] = {"name": "primary", "alias": "alias", "weakAlias": "weak", "previousName": "former"}
"""Properties that hold names, and the kind of name in each."""


def put(draft: Draft, prop: str, value: str | None) -> None:
    """Add a value where the entity's schema has that property, else as a note that names it."""
    if not value:
        return
    if prop in PROPERTIES[draft.schema]:
        draft.add(prop, value)
    else:
        draft.add("notes", f"{prop}: {value}")
