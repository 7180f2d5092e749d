"""Other ways to write a Latin name: rewrite rules per writing system, and Cyrillic letters for it.

The rules are those of the romanisations in use: for Arabic and Persian the English, French and scholarly manners (DIN
31635, ALA-LC and newspaper spellings); for Cyrillic BGN/PCGN, ISO 9, ICAO Doc 9303, French and German manners; for
Chinese Pinyin, Wade-Giles and the usual Cantonese surnames; for Korean Revised Romanisation and McCune-Reischauer with
the usual surnames; for Spanish and Portuguese accents and spellings of one sound; else doubled letters and letters of
one sound. Which group is used is read off the letters of the name. They are written from general knowledge, and apart
from the matcher's own tables.
"""

from __future__ import annotations

import random
import re

Rule = tuple[str, tuple[str, ...]]

SPELLINGS = {
    "arabic": [
        "mohammed mohammad muhammad mohamed mohamad muhammed mohamud mahomed mouhammad mohammod",
        "ahmed ahmad ahmet akhmad", "hussein husayn hussain husain hossein houssein husein hosein hoseyn",
        "hassan hasan hassane", "yousef yusuf youssef yousuf yusef yousif yossef",
        "ibrahim ebrahim ibraheem brahim", "abdullah abdallah abdulla abdollah abdoullah",
        "mahmoud mahmud mahmood mehmood", "mustafa mostafa moustafa mustapha mostapha moustapha",
        "khaled khalid chaled haled", "said saeed sayed saeid saiid", "omar umar omer oumar",
        "osama usama oussama ossama", "othman uthman osman usman ousmane",
        "suleiman sulayman sulaiman soleiman slimane",
        "yahya yehya yahia yahiya", "isa issa eisa essa", "musa moussa mousa moosa", "jamal gamal djamal jamaal",
        "jafar jaafar djafar gafar", "karim kareem kerim", "rashid rasheed rachid", "salem salim saleem selim",
        "tariq tarek tareq tarik", "qasim kassem qassem kasim qasem", "khalil khaleel halil", "noor nur nour",
        "faisal faysal feisal faycal", "walid waleed oualid", "sharif shareef cherif sherif", "hamid hameed",
        "aziz azeez", "rahman rehman rahmane", "rahim raheem", "ismail ismael esmail ismaeel", "ishaq ishak eshaq",
        "yaqub yaqoub yakub yaacoub", "iqbal eqbal", "mehdi mahdi", "reza rida ridha", "zahra zehra",
        "hafez hafiz hafidh", "qadir kader qader kadir", "sheikh shaikh cheikh shaykh", "haji hajji hadji",
    ],
    "slavic": [
        "aleksandr alexander alexandr aleksander alexandre", "aleksey alexei alexey aleksei alexej",
        "sergey sergei serguei sergej", "dmitry dmitri dmitriy dmitrii dimitri", "yuri yury yuriy iurii jurij youri",
        "mikhail michail mihail mikhael", "nikolay nikolai nikolaj nicolai",
        "evgeny yevgeny evgeniy yevgeni evgenii jewgeni",
        "andrey andrei andrej", "vladimir wladimir", "viktor victor", "vasily vasiliy vasili vasilii wassili",
        "igor ihor", "oleg oleh", "yulia julia iuliia yuliya", "natalia natalya nataliya natalja",
        "ekaterina yekaterina katerina jekaterina", "maxim maksim", "ilya ilia iliya ilja", "konstantin constantin",
        "pyotr petr piotr pjotr", "anatoly anatoliy anatoli anatolii", "gennady gennadiy gennadi guennadi",
        "valery valeriy valeri valerii", "arkady arkadiy arkadi arkadii", "grigory grigoriy grigori grigorii",
    ],
    "chinese": [
        "wang wong", "chen chan ch'en tan", "li lee lei", "zhang chang cheung", "liu lau liou", "huang hwang wong",
        "zhao chao chiu", "wu woo ng", "zhou chou chow", "xu hsu hui tsui", "sun suen", "zhu chu", "lin lam", "he ho",
        "guo kuo kwok", "gao kao ko", "luo lo law", "zheng cheng", "xie hsieh tse", "cai tsai choi",
        "yang yeung young",
        "deng teng tang", "feng fung", "cao tsao", "peng pang", "zeng tseng tsang", "jiang chiang", "yu yue",
        "ye yeh yip",
    ],
    "korean": [
        "kim gim", "ri lee rhee yi li", "pak park bak", "choe choi", "jong jung jeong chung chong", "kang gang",
        "cho jo", "yun yoon", "chang jang", "im lim rim", "han hahn", "o oh", "so seo suh", "sin shin", "kwon gwon",
        "ryu yu yoo", "paek baek paik", "no noh roh", "sok seok suk", "chol cheol chul", "hyon hyun hyeon",
        "yong young",
        "song sung seong", "un eun", "myong myung myeong", "chun jun choon", "hui hee", "su soo",
    ],
    "iberian": [
        "jose josé", "maria maría", "jesus jesús", "garcia garcía", "martinez martínez", "gonzalez gonzález gonzales",
        "rodriguez rodríguez rodrigues", "hernandez hernández ernandez hernandes", "lopez lópez lopes",
        "perez pérez peres",
        "sanchez sánchez sanches", "ramirez ramírez", "gomez gómez gomes", "diaz díaz dias",
        "jimenez jiménez gimenez ximenez",
        "munoz muñoz munhoz", "nunez núñez nunes", "pena peña", "zuniga zúñiga", "angel ángel", "oscar óscar",
        "cesar césar", "hector héctor", "ines inés", "andres andrés", "nicolas nicolás", "victor víctor",
        "mejia mejía mexia",
        "velasquez velázquez velasques", "vasquez vázquez", "chavez chávez chaves", "guzman guzmán", "ibanez ibáñez",
        "castaneda castañeda", "leon león", "roman román", "javier xavier", "raul raúl", "ruben rubén",
        "sebastian sebastián", "joao joão", "jorge georje", "luis luiz", "yolanda iolanda", "felipe phelipe",
    ],
}  # fmt: skip
"""Names with spellings of their own, per group; words of one line are one name."""

