"""What OFAC calls each kind of number in its remarks, and the FollowTheMoney property it goes to."""

from __future__ import annotations

import re

_ID = "idNumber"
_TAX = "taxNumber"
_REG = "registrationNumber"

LABELS: dict[str, str] = {
    "Passport": "passportNumber",
    "Diplomatic Passport": "passportNumber",
    "Stateless Person Passport": "passportNumber",
    "National ID No.": _ID,
    "National ID Card": _ID,
    "Cedula No.": _ID,
    "Cedula de Residencia": _ID,
    "Identification Number": _ID,
    "C.U.R.P. #": _ID,
    "C.U.R.P.": _ID,
    "I.F.E. #": _ID,
    "I.F.E.": _ID,
    "D.N.I.": _ID,
    "N.I.E.": _ID,
    "NIE": _ID,
    "Citizen's Card Number": _ID,
    "Personal ID Card": _ID,
    "Stateless Person ID Card": _ID,
    "Refugee ID Card": _ID,
    "Tazkira National ID Card": _ID,
    "Birth Certificate Number": _ID,
    "Driver's License No.": _ID,
    "Electoral Registry No.": _ID,
    "Turkish Identification Number": _ID,
    "Kenyan ID No.": _ID,
    "Moroccan Personal ID No.": _ID,
    "Bosnian Personal ID No.": _ID,
    "UAE Identification": _ID,
    "National Foreign ID Number": _ID,
    "Residency Number": _ID,
    "Travel Document Number": _ID,
    "LE Number": _ID,
    "Military Registration Number": _ID,
    "Permit Number": _ID,
    "Seafarer's Identification Document": _ID,
    "Pilot License Number": _ID,
    "File Number": _ID,
    "Immigration No.": _ID,
    "Credencial electoral": _ID,
    "Cartilla de Servicio Militar Nacional": _ID,
    "Numero de Identidad": _ID,
    "C.U.I.P.": _ID,
    "VisaNumberID": _ID,
    "SRE Permit No.": _ID,
    "SSN": "socialSecurityNumber",
    "Tax ID No.": _TAX,
    "R.F.C. #": _TAX,
    "R.F.C.": _TAX,
    "NIT #": _TAX,
    "RUC #": _TAX,
    "RIF #": _TAX,
    "RTN": _TAX,
    "C.U.I.T.": _TAX,
    "C.U.I.": _TAX,
    "Fiscal Code": _TAX,
    "Italian Fiscal Code": _TAX,
    "Paraguayan tax identification number": _TAX,
    "RFC": _TAX,
    "US FEIN": _TAX,
    "C.I.F.": _TAX,
    "Numero Unico de Identificacao Tributaria (NUIT)": _TAX,
    "V.A.T. Number": "vatCode",
    "Registration Number": _REG,
    "Registration ID": _REG,
    "Company Number": _REG,
    "UK Company Number": _REG,
    "Business Registration Number": _REG,
    "Business Registration Document #": _REG,
    "Business Number": _REG,
    "Folio Mercantil No.": _REG,
    "Matricula Mercantil No": _REG,
    "Commercial Registry Number": _REG,
    "C.R. No.": _REG,
    "Trade License No.": _REG,
    "Tourism License No.": _REG,
    "License": _REG,
    "Chamber of Commerce Number": _REG,
    "Istanbul Chamber of Comm. No.": _REG,
    "Dubai Chamber of Commerce Membership No.": _REG,
    "Central Registration System Number": _REG,
    "Economic Register Number (CBLS)": _REG,
    "Enterprise Number": _REG,
    "Branch Unit Number": _REG,
    "Public Registration Number": _REG,
    "Certificate of Incorporation Number": _REG,
    "Registration Certificate Number (Dubai)": _REG,
    "Registered Charity No.": _REG,
    "MSB Registration Number": _REG,
    "Romanian C.R.": _REG,
    "Afghan Money Service Provider License Number": _REG,
    "Organization Code": _REG,
    "Government Gazette Number": _REG,
    "Unified Social Credit Code (USCC)": "uscCode",
    "United Social Credit Code Certificate (USCCC)": "uscCode",
    "Legal Entity Number": "leiCode",
    "D-U-N-S Number": "dunsCode",
    "SWIFT/BIC": "swiftBic",
    "BIK (RU)": "bikCode",
    "ISIN": "isinCode",
    "Vessel Registration Identification": "imoNumber",
    "MMSI": "mmsi",
    "Aircraft Tail Number": "tail",
    "Aircraft Manufacturer's Serial Number (MSN)": "serialNumber",
    "Aircraft Construction Number (also called L/N or S/N or F/N)": "serialNumber",
    "Aircraft Serial Identification": "serialNumber",
    "Aircraft Mode S Transponder Code": "icaoCode",
}

LETTERS_ALONE = frozenset({"Aircraft Tail Number", "SWIFT/BIC"})
"""Kinds that may have no digit; any other without one is words, not a number."""
PERSON_ONLY = frozenset({"passportNumber", "socialSecurityNumber"})
COMPANY_ONLY = frozenset({"bikCode", "isinCode"})
"""Properties that only a Company has; on others the number goes to `registrationNumber`."""
SCHEMATA: dict[str, frozenset[str]] = {
    "Vessel": frozenset({"imoNumber", "mmsi", "registrationNumber"}),
    "Airplane": frozenset({"registrationNumber", "serialNumber", "icaoCode"}),
}

NUMBER = re.compile(
    rf"(?:alt\. )?({'|'.join(re.escape(label) for label in sorted(LABELS, key=len, reverse=True))}):?\s+"
    r"(\S.{0,60}?)"  # the number, which may have a part in brackets
    r"(?:\s+\(([^()]*)\))?"  # the country
    r"(\s+(?:issued|expires|expired|issue date|expiry date)\b.*)?$"
)
"""A numbered document: its label, the number, the country, and days of issue and expiry."""


def property_for(label: str, schema: str, number: str) -> str | None:
    """The property a labelled number goes to on an entity of this schema, or None where it has none."""
    prop = LABELS[label]
    if prop == "tail":
        prop = _REG
    allowed = SCHEMATA.get(schema)
    if allowed is not None:
        return prop if prop in allowed else None
    if prop in {"mmsi", "serialNumber", "icaoCode"}:
        return None
    if prop in PERSON_ONLY and schema != "Person":
        return _ID
    if prop in COMPANY_ONLY and schema != "Company":
        return _REG
    if prop == "leiCode" and len(number) != 20:
        return _REG
    if prop == "imoNumber" and schema not in {"Company", "Organization"}:
        return _REG
    return prop
