"""The register: who is designated, by whom, under which authority, from when to when, on whose word; who owns whom.

    register = Register.load(["lists/ofac", "lists/un/consolidated.xml"])
    register.find("Tren de Aragua")[0].designations
    register.designated_on("ofac-18782", date(2012, 9, 20)).text

`law` says what each authority does, `ownership` applies OFAC's 50 Percent Rule.
"""

from caudal.register import law
from caudal.register.answer import Answer
from caudal.register.entry import Designation, Entity, Name
from caudal.register.groups import Group
from caudal.register.register import Register
from caudal.register.sources import ListSource, ListVersion

__all__ = [
    "Answer",
    "Designation",
    "Entity",
    "Group",
    "ListSource",
    "ListVersion",
    "Name",
    "Register",
    "law",
]
