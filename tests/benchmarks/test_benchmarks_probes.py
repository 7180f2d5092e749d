from __future__ import annotations

import pyarrow as pa
import pytest
from benchmarks.screening import common, peers, ranking, stopped, wires

from caudal.screening import Screener


class Register:
    versions = ()

    def __init__(self, names):
        self.names = names

    def tables(self):
        ids = [f"e{i}" for i in range(len(self.names))]
        blank = ["{}"] * len(ids)
        return {
            "entities": pa.table(
                {
                    "entity_id": ids, "schema": ["Person"] * len(ids), "caption": self.names, "properties": blank,
                    "dataset": ["made up"] * len(ids),
                }
            ),
            "names": pa.table({"entity_id": ids, "name": self.names, "kind": ["primary"] * len(ids)}),
        }  # fmt: skip


def test_a_party_comes_out_by_its_weightiest_match():
    screener = Screener(Register(["Orvelio Quintavares Mostrenco", "Tavish Brandolin"]))
    matches = screener.match(common.parties(["Orvelio Quintavares Mostrenco", "Nobody Likethis"]), below=8)
    assert common.outcomes(matches) == {"q0": "alert"}
    assert set(common.best_bits(matches)) == {"q0"}
    assert common.best_bits(matches)["q0"] >= screener.threshold_bits


def test_judgements_are_read_by_key_and_a_bad_line_is_named(tmp_path):
    key = wires.key_of("ORVEL TRADING", "ORVELL TRADING LLC")
    file = tmp_path / "judged.txt"
    file.write_text(f"# mine\n\n{key} different  sister firm\n", encoding="utf-8")
    assert wires.read_judged(file) == {key: "different"}
    assert wires.read_judged(None) == {}
    file.write_text(f"{key} maybe\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="line 1"):
        wires.read_judged(file)


def test_halves_are_apart_and_whole():
    keys = [f"key {i}" for i in range(2000)]
    dev = {key for key in keys if common.in_half(key, "dev")}
    held = {key for key in keys if common.in_half(key, "held")}
    assert not dev & held
    assert dev | held == set(keys)
    assert 900 < len(dev) < 1100


def test_a_ratio_to_nothing_is_a_ratio_to_half_a_person():
    assert stopped.ratio(10.0, 5.0, 450) == 2.0
    assert stopped.ratio(0.0, 0.0, 450) == 0.0
    assert stopped.ratio(10.0, 0.0, 500) == pytest.approx(10.0)


def test_ranking_looks_only_at_what_the_peer_scores_high():
    found = ranking._ranked("x", [1.0, 1.0, 0.8, 0.2], [9.0, 4.0, 5.0, 99.0], [True, False, True, False])
    assert found["at 1.0"] == {"pairs": 2, "matches": 1, "logic-v2": 0.5, "Caudal": 1.0}
    assert found["alerts"]["pairs"] == 3
    assert found["alerts"]["Caudal"] == 1.0
    assert found["alerts"]["logic-v2"] == pytest.approx(0.25)


def test_the_peers_are_pinned_and_name_no_index():
    lines = (peers.HERE / "peers.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert all("==" in line and "/" not in line for line in pins)
    names = {line.split("==")[0].lower() for line in pins}
    assert {"nomenklatura", "rapidfuzz", "pyicu-wheels"} <= names
    assert "pyicu" not in names
