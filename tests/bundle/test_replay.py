"""riskkit.bundle.replay"""

from dataclasses import replace

import pandas as pd
import pytest

from riskkit.applicants import as_applications, read_table, table_batches
from riskkit.bundle import DecideOrder, answer, decide_table, replay
from riskkit.errors import DataError


@pytest.fixture(scope="module")
def log(new_decider, everything, table_path, tmp_path_factory):
    order = DecideOrder(
        decider=new_decider(**everything),
        out=tmp_path_factory.mktemp("log") / "decisions.parquet",
    )
    decide_table(order, table_batches(table_path), on_decided=lambda _: None)
    return order.out


@pytest.fixture(scope="module")
def applications(schema, table_path):
    return as_applications(read_table(table_path), schema)


def first(log, **wanted):
    rows = pd.read_parquet(log)
    for name, value in wanted.items():
        rows = rows[rows[name] == value]
    return rows["application_id"].iloc[0]


def altered(log, tmp_path, **values):
    path = tmp_path / "altered.parquet"
    pd.read_parquet(log).assign(**values).to_parquet(path)
    return path


class TestReplay:
    @pytest.mark.parametrize("decision", ["approve", "review", "reject"])
    def test_gives_the_decision_as_it_was_taken(
        self, new_decider, everything, log, applications, decision
    ):
        chosen = first(log, decision=decision)

        logged = replay(new_decider(**everything), log, applications, chosen)

        assert logged.decision == decision

    def test_gives_every_decision_of_a_table(self, new_decider, everything, log, applications):
        by = new_decider(**everything)
        rows = pd.read_parquet(log).iloc[::40]

        logged = [replay(by, log, applications, chosen) for chosen in rows["application_id"]]

        assert [found.decision for found in logged] == rows["decision"].tolist()
        assert [found.explored for found in logged] == rows["explored"].tolist()

    def test_explains_what_was_carried_out(self, new_decider, everything, log, applications):
        by = new_decider(**everything)
        explored = first(log, explored=True)
        logged = replay(by, log, applications, explored)

        found = answer(by.bundle, applications, explored, logged=logged)

        assert found.approved
        assert found.explored
        assert found.reasons == ()
        assert found.margin < 0

    def test_stops_at_another_bundle(self, new_decider, everything, log, applications):
        other = replace(new_decider(**everything), bundle_hash="1" * 64)

        with pytest.raises(DataError, match="taken by the bundle 000000000000, but the policy"):
            replay(other, log, applications, first(log))

    def test_stops_at_other_inputs(self, new_decider, everything, log, schema, table_path):
        table = read_table(table_path)
        table["income"] += 1

        with pytest.raises(DataError, match="are not those that were decided on 2026-01-01 00:00"):
            replay(new_decider(**everything), log, as_applications(table, schema), first(log))

    @pytest.mark.parametrize(
        ("values", "said"),
        [
            ({"pd": 0.5}, r"^The PD of .* but 0\.5 was logged"),
            ({"verdict_score": "perhaps"}, "^The score gate says passed of .*, but perhaps was lo"),
            ({"decision": "reject"}, "^The policy decides approve on .*, but reject was logged"),
            ({"application_id": "A1"}, "must hold one decision on .*, but holds no"),
        ],
    )
    def test_stops_at_another_decision(
        self, new_decider, everything, log, applications, tmp_path, values, said
    ):
        chosen = first(log, decision="approve", explored=False)
        path = altered(log, tmp_path, **values)

        with pytest.raises(DataError, match=said):
            replay(new_decider(**everything), path, applications, chosen)

    def test_stops_at_an_approval_at_random_that_was_not_drawn(
        self, new_decider, everything, log, applications, tmp_path
    ):
        rows = pd.read_parquet(log)
        open_ = rows[(rows["propensity"] == 0.2) & (rows["decision"] == "reject")]
        path = altered(log, tmp_path, decision="approve", explored=True)

        with pytest.raises(
            DataError, match=r"^The policy decides reject .*, but approve was logged"
        ):
            replay(new_decider(**everything), path, applications, open_["application_id"].iloc[0])

    def test_says_what_is_no_log(self, new_decider, applications, table_path, tmp_path):
        with pytest.raises(DataError, match="is not a log of this policy's decisions"):
            replay(new_decider(), table_path, applications, "A1")
        with pytest.raises(DataError, match=r"none\.parquet does not exist"):
            replay(new_decider(), tmp_path / "none.parquet", applications, "A1")
