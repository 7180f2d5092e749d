"""How well and how fast screening works, on real lists and real names beside the project.

    python benchmarks/screening.py [--half dev|held|both] [--only pairs,clean,cultures,perturbed,wires,speed]

Prints one table per probe, of the half asked for with `--half`. Halves are split by a hash of the names, of the
clean people, of the pairs of common names, of the listed entities. The model was tuned on `dev`; `held` was run to
report. What is not clean about that: a first version was set with both halves of the labelled pairs in view, the
wires have no half, and the names of the culture probe are common ones, which the tables of common names know: its
`held` half is other pairs of the same names.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
import os
import random
import string
import time
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from caudal.register import Register
from caudal.screening import Screener
from caudal.tables import PARTIES

SEED = 20260819
GIVEN = {
    "Hispanic": "Jose Juan Luis Carlos Jorge Miguel Pedro Manuel Francisco Antonio Jesus Alejandro Rafael "
    "Fernando Ricardo Roberto Eduardo Javier Sergio Raul Maria Ana Rosa Carmen Guadalupe Martha "
    "Laura Patricia Veronica Silvia",
    "Anglo": "James John Robert Michael William David Richard Joseph Thomas Charles Christopher Daniel "
    "Matthew Anthony Mark Donald Steven Paul Andrew Joshua Mary Patricia Jennifer Linda Elizabeth "
    "Barbara Susan Jessica Sarah Karen",
    "Arabic": "Mohammed Ahmed Ali Hassan Hussein Omar Khaled Ibrahim Mahmoud Mustafa Yousef Abdullah Saleh "
    "Tariq Samir Karim Jamal Nasser Walid Bilal Fatima Aisha Maryam Zainab Layla Noor Amina Khadija "
    "Huda Salma",
    "Slavic": "Aleksandr Sergey Vladimir Andrey Dmitry Aleksey Igor Oleg Ivan Nikolay Mikhail Pavel Viktor "
    "Yury Maxim Roman Anton Denis Artem Kirill Elena Olga Tatiana Natalia Irina Svetlana Ekaterina "
    "Anna Maria Marina",
    "Chinese": "Wei Jun Ming Hua Yong Jie Tao Lei Qiang Peng Bin Hao Gang Feng Bo Xin Ping Hui Fang Li Na Jing "
    "Yan Min Ying Xia Juan Mei Ling Hong",
}
FAMILY = {
    "Hispanic": "Garcia Rodriguez Martinez Hernandez Lopez Gonzalez Perez Sanchez Ramirez Torres Flores Rivera "
    "Gomez Diaz Cruz Reyes Morales Ortiz Gutierrez Chavez Ramos Ruiz Alvarez Mendoza Vasquez "
    "Castillo Jimenez Moreno Romero Herrera",
    "Anglo": "Smith Johnson Williams Brown Jones Miller Davis Wilson Anderson Taylor Thomas Moore Jackson "
    "Martin Thompson White Harris Clark Lewis Robinson Walker Young Allen King Wright Scott Hill "
    "Green Adams Baker",
    "Arabic": "Hassan Hussein Ali Ahmed Ibrahim Khalil Mansour Saleh Abdallah Hamdan Nasser Said Salem Mahmoud "
    "Haddad Khoury Najjar Saad Issa Younes Farah Awad Hamad Rashid Qasim Suleiman Othman Jaber Shami "
    "Masri",
    "Slavic": "Ivanov Smirnov Kuznetsov Popov Vasiliev Petrov Sokolov Mikhailov Novikov Fedorov Morozov Volkov "
    "Alekseev Lebedev Semenov Egorov Pavlov Kozlov Stepanov Nikolaev Orlov Andreev Makarov Nikitin "
    "Zakharov Zaitsev Soloviev Borisov Yakovlev Romanov",
    "Chinese": "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang "
    "Xie Song Tang Han Cao Deng Feng Peng",
}


def in_half(key: str, half: str) -> bool:
    """Whether something belongs to the half of a probe that is asked for, by a hash of its text."""
    if half == "both":
        return True
    dev = hashlib.blake2b(f"{SEED}|{key}".encode(), digest_size=1).digest()[0] % 2 == 0
    return dev == (half == "dev")


def parties(names: Sequence[str], schema: str = "Person", births: Sequence[str | None] | None = None) -> pa.Table:
    n = len(names)
    return PARTIES.build(
        {
            "party_id": [f"q{i}" for i in range(n)],
            "schema": [schema] * n,
            "name": list(names),
            "aliases": [[]] * n,
            "birth_date": list(births) if births else [None] * n,
            "countries": [[]] * n,
            "identifiers": [[]] * n,
        }
    )


def people_only(register: Register, most: int | None = None) -> Any:
    """The individuals of a register (the first `most`), as something with `tables()`."""
    tables = register.tables()
    people = tables["entities"].filter(pc.equal(tables["entities"]["schema"], "Person")).slice(0, most)
    ids = people["entity_id"].combine_chunks()
    names = tables["names"].filter(pc.is_in(tables["names"]["entity_id"], value_set=ids))

    class People:
        versions = register.versions

        def tables(self) -> dict[str, pa.Table]:
            return {"entities": people, "names": names}

    return People()


def alerting(matches: pa.Table) -> set[str]:
    return set(matches.filter(matches["alert"])["party_id"].to_pylist())


def auc(scores: Sequence[float], labels: Sequence[bool]) -> float:
    """Area under the ROC curve, ties counted half."""
    order = sorted(range(len(scores)), key=scores.__getitem__)
    ranks = [0.0] * len(scores)
    i = 0
    while i < len(order):
        j = i
        while j + 1 < len(order) and scores[order[j + 1]] == scores[order[i]]:
            j += 1
        for k in range(i, j + 1):
            ranks[order[k]] = (i + j) / 2 + 1
        i = j + 1
    yes = [r for r, label in zip(ranks, labels, strict=True) if label]
    no = len(labels) - len(yes)
    return (sum(yes) - len(yes) * (len(yes) + 1) / 2) / (len(yes) * no)


def is_dev(row: dict[str, str]) -> bool:
    """The half of the labelled pairs that may be looked at: by a hash of both names, in either order."""
    key = "|".join(sorted((row["name1"], row["name2"])))
    return hashlib.blake2b(key.encode(), digest_size=1).digest()[0] % 2 == 0


def pairs(screener: Screener, data: Path, half: str, *, show: bool = False) -> None:
    with (data / "names/name_pairs_dev.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    rows = [row for row in rows if half == "both" or is_dev(row) == (half == "dev")]
    scored = []
    start = time.perf_counter()
    for row in rows:
        a = {"schema": row["schema"], "properties": {"name": [row["name1"]]}}
        b = {"schema": row["schema"], "properties": {"name": [row["name2"]]}}
        scored.append((row, row["is_match"] == "true", screener.compare(a, b)))
    took = time.perf_counter() - start
    print(f"\nlabelled pairs (threshold {screener.threshold})   n   F1   precision recall AUC   best F1 at bits")
    for name, part in (
        ("people", [s for s in scored if s[0]["schema"] == "Person"]),
        ("bodies", [s for s in scored if s[0]["schema"] != "Person"]),
        ("all", scored),
    ):
        labels = [label for _, label, _ in part]
        found = [e.alert for _, _, e in part]
        f1, precision, recall = f_score(found, labels)
        bits = [e.bits for _, _, e in part]
        best = max((f_score([b >= cut for b in bits], labels)[0], cut) for cut in sorted(set(bits)))
        print(
            f"  {name:36s} {len(part):4d} {f1:.3f} {precision:.3f}     {recall:.3f}  {auc(bits, labels):.3f} "
            f"{best[0]:.3f} at {best[1]:.1f}"
        )
    print(f"  {len(rows) / took:.0f} comparisons a second")
    if show:
        for row, label, e in sorted(scored, key=lambda s: -s[2].bits):
            if is_dev(row) and e.alert != label:
                print(f"  {'missed' if label else 'false '} {e.bits:6.1f} {row['name1']} | {row['name2']}", end=" ")
                print([(r.feature, round(r.bits, 1)) for r in e.reasons])


def f_score(found: Sequence[bool], labels: Sequence[bool]) -> tuple[float, float, float]:
    hit = sum(f and y for f, y in zip(found, labels, strict=True))
    precision = hit / max(sum(found), 1)
    recall = hit / max(sum(labels), 1)
    return (2 * precision * recall / max(precision + recall, 1e-9), precision, recall)


def clean(screener: Screener, data: Path, half: str) -> None:
    print("\nclean, unlisted people against the listed individuals        alerts per 1,000   kept pairs per 1,000")
    for file in ("clean_people_us.csv", "clean_people_global.csv"):
        with (data / "names" / file).open(encoding="utf-8") as handle:
            rows = [row for row in csv.DictReader(handle) if in_half(row["full_name"], half)]
        names = [row["full_name"] for row in rows]
        for what, births in (("names only", None), ("with birth dates", [row["date_of_birth"] for row in rows])):
            matches = screener.match(parties(names, births=births))
            rate = 1000 * len(alerting(matches)) / len(names)
            kept = 1000 * matches.num_rows / len(names)
            print(f"  {file:28s} {what:20s} {len(names):6d} people {rate:8.2f} {kept:12.1f}")


def cultures(screener: Screener, half: str) -> None:
    print(
        "\n900 made-up common two-word names against the listed individuals   alerts per 1,000 (one file)  (each alone)"
    )
    for culture, given_names in GIVEN.items():
        names = [f"{given} {family}" for given in given_names.split() for family in FAMILY[culture].split()]
        names = [name for name in names if in_half(name, half)]
        random.Random(SEED).shuffle(names)  # noqa: S311
        together = 1000 * len(alerting(screener.match(parties(names)))) / len(names)
        sample = names[:200]
        alone = sum(bool(alerting(screener.match(parties([name])))) for name in sample)
        print(f"  {culture:12s} {len(names)} {together:30.1f} {1000 * alone / len(sample):20.1f}")


def perturbations(rng: random.Random) -> dict[str, Callable[[list[str]], list[str] | None]]:
    letters = string.ascii_lowercase

    def typo(words: list[str], count: int) -> list[str] | None:
        out = list(words)
        for _ in range(count):
            longest = [i for i, w in enumerate(out) if len(w) >= 4]
            if not longest:
                return None
            i = rng.choice(longest)
            w = out[i]
            at = rng.randrange(1, len(w) - 1)
            kind = rng.choice(("drop", "add", "swap", "replace"))
            if kind == "drop":
                w = w[:at] + w[at + 1 :]
            elif kind == "add":
                w = w[:at] + rng.choice(letters) + w[at:]
            elif kind == "swap":
                w = w[:at] + w[at + 1] + w[at] + w[at + 2 :]
            else:
                w = w[:at] + rng.choice(letters) + w[at + 1 :]
            out[i] = w
        return out

    def dropped(words: list[str]) -> list[str] | None:
        if len(words) < 3:
            return None
        at = rng.randrange(len(words))
        return words[:at] + words[at + 1 :]

    def shuffled(words: list[str]) -> list[str] | None:
        if len(words) < 2:
            return None
        return words[1:] + words[:1]

    def joined(words: list[str]) -> list[str] | None:
        if len(words) < 2:
            return None
        at = rng.randrange(len(words) - 1)
        return [*words[:at], words[at] + words[at + 1], *words[at + 2 :]]

    return {
        "exact": list,
        "one typo": lambda w: typo(w, 1),
        "two typos": lambda w: typo(w, 2),
        "order": shuffled,
        "dropped token": dropped,
        "added token": lambda w: [*w, rng.choice(("Junior", "Martin", "Viktor", "Ahmad", "Lee"))],
        "joined tokens": joined,
    }


def perturbed(screener: Screener, register: Register, half: str) -> None:
    """Listed people with at least two words in their name, written otherwise; the right entity must be an alert."""
    rng = random.Random(f"{SEED}{half}")  # noqa: S311
    entities = register.tables()["entities"].select(["entity_id", "schema", "caption"]).to_pylist()
    for what, schemas in (("people", {"Person"}), ("bodies", {"Company", "Organization", "LegalEntity"})):
        pool = [
            e
            for e in entities
            if e["schema"] in schemas and len(e["caption"].split()) >= 2 and e["caption"].isascii()
            if in_half(e["entity_id"], half)
        ]
        sample = rng.sample(pool, min(1000, len(pool)))
        print(f"\nperturbed names of {len(sample)} listed {what}        n   alert on the right one   kept at all")
        total = [0, 0, 0]
        for name, change in perturbations(rng).items():
            made = [(e["entity_id"], out) for e in sample if (out := change(e["caption"].replace(",", "").split()))]
            matches = screener.match(
                parties([" ".join(w) for _, w in made], "Person" if what == "people" else "Company")
            )
            kept, hit = set(), set()
            for party, entity, alert in zip(
                matches["party_id"].to_pylist(),
                matches["entity_id"].to_pylist(),
                matches["alert"].to_pylist(),
                strict=True,
            ):
                if entity == made[int(party[1:])][0]:
                    kept.add(party)
                    if alert:
                        hit.add(party)
            total = [total[0] + len(made), total[1] + len(hit), total[2] + len(kept)]
            print(f"  {name:20s} {len(made):6d} {len(hit) / len(made):12.3f} {len(kept) / len(made):24.3f}")
        print(f"  {'all':20s} {total[0]:6d} {total[1] / total[0]:12.3f} {total[2] / total[0]:24.3f}")


def read_wires(data: Path) -> tuple[pa.Table, pa.Table, dict[str, str]]:
    with (data / "ledgers/azerbaijani_laundromat_wires.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    kinds: dict[str, str] = {}
    for row in rows:
        for side in ("payer", "beneficiary"):
            kinds.setdefault(row[f"{side}_name"], row[f"{side}_type"])
    people = PARTIES.build(
        [
            {
                "party_id": f"q{i}",
                "schema": "Person" if kind == "Person" else "Company",
                "name": name,
                "aliases": [],
                "countries": [],
                "identifiers": [],
            }
            for i, (name, kind) in enumerate(kinds.items())
        ]
    )
    transfers = pa.table(
        {
            "transfer_id": [row["row"] for row in rows],
            "purpose": [row["purpose"] or None for row in rows],
            "payer_account": [row["payer_account"] for row in rows],
            "payee_account": [row["beneficiary_account"] for row in rows],
        }
    )
    return people, transfers, {row["row"]: row["purpose"] for row in rows}


def wires(screener: Screener, data: Path) -> None:
    people, transfers, purposes = read_wires(data)
    matches = screener.match(people)
    alerts = sorted(matches.filter(matches["alert"]).to_pylist(), key=lambda m: -m["bits"])
    below = matches.num_rows - len(alerts)
    asked = sum('"feature": "ask"' in text for text in matches["evidence"].to_pylist())
    print(
        f"\nreal wires: {people.num_rows} party names, {len(alerts)} alerts, {below} kept below ({asked} to ask about)"
    )
    for m in alerts:
        evidence = json.loads(m["evidence"])
        print(f"  {m['bits']:5.1f} {evidence['query']} | {evidence['listed']} ({m['entity_id']}, {evidence['kind']})")
    found = screener.match_texts(transfers)
    by_name: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for m in found.to_pylist():
        evidence = json.loads(m["evidence"])
        by_name[(evidence["query"], evidence["listed"])].append(m)
    n_alerts = sum(found["alert"].to_pylist())
    print(f"payment texts: {len(set(purposes.values()))} distinct, {n_alerts} alerts")
    for (query, listed), group in by_name.items():
        word = "alert" if group[0]["alert"] else "below"
        text = purposes[group[0]["transfer_id"]][:70]
        print(f"  {word} {group[0]['bits']:5.1f} x{len(group):3d} {query} | {listed} | {text}")


def speed(register: Register, data: Path) -> None:
    people, transfers, _ = read_wires(data)
    print("\nspeed, one core, warm kernels (CPU seconds; wall in brackets)")
    clock = [(time.process_time(), time.perf_counter())]

    def lap(what: str) -> float:
        now = (time.process_time(), time.perf_counter())
        cpu, wall = now[0] - clock[0][0], now[1] - clock[0][1]
        clock[0] = now
        print(f"  {what:60s} {cpu:7.2f} ({wall:.2f})")
        return cpu

    clock[0] = (time.process_time(), time.perf_counter())
    screener = Screener(register)
    n_names = register.tables()["names"].num_rows
    lap(f"index of {len(register)} entities, {n_names} names")
    screener.match(people)
    lap(f"{people.num_rows} parties of the wires, first match (near tokens worked out)")
    screener.match(people)
    lap("the same again")
    screener.match_texts(transfers)
    lap(f"{transfers.num_rows} payment texts")
    rng = random.Random(SEED)  # noqa: S311
    pool = []
    for file in ("clean_people_us.csv", "clean_people_global.csv"):
        with (data / "names" / file).open(encoding="utf-8") as handle:
            pool += [(row["first_name"], row["last_name"]) for row in csv.DictReader(handle)]
    many = [f"{rng.choice(pool)[0]} {rng.choice(pool)[1]} {rng.choice(pool)[1]}" for _ in range(100_000)]
    table = parties(many)
    clock[0] = (time.process_time(), time.perf_counter())
    screener.match(table)
    print(f"  {len(many) / lap(f'{len(many)} parties against all lists'):,.0f} parties a second")
    small = Screener(people_only(register, 100))
    clock[0] = (time.process_time(), time.perf_counter())
    small.match(table)
    lap(f"{len(many)} parties against a list of 100 entities")


def main() -> None:
    here = Path(__file__).resolve().parents[2] / "shared"
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shared", type=Path, default=Path(os.environ.get("CAUDAL_SHARED", here)))
    parser.add_argument("--only", default="pairs,clean,cultures,perturbed,wires,speed")
    parser.add_argument("--half", choices=("dev", "held", "both"), default="both", help="which half of the probes")
    parser.add_argument("--show", action="store_true", help="list the errors on the dev half of the pairs")
    parser.add_argument("--threshold", type=float, default=None)
    options = parser.parse_args()
    only = set(options.only.split(","))
    data = options.shared / "data"
    ofac = Register.load([data / "lists/ofac"], builtin=False)
    both = Register.load([data / "lists/ofac", data / "lists/un"], builtin=False)
    everyone = Screener(both, options.threshold)
    everyone.match(parties(["Warm Up"]))
    if "pairs" in only:
        pairs(everyone, data, options.half, show=options.show)
    if only & {"clean", "cultures"}:
        individuals = Screener(people_only(ofac), options.threshold)
        if "clean" in only:
            clean(individuals, data, options.half)
        if "cultures" in only:
            cultures(individuals, options.half)
    if "perturbed" in only:
        perturbed(Screener(ofac, options.threshold), ofac, options.half)
    if "wires" in only:
        wires(everyone, data)
    if "speed" in only:
        speed(both, data)


if __name__ == "__main__":
    main()