RULES: dict[str, tuple[Rule, ...]] = {
    "arabic": (
        (r"sh", ("ch", "sch")), (r"ch", ("sh", "tch")), (r"kh", ("h", "k", "ch")), (r"gh", ("g",)),
        (r"q", ("k", "g")),
        (r"k(?=[aou])(?!h)", ("q",)), (r"ou", ("u", "oo")), (r"oo", ("u", "ou")),
        (r"u(?=[^aeiou])", ("ou", "oo", "o")),
        (r"ee", ("i", "ii")), (r"(?<=[^aeiou])i(?=[^aeiou]$)", ("ee", "e")), (r"y$", ("i",)), (r"i$", ("y", "ee")),
        (r"dh", ("d", "z")), (r"th", ("t", "s")), (r"aa", ("a",)), (r"ah$", ("a", "eh")), (r"a$", ("ah",)),
        (r"j", ("dj", "g")), (r"dj", ("j",)), (r"aw", ("au", "ao")), (r"w(?=[aei])", ("ou", "v")),
        (r"ai|ay", ("ei", "ey", "ai", "ay")), (r"ei|ey", ("ai", "ay")), (r"ed$", ("ad",)), (r"ad$", ("ed",)),
        (r"em$", ("im", "am")), (r"uddin$|eddine$", ("uddin", "eddine", "eddin", "oddin")),
        (r"ullah$|ollah$", ("ullah", "ollah", "oullah", "ulla")), (r"zadeh$", ("zada", "zadah")),
        (r"pour$", ("pur", "poor")),
        (r"ph", ("f",)), (r"([bdfklmnrst])\1", (r"\1",)), (r"(?<=[aeiou])([mslbd])(?=[aeiou])", (r"\1\1",)),
        (r"['`’]", ("",)),
    ),
    "slavic": (
        (r"yu", ("iu", "ju", "u")), (r"iu|ju", ("yu",)), (r"ya", ("ia", "ja")), (r"ia", ("iya", "ja")),
        (r"ey$|ei$", ("ei", "ey", "ej")), (r"iy$|ii$", ("y", "i", "ij", "ii")),
        (r"(?<=[^aeiou])y$", ("i", "iy", "yy")),
        (r"shch", ("sch", "sc", "chtch")), (r"zh", ("j", "z", "sh")), (r"kh", ("h", "ch", "x")),
        (r"ts", ("tz", "c", "z")), (r"(?<!s)ch(?!t)", ("tch", "tsch", "c")), (r"(?<!s)sh(?!ch)", ("sch", "s")),
        (r"ks", ("x",)), (r"x", ("ks",)), (r"ov$", ("off", "ow", "of")), (r"ev$", ("eff", "ew", "yev", "iev")),
        (r"^v|(?<=[aeio])v(?=[aeio])", ("w",)), (r"sk(y|iy|ii|i)$", ("ski", "skiy", "skii", "sky", "skij")),
        (r"ich$", ("itch", "ic", "icz")), (r"aya$", ("aia", "aja")), (r"^e", ("ye", "je")), (r"^ye", ("e", "je")),
        (r"yo", ("e", "io", "jo")), (r"dzh", ("j", "g", "dj")), (r"dz", ("z",)), (r"ph", ("f",)), (r"ck", ("k",)),
        (r"([bdfklmnprst])\1", (r"\1",)),
    ),
    "chinese": (
        (r"^zh", ("ch", "j")), (r"^q", ("ch", "ch'", "k")), (r"^x", ("hs", "sh", "s")), (r"^j", ("ch", "k")),
        (r"^z(?!h)", ("ts",)), (r"^c(?!h)", ("ts", "ts'")), (r"^r", ("j",)), (r"^g", ("k",)), (r"^d", ("t",)),
        (r"^b", ("p",)), (r"ong$", ("ung",)), (r"ian$", ("ien",)), (r"^(zh|ch|sh|r)i$", (r"\1ih",)), (r"uo$", ("o",)),
        (r"ui$", ("uei",)), (r"^yi$", ("i", "yee")), (r"ao$", ("au", "ow")), (r"^you$", ("yu", "yau")),
    ),
    "korean": (
        (r"^ch", ("j",)), (r"^j", ("ch",)), (r"^k", ("g",)), (r"^p", ("b",)), (r"^t", ("d",)),
        (r"yo", ("yeo", "you")),
        (r"(?<!y)o(?=n|ng|k|l|m)", ("eo", "u")), (r"ae", ("ai", "eh")), (r"u", ("oo", "woo")), (r"i$", ("ee",)),
    ),
    "iberian": (
        (r"z$", ("s",)), (r"z", ("s",)), (r"(?<=[aeiou])v|^v", ("b",)), (r"x", ("j",)), (r"g(?=[ei])", ("j",)),
        (r"ll", ("y",)), (r"y$", ("i",)), (r"^h(?=[aeiou])", ("",)), (r"c(?=[ei])", ("s", "z")), (r"k", ("c",)),
        (r"qu(?=[ei])", ("k",)), (r"([ns])\1", (r"\1",)), (r"e(?=z$)", ("é",)), (r"a(?=n$)", ("á",)),
        (r"o(?=n$)", ("ó",)), (r"i(?=n$)", ("í",)), (r"(?<=[aeiou])n(?=[eo]$|[eo]z$)", ("ñ",)),
    ),
    "general": (
        (r"ph", ("f",)), (r"f", ("ph",)), (r"ck", ("k",)), (r"ch", ("tch", "sh")), (r"sh", ("sch", "ch")),
        (r"([bcdfglmnprst])\1", (r"\1",)), (r"(?<=[aeiou])([lmnst])(?=[aeiou])", (r"\1\1",)), (r"w", ("v",)),
        (r"v", ("w",)),
        (r"y$", ("i", "ie")), (r"ie$", ("y",)), (r"i$", ("y",)), (r"ou", ("u", "oo")), (r"oo", ("u", "ou")),
        (r"ee", ("i",)), (r"ei", ("ai", "ey")), (r"tz", ("ts", "z")), (r"dz", ("z",)), (r"th", ("t",)),
        (r"c(?=[aou])", ("k",)),
        (r"k(?=[aou])", ("c",)), (r"kh", ("h", "k")), (r"q", ("k",)), (r"x", ("ks",)), (r"j", ("y",)),
        (r"(?<=[aeiou])h", ("",)),
    ),
}  # fmt: skip
"""Rewrites per group: (where, one of these instead)."""

