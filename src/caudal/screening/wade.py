"""Chinese names of people in the Wade-Giles spelling, read as pinyin: `Hsiao Tse-tung` is `Xiao Zedong`.

Passports and lists of the mainland use pinyin; older documents, Taiwan's and many newspapers' use Wade-Giles, which
shares hardly a letter with it. A name is taken for one only where every part of it is a syllable of Wade-Giles and
something in it is of no other spelling: an aspirate's apostrophe (`ch'iang`), or a syllable that pinyin does not have
(`hsiao`) beside a hyphen. The table follows H. A. Giles (1892) as library catalogues use it.
"""

from __future__ import annotations

import re
from functools import cache

_FINALS = {
    "b": "a ai an ang ao ei en eng i ian iao ie in ing o u",
    "p": "a ai an ang ao ei en eng i ian iao ie in ing o ou u",
    "m": "a ai an ang ao ei en eng i ian iao ie in ing iu o ou u",
    "f": "a an ang ei en eng o ou u",
    "d": "a ai an ang ao e ei en eng i ian iao ie ing iu ong ou u uan ui un uo",
    "t": "a ai an ang ao e eng i ian iao ie ing ong ou u uan ui un uo",
    "n": "a ai an ang ao e ei en eng i ian iang iao ie in ing iu ong ou u uan uo",
    "l": "a ai an ang ao e ei eng i ia ian iang iao ie in ing iu ong ou u uan un uo",
    "g": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "k": "a ai an ang ao e en eng ong ou u ua uai uan uang ui un uo",
    "h": "a ai an ang ao e ei en eng ong ou u ua uai uan uang ui un uo",
    "zh": "a ai an ang ao e ei en eng i ong ou u ua uai uang ui uo",
    "ch": "a ai an ang ao e en eng i ong ou u ua uai uan uang ui un uo",
    "j": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "q": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "x": "i ia ian iang iao ie in ing iong iu u uan ue un",
    "sh": "a ai an ang ao e ei en eng i ou u ua uai uan uang ui un uo",
    "r": "an ang ao e en eng i ong ou u uan ui un uo",
    "z": "a ai an ang ao e ei en eng i ong ou u uan ui un uo",
    "c": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "s": "a ai an ang ao e en eng i ong ou u uan ui un uo",
    "y": "a an ang ao e i in ing ong ou u uan ue un",
    "w": "a ai an ang ei en eng o u",
    "": "a ai an ang ao e ei en er ou",
}
"""The syllables of pinyin: finals by initial."""
_INITIALS = {
    **{"b": "p", "p": "p'", "d": "t", "t": "t'", "g": "k", "k": "k'", "zh": "ch", "ch": "ch'", "j": "ch", "q": "ch'"},
    **{"x": "hs", "r": "j", "z": "ts", "c": "ts'"},
}
_ENDINGS = {"ie": "ieh", "ian": "ien", "ong": "ung", "iong": "iung", "ue": "ueh"}
_WHOLE = {
    **{"yi": "i", "ye": "yeh", "yan": "yen", "you": "yu", "yue": "yueh", "yong": "yung", "er": "erh"},
    **{"zhi": "chih", "chi": "ch'ih", "shi": "shih", "ri": "jih", "zi": "tzu", "ci": "tz'u", "si": "ssu"},
    **{"gui": "kuei", "kui": "k'uei", "e": "o"},
}
_ROUND = frozenset(["ge", "ke", "he", "duo", "tuo", "nuo", "luo", "zuo", "cuo", "suo", "zhuo", "chuo", "ruo"])
_OTHERS = {"szu": "si", "sze": "si", "tze": "zi", "ke": "ge", "k'e": "ke"}
_APOSTROPHE = re.compile("[\u2018\u2019\u02bb\u02bc\u00b4`]")
_LIKELY = re.compile(
    r"[a-z]['\u2018\u2019\u02bb\u02bc\u00b4`]?-[a-z]|\bhs(?:i(?:a|ang|ao|eh|en|n|ng|u|ung)?|u(?:an|eh|n)?)\b", re.I
)
_WORD = re.compile(r"[^\W\d_']+(?:'[^\W\d_']+)*(?:-[^\W\d_']+(?:'[^\W\d_']+)*)*")
MOST_PARTS = 4
"""Syllables of a Chinese name, at most."""


@cache
def syllables() -> tuple[dict[str, str], frozenset[str]]:
    """Syllables of Wade-Giles in pinyin, and the syllables of pinyin."""
    wade: dict[str, str] = {}
    pinyin: set[str] = set()
    for initial, finals in _FINALS.items():
        for final in finals.split():
            plain = initial + final
            pinyin.add(plain)
            ending = _ENDINGS.get(final, final)
            if initial + final in _ROUND:
                ending = "o"
            wade.setdefault(_WHOLE.get(plain, _INITIALS.get(initial, initial) + ending), plain)
    return wade | _OTHERS, frozenset(pinyin)


def may_be(text: str) -> bool:
    """Whether a name, or a word of one, may be Wade-Giles: cheap, and true of few."""
    return _LIKELY.search(text) is not None


def pinyin(text: str) -> str:
    """A person's name with its Wade-Giles syllables in pinyin, the hyphenated ones as one word; others as they are."""
    if not may_be(text):
        return text
    plain = _APOSTROPHE.sub("'", text.casefold())
    words = _WORD.findall(plain)
    parts = [word.split("-") for word in words]
    flat = [part for word in parts for part in word]
    wade, known = syllables()
    if not 2 <= len(flat) <= MOST_PARTS or len(words) < 2 or re.sub(r"[\s,\-]", "", plain) != "".join(flat):
        return text
    if not all(part in wade for part in flat):
        return text
    marked = any("'" in part for part in flat)
    if not marked and all(part in known for part in flat):
        return text  # may be Korean, or pinyin written with a hyphen

    def read(part: str) -> str:
        # Without its apostrophe `ping` may stand for either sound; both are near each other.
        return part if not marked and part[0] in "ptk" and part in known else wade[part]

    found = iter("".join(read(part) for part in word) for word in parts)
    return _WORD.sub(lambda _: next(found), plain)
