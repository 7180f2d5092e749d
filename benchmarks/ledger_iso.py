"""Reading ISO 20022 messages: payments a second and peak memory, for a generated pacs.008 file and for many small ones.

    python benchmarks/ledger_iso.py [--megabytes 100] [--accounts 20000] [--files 5000]

Each reading runs in a process of its own, so that its peak memory is its own. Payments name both sides with addresses,
a UETR, a remittance text, sometimes an intermediary and an ultimate debtor; one in a thousand has no amount.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import uuid
from collections.abc import Iterator
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.iso_messages import Paid, Person, pacs008, pacs008_parts

READ = """
import json, resource, sys, time
from datetime import date
from caudal.ledger import Ledger
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
wall, cpu = time.perf_counter(), time.process_time()
ledger = Ledger.open(sys.argv[1], as_of=date(2024, 6, 30))
print(json.dumps({
    "wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "payments": ledger.summary.rows,
    "rejected": ledger.summary.rejected, "parties": ledger.parties.num_rows, "roles": ledger.roles.num_rows,
    "peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "before_mib": before / 1024,
}))
"""


def made_up(accounts: int, seed: int = 1) -> Iterator[Paid]:
    """Payments without end."""
    draw = random.Random(seed)  # noqa: S311
    address = [f"Street {at}, Town {at % 90}" for at in range(5000)]
    while True:
        payer, payee = draw.randrange(accounts), draw.randrange(accounts)
        number = draw.getrandbits(128)
        yield Paid(
            f"E{number % 10**12}",
            amount="" if draw.random() < 0.001 else f"{draw.lognormvariate(5, 2) + 0.01:.2f}",
            day=date(2024, 1 + draw.randrange(5), 1 + draw.randrange(28)).isoformat(),
            debtor=Person(f"Holder Number {payer}", "US", address=(address[payer % 5000],)),
            creditor=Person(f"Holder Number {payee}", "MX", address=(address[payee % 5000],)),
            debtor_account=f"77{payer:010d}",
            creditor_account=f"77{payee:010d}",
            uetr=str(uuid.UUID(int=number, version=4)),
            texts=(f"INVOICE {number % 100000} PAYMENT FOR GOODS",),
            via=("MMMMDEFF",) if draw.random() < 0.3 else (),
            ultimate_debtor=Person(f"Ultimate {payer}", "US") if draw.random() < 0.1 else None,
        )


def read(path: Path) -> dict[str, float]:
    """What a process of its own says of reading `path`."""
    command = [sys.executable, "-c", READ, str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=100)
    arguments.add_argument("--accounts", type=int, default=20_000)
    arguments.add_argument("--files", type=int, default=5_000)
    arguments.add_argument("--repeat", type=int, default=3)
    asked = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        one = folder / "one.xml"
        source = made_up(asked.accounts)
        size = sum(len(part) for part in pacs008_parts((next(source) for _ in range(1000)), 1000)) / 1000
        count = int(asked.megabytes * 1e6 / size)
        with one.open("w", encoding="utf-8") as file:
            file.writelines(pacs008_parts((next(source) for _ in range(count)), count))
        many = folder / "many"
        many.mkdir()
        for at in range(asked.files):
            (many / f"{at:06d}.xml").write_text(pacs008([next(source)], message=f"M{at}"), encoding="utf-8")
        for path, what in ((one, f"{one.stat().st_size / 1e6:.0f} MB in one file"), (many, f"{asked.files} files")):
            runs = [read(path) for _ in range(asked.repeat)]
            best = min(runs, key=lambda run: run["cpu"])
            print(
                f"{what}: {best['payments']:,} payments, {best['payments'] / best['cpu']:,.0f} a CPU second "
                f"({best['cpu']:.1f} s CPU, {best['wall']:.1f} s wall), peak {best['peak_mib']:,.0f} MiB "
                f"({best['before_mib']:,.0f} before); {best['parties']:,} parties, {best['roles']:,} roles, "
                f"{best['rejected']} rejected"
            )


if __name__ == "__main__":
    main()