_SYLLABLE = re.compile(
    r"^(?:(?:[bpmfdtnlgkhjqxrzcsyw]|zh|ch|sh)?(?:i?ao?u?n?g?|i?ong|u?[ae]n?g?|ua?n?g?|uai|u?o|ou|[ae]i|i|iu|in|ing|ie|"
    r"u?i|un|ue|er))+$"
)
_CHINESE = frozenset([
    "wang", "li", "zhang", "liu", "chen", "yang", "huang", "zhao", "wu", "zhou", "xu", "sun", "ma", "zhu", "hu",
    "guo", "he", "lin", "gao", "luo", "zheng", "liang", "xie", "song", "tang", "han", "cao", "deng", "feng", "peng",
    "pan", "du", "ye", "cui", "shi", "jiang", "shen", "xiong", "qin", "gong", "cai", "zeng", "yu", "yuan", "dong",
    "su", "lu", "wei", "jia", "ding", "fan", "fang", "ren", "yao", "liao", "zou", "bai", "meng", "qiu", "hou",
    "jin", "tian", "dai", "zhong", "fu", "zhuo", "xiao",
])  # fmt: skip
_CUES = {
    "arabic": re.compile(
        r"^(al|el|ul|bin|ibn|bint|abu|abou|umm|abd\w*)$|^(al|el|abd|ab[ou])-?\w|kh|gh|dh|q(?!u)|aa|ullah|[ou]ddin|"
        r"eddine|zadeh|pour$|"
        r"^(moham|muham|ahm|hus|hos|hass?an|mahm|must|most|khal|sal|yus|you[sn]|ibra|ebra|jam|kar|rash|tar|fa|na|ha|ra)"
    ),
    "slavic": re.compile(
        r"([oe]va?|sk(y|iy|ii|i|aya|aia)|[oe]vich|ovna|evna|enko|chuk|shvili|dze|yan)$|"
        r"^(aleks|serg|vladi|dmit|yur|mikha|niko|yevg|"
        r"evgen|andr[ei]|vikt|vasi|oleg|igor|ivan|pavel|yuli|natal|ekat)|zh|shch"
    ),
    "korean": re.compile(
        r"^(kim|ri|pak|choe|jong|kang|yun|ryu|paek|kwon|hyon|chol|myong|sok|yong|ung?|jin|chun|song|o)$"
    ),
    "iberian": re.compile(
        r"[aeiou]z$|ñ|^(jose|maria|juan|luis|carlos|jorge|miguel|pedro|jesus|javier|garcia|torres|flores|cruz|de|del|la)$|"
        r"(illo|uez|inez|ado|eiro|inho|aldo|ardo|ando|iago)$"
    ),
}  # fmt: skip


