"""riskkit.bundle.deciding"""

import numpy as np
import pandas as pd
import pytest

from riskkit.applicants import as_history, read_table, table_batches
from riskkit.bundle import DecideOrder, decide_table
from riskkit.decisions import Exploration, SegmentCutoff
from riskkit.errors import DataError


@pytest.fixture
def decided(new_decider, table_path, tmp_path):
    """Return how many were decided how, the log, and who is invited again."""

    def run(*, batch_rows=1000, table=table_path, previous=None, **changes):
        order = DecideOrder(
            decider=new_decider(**changes),
            out=tmp_path / "decisions.parquet",
            previous=previous,
            overwrite=True,
        )
        batches = table_batches(table, batch_rows=batch_rows)
        total = decide_table(order, batches, on_decided=lambda _: None)
        return total, pd.read_parquet(order.out), pd.read_parquet(order.reinvite)

    return run


class TestDecideTable:
    def test_decides_alike_in_any_batches(self, decided, everything):
        total, log, _ = decided(batch_rows=500, **everything)
        whole, at_once, _ = decided(batch_rows=10**6, **everything)

        assert total == whole
        pd.testing.assert_frame_equal(log, at_once)
        assert total.n_explored
        assert total.n_unseen
        assert total.n_beyond_capacity
        assert total.decisions["review"]

    def test_counts_values_that_training_had_no_example_of(self, decided, table_path, tmp_path):
        table = read_table(table_path)
        table.loc[[5, 2500, 2501], "occupation"] = ["diver", "piper", "diver"]
        table.to_parquet(tmp_path / "t.parquet")

        changed, known = (
            {(each.feature, each.what): each for each in decided(table=path)[0].new_values}
            for path in (tmp_path / "t.parquet", table_path)
        )

        levels = changed.pop(("occupation", "levels"))
        assert str(levels) == (
            "'occupation' has levels that training had no example of in 3 of 10000 applications, "
            "for example 'diver', 'piper'; they score like rare levels."
        )
        assert {key: each.n_rows for key, each in changed.items()} == {
            key: each.n_rows for key, each in known.items()
        }
        assert all(each.n_applicants == 10_000 for each in changed.values())

    def test_hashes_inputs_alike_from_csv_and_parquet(self, decided, table_path, tmp_path):
        read_table(table_path).to_csv(tmp_path / "t.csv", index=False)

        _, log, _ = decided()
        _, again, _ = decided(table=tmp_path / "t.csv", batch_rows=777)

        assert log["input_hash"].tolist() == again["input_hash"].tolist()
        assert log["decision"].tolist() == again["decision"].tolist()

    def test_never_approves_an_unlisted_segment(self, decided, everything):
        _, log, _ = decided(**everything)

        assert set(log.loc[log["unseen_segment"], "decision"]) == {"review", "reject"}

    def test_keeps_to_the_capacity_of_each_day(self, decided, everything, table_path):
        _, log, _ = decided(**everything)

        time = read_table(table_path)["applied_at"]
        reviews = pd.to_datetime(time[log["decision"] == "review"], utc=True)
        assert reviews.dt.floor("D").value_counts().max() == 1

    def test_logs_propensities_that_a_history_takes(self, decided, schema, table_path):
        _, log, _ = decided(exploration=Exploration(share=0.2, up_to=0.9))
        table = read_table(table_path).assign(
            approved=(log["decision"] == "approve").astype(int),
            stopped_by=log["stopped_by"],
            propensity=log["propensity"],
            bad=np.where(log["decision"] == "approve", np.arange(len(log)) % 7 == 0, np.nan),
        )
        names = [f"verdict_{gate}" for gate in ("system", "profile", "credit_record", "policy")]
        table = table.drop(columns=names).join(log[names])
        no_window = schema.model_copy(update={"observed_at": None})

        history = as_history(table.assign(verdict_score=log["verdict_score"]), no_window)

        assert history.propensity is not None
        assert set(np.unique(history.propensity[history.reached])) == {0.0, 0.2, 1.0}

    def test_invites_those_whom_only_an_outage_stopped(self, decided):
        total, log, reinvite = decided()

        stopped = log[log["stopped_by"] == "system"].set_index("application_id")
        others = [n for n in log if n.startswith("verdict_") and n != "verdict_system"]
        passed = stopped[(stopped[others].fillna("passed") == "passed").all(axis=1)]
        assert set(reinvite["application_id"]) == set(passed.index)
        assert set(reinvite["why"]) == {"system_stop"}
        assert (reinvite["expected_value"] > 0).all()
        assert total.reinvite == {"system_stop": len(passed)}

    def test_invites_those_whom_only_the_previous_policy_blocked(self, decided, new_decider):
        strict = new_decider(pd_cutoff=0.005)

        _, log, reinvite = decided(previous=strict)

        blocked = reinvite[reinvite["why"] == "wrongly_blocked"]
        approved = log[(log["decision"] == "approve") & (log["pd"] > 0.005)]
        assert set(blocked["application_id"]) <= set(approved["application_id"])
        assert set(blocked["previous_stopped_by"]) == {"score"}
        assert len(blocked) > 50

    def test_values_an_invitation_by_the_economics_of_its_segment(self, decided, tuned):
        rich = tuned.bundle.policy.economics.model_copy(update={"margin": 0.9})
        same, other = (
            {"app": SegmentCutoff(pd_cutoff=0.2, economics=economics)} for economics in (None, rich)
        )

        _, _, plain = decided(by="channel", segments=same)
        _, _, richer = decided(by="channel", segments=other)

        assert (richer["expected_value"].to_numpy() > plain["expected_value"].to_numpy()).all()

    def test_leaves_nothing_behind_when_it_fails(self, decided, table_path, tmp_path):
        table = read_table(table_path).astype({"income": object})
        table.loc[1500, "income"] = "much"
        table.to_csv(tmp_path / "bad.csv", index=False)

        with pytest.raises(DataError, match=r"In the rows from 1000 on.*'income' must hold num"):
            decided(table=tmp_path / "bad.csv")
        assert [path.name for path in tmp_path.iterdir()] == ["bad.csv"]

    def test_leaves_nothing_behind_when_it_is_interrupted(self, new_decider, table_path, tmp_path):
        def interrupt(_):
            raise KeyboardInterrupt

        order = DecideOrder(decider=new_decider(), out=tmp_path / "decisions.parquet")
        with pytest.raises(KeyboardInterrupt):
            decide_table(order, table_batches(table_path, batch_rows=500), on_decided=interrupt)
        assert not list(tmp_path.iterdir())

    def test_shows_the_whole_log_before_it_is_in_its_place(self, new_decider, table_path, tmp_path):
        order = DecideOrder(decider=new_decider(), out=tmp_path / "decisions.parquet")
        seen = []

        def look(decided, draft):
            seen.append((decided.n, len(pd.read_parquet(draft)), order.out.exists()))

        words = {"on_decided": lambda _: None, "on_written": look}
        total = decide_table(order, table_batches(table_path), **words)

        assert seen == [(total.n, total.n, False)]
        assert order.out.exists()

    def test_wants_a_parquet(self, new_decider, table_path, tmp_path):
        order = DecideOrder(decider=new_decider(), out=tmp_path / "decisions.csv")

        with pytest.raises(DataError, match=r"^--out must name a \.parquet, but is .*csv\.$"):
            decide_table(order, table_batches(table_path), on_decided=lambda _: None)

    def test_writes_both_files_of_each_table_under_its_own_name(
        self, new_decider, table_path, tmp_path
    ):
        for name in ("monday", "tuesday", "reinvite"):
            order = DecideOrder(decider=new_decider(), out=tmp_path / f"{name}.parquet")
            decide_table(order, table_batches(table_path), on_decided=lambda _: None)

        names = {f"{name}.parquet" for name in ("monday", "tuesday", "reinvite")}
        again = {name.replace(".parquet", ".reinvite.parquet") for name in names}
        assert {path.name for path in tmp_path.iterdir()} == names | again

    def test_names_the_column_that_is_not_there(self, decided, table_path, tmp_path):
        read_table(table_path).drop(columns="income").to_parquet(tmp_path / "t.parquet")

        with pytest.raises(DataError, match="schema names 'income', which the table does not have"):
            decided(table=tmp_path / "t.parquet")

    def test_names_the_gate_whose_column_is_not_there(self, decided, table_path, tmp_path):
        read_table(table_path).drop(columns="verdict_system").to_parquet(tmp_path / "t.parquet")

        with pytest.raises(DataError, match="system gate needs column 'verdict_system'"):
            decided(table=tmp_path / "t.parquet")