def group_of(words: list[str]) -> str:
    """Which group of rules fits the letters of a name: arabic, slavic, chinese, korean, iberian or general."""
    low = [word.lower().strip("'-.,") for word in words]
    count = {group: sum(bool(cue.search(word)) for word in low) for group, cue in _CUES.items()}
    if 2 <= len(low) <= 3 and count["korean"] >= 2:
        return "korean"
    if 2 <= len(low) <= 3 and _CHINESE & set(low) and all(len(word) <= 9 and _SYLLABLE.match(word) for word in low):
        return "chinese"
    best = max(("slavic", "iberian", "arabic"), key=lambda group: count[group])
    return best if count[best] else "general"


def _like(pattern: str, text: str) -> str:
    """Text in the case of the pattern."""
    if pattern.isupper() and len(pattern) > 1:
        return text.upper()
    return text[:1].upper() + text[1:] if pattern[:1].isupper() else text


def _sites(words: list[str], group: str) -> list[tuple[int, int, int, str]]:
    """Every rewrite that fits: (word, begin, end, instead)."""
    found: list[tuple[int, int, int, str]] = []
    known = [line.split() for line in SPELLINGS.get(group, ())]
    for at, word in enumerate(words):
        low = word.lower()
        for line in known:
            if low in line:
                found += [(at, 0, len(word), other) for other in line if other != low]
        if len(low) < 3 and group not in ("chinese", "korean"):
            continue
        for where, instead in RULES[group]:
            for hit in re.finditer(where, low):
                for other in instead:
                    text = hit.expand(other) if "\\" in other else other
                    if text != hit.group():
                        found.append((at, hit.start(), hit.end(), text))
    return found


def _particles(words: list[str], rng: random.Random) -> list[str]:
    """Arabic articles and compounds written otherwise: al-X, el X, Abd al-X, Abdul X, AbdulX, bin/ben/ibn."""
    out: list[str] = []
    skip = False
    for i, word in enumerate(words):
        if skip:
            skip = False
            continue
        low = word.lower()
        after = words[i + 1] if i + 1 < len(words) else ""
        if low in ("al", "el") and after:
            how = rng.randrange(3)
            other = "El" if low == "al" else "Al"
            out.extend([[f"{other}-{after}"], [f"{word}{after.lower()}"], [other, after]][how])
            skip = True
        elif (hit := re.match(r"(?i)(al|el)-(\w.*)", word)) is not None:
            how = rng.randrange(3)
            article, rest = hit.group(1), hit.group(2)
            other = "El" if article.lower() == "al" else "Al"
            out.extend([[f"{other}-{rest}"], [f"{article}{rest.lower()}"], [article, rest]][how])
        elif low in ("abd", "abdul", "abdel", "abdal") and after:
            rest = re.sub(r"(?i)^(al|el|ul)-", "", after)
            how = rng.randrange(4)
            out.extend([["Abdul", rest], ["Abdel", rest], ["Abdul" + rest.lower()], ["Abd", "al-" + rest]][how])
            skip = True
        elif low in ("bin", "ben", "ibn"):
            out.append(rng.choice([other for other in ("bin", "ben", "ibn") if other != low]))
        elif low in ("abu", "abou"):
            out.append("Abou" if low == "abu" else "Abu")
        else:
            out.append(word)
    return [_like(words[0], word) if words[0].isupper() else word for word in out]


def respelled(words: list[str], rng: random.Random) -> list[str] | None:
    """The name in another romanisation: one to three rewrites in different words or places; None where none fits."""
    group = group_of(words)
    changed = list(words)
    if group == "arabic" and rng.random() < 0.5:
        changed = _particles(changed, rng)
    touched: set[int] = set()
    for _ in range(rng.choice((1, 1, 2, 2, 3))):
        sites = _sites(changed, group) or _sites(changed, "general")
        sites = [site for site in sites if site[0] not in touched or len(changed[site[0]]) > 8]
        if not sites:
            break
        at, begin, end, text = rng.choice(sites)
        touched.add(at)
        word = changed[at]
        shape = word if word.isupper() else word[:1] if begin == 0 else ""
        new = word[:begin] + _like(shape, text) + word[end:]
        changed[at] = new if begin or text else _like(word, new)
    if [w.lower() for w in changed] == [w.lower() for w in words] or not all(changed):
        return None
    return changed


_CYRILLIC = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("tch", "ч"), ("ch", "ч"), ("sh", "ш"), ("yu", "ю"),
    ("ya", "я"), ("ye", "е"), ("yo", "ё"), ("ph", "ф"), ("th", "т"), ("ck", "к"), ("que", "ке"), ("qui", "ки"),
    ("dj", "дж"), ("oo", "у"), ("ou", "у"), ("ee", "и"), ("gh", "г"), ("dh", "д"), ("ce", "се"), ("ci", "си"),
    ("aa", "а"), ("iy$", "ий"), ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"),
    ("h", "х"), ("i", "и"), ("j", "дж"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"),
    ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"), ("z", "з"),
)  # fmt: skip
_OWN_CYRILLIC = {
    "slavic": (("ky$", "кий"), ("ey$", "ей"), ("x", "кс")),
    "south slavic": (("lj", "ль"), ("nj", "нь"), ("dj", "дж"), ("ic$", "ич"), ("c", "ц"), ("j", "й")),
    "iberian": (
        ("ch", "ч"), ("ll", "ль"), ("gue", "ге"), ("gui", "ги"), ("ge", "хе"), ("gi", "хи"), ("j", "х"),
        ("h", ""), ("z", "с"),
    ),
}  # fmt: skip
"""Letters that Russian papers write otherwise where the name is Slavic, Serbian or Croatian, Spanish or Portuguese."""


def _writing(words: list[str]) -> str:
    """Whose letters a name is written by: slavic, south slavic, iberian, or nobody's own."""
    low = [word.lower() for word in words]
    if any(re.search(r"[aeiou]n?[kv]?ic$|[ln]j|jevic|ovic$|evic$", word) for word in low):
        return "south slavic"
    group = group_of(words)
    return group if group in _OWN_CYRILLIC else ""


def _letter_y(low: str, at: int) -> str:
    """The letter y: й after a vowel, и at the end or beside one, ы between consonants."""
    before, after = low[at - 1] if at else "", low[at + 1] if at + 1 < len(low) else ""
    if before in tuple("aeiou"):
        return "й"
    return "й" if not before else "и" if not after or after in "aeiou" else "ы"


def cyrillic(words: list[str]) -> list[str] | None:
    """The name in Cyrillic letters, as Russian papers would print it; None where a letter is not plain Latin.

    Chinese and Korean names are written letter by letter too, not by the systems of Palladius and Kontsevich.
    """
    letters = (*_OWN_CYRILLIC.get(_writing(words), ()), *_CYRILLIC)
    out = []
    for word in words:
        low = word.lower().replace("'", "").replace("`", "")
        text, at = "", 0
        while at < len(low):
            if low[at] in "-.":
                text, at = text + low[at], at + 1
                continue
            for latin, letter in letters:
                whole = latin.rstrip("$")
                if low.startswith(whole, at) and (not latin.endswith("$") or at + len(whole) == len(low)):
                    text += {"e": "э", "yo": "йо"}.get(whole, letter) if at == 0 else letter
                    at += len(whole)
                    break
            else:
                if low[at] != "y":
                    return None
                text, at = text + _letter_y(low, at), at + 1
        if text:
            out.append("-".join(part[:1].upper() + part[1:] for part in text.split("-")))
    return out or None
