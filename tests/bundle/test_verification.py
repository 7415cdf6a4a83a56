"""riskkit.bundle.verification"""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from riskkit.bundle import save_bundle, save_model, seal, seal_hash, verified
from riskkit.bundle.examples import EXAMPLE_FILE, SCORED_FILE
from riskkit.errors import DataError


@pytest.fixture
def policy(tuned, tmp_path):
    save_bundle(tuned.bundle, tmp_path)
    return tmp_path


def rewritten(folder, name, change):
    """Change one table of a folder as somebody would who can also seal it again."""
    table = change(pd.read_parquet(folder / name))
    table.to_parquet(folder / name, index=False)
    seal(folder, kind="policy")


class TestVerified:
    def test_finds_the_same_pds_and_decisions_where_they_were_made(self, policy, tuned):
        found = verified(policy)

        assert found.kind == "policy"
        assert found.seal == seal_hash(policy)
        assert found.n_rows == len(tuned.bundle.example) > 40
        assert found.largest_difference == 0
        assert found.close == ()
        assert found.other_versions == {}

    def test_scores_a_models_rows_too(self, model, tmp_path):
        save_model(model, tmp_path)

        found = verified(tmp_path)

        assert (found.kind, found.n_rows) == ("model", len(model.example))

    def test_decides_both_ways_in_its_rows(self, policy):
        scored = pd.read_parquet(policy / SCORED_FILE)

        assert {"score", "system", ""} <= set(scored["stopped_by"].fillna(""))
        assert set(scored["decision"]) == {"approve", "reject"}

    @pytest.mark.parametrize("name", ["policy.yaml", "background.parquet", "scorer/scorer.json"])
    def test_names_what_is_missing_or_altered(self, policy, name):
        path = policy / name
        path.write_bytes(path.read_bytes() + b"\n")
        with pytest.raises(DataError, match=rf"altered: {name}"):
            verified(policy)
        path.unlink()
        with pytest.raises(DataError, match=rf"missing: {name}"):
            verified(policy)

    def test_passes_a_pd_that_is_as_far_as_another_machine_may_be(self, policy):
        rewritten(policy, SCORED_FILE, lambda t: t.assign(pd=t["pd"] + 5e-13))

        assert verified(policy).largest_difference == pytest.approx(5e-13, rel=1e-3)

    @pytest.mark.parametrize("change", [2e-12, np.nan])
    def test_refuses_other_pds_and_says_with_which_versions_they_were_made(self, policy, change):
        rewritten(policy, SCORED_FILE, lambda t: t.assign(pd=t["pd"].where(t.index != 3, change)))

        with pytest.raises(DataError, match=r"gives other PDs here: .* 1 of \d+ rows .*lightgbm"):
            verified(policy)

    def test_refuses_other_decisions(self, policy):
        def turned(scored):
            return scored.assign(stopped_by=scored["stopped_by"].where(scored.index != 2, "system"))

        rewritten(policy, SCORED_FILE, turned)

        with pytest.raises(
            DataError, match=r"decides otherwise here: stored row 2 was .* by system"
        ):
            verified(policy)

    def test_lists_rows_so_close_to_the_cut_off_that_the_decision_may_turn(self, tuned, tmp_path):
        bundle = tuned.bundle
        pds = bundle.scorer.predict_proba(bundle.example[list(bundle.background)])[:, 1]
        closest = int(np.argmin(np.abs(pds - bundle.policy.pd_cutoff)))
        policy = bundle.policy.model_copy(update={"pd_cutoff": float(pds[closest])})
        save_bundle(replace(bundle, policy=policy), tmp_path)

        def turned(scored):
            return scored.assign(
                stopped_by=scored["stopped_by"].where(scored.index != closest, "score")
            )

        rewritten(tmp_path, SCORED_FILE, turned)

        assert verified(tmp_path).close == (closest,)

    @pytest.mark.parametrize("name", [EXAMPLE_FILE, "background.parquet"])
    @pytest.mark.parametrize("role", ["id", "protected"])
    def test_refuses_ids_and_protected_columns(self, policy, schema, name, role):
        column = schema.having(role)[0]
        rewritten(policy, name, lambda t: t.assign(**{column: "x"}))

        with pytest.raises(DataError, match=rf"{name} must hold neither ids .* holds {column}\.$"):
            verified(policy)

    def test_refuses_an_example_that_is_somebodys(self, policy):
        background = pd.read_parquet(policy / "background.parquet").drop_duplicates(keep=False)

        def copied(example):
            for name in background:
                example.loc[:0, name] = background[name].iloc[0]
            return example

        rewritten(policy, EXAMPLE_FILE, copied)

        with pytest.raises(DataError, match=r"synthetic rows only, but 1 of \d+ are rows of"):
            verified(policy)

    def test_counts_rows_that_several_of_the_background_are(self, policy):
        background = pd.read_parquet(policy / "background.parquet")
        example = pd.read_parquet(policy / EXAMPLE_FILE)
        twice = pd.concat([background, *[example[list(background)].iloc[:3]] * 2])
        assert verified(policy).n_shared == 0

        rewritten(policy, "background.parquet", lambda _: twice)

        assert verified(policy).n_shared == 3

    def test_refuses_a_folder_without_stored_rows(self, policy):
        (policy / EXAMPLE_FILE).unlink()
        seal(policy, kind="policy")

        with pytest.raises(DataError, match="holds no stored rows to score again"):
            verified(policy)

    def test_says_which_versions_are_others(self, policy):
        manifest = json.loads((policy / "manifest.json").read_text())
        manifest["versions"]["numpy"] = "1.0"
        (policy / "manifest.json").write_text(json.dumps(manifest))

        assert verified(policy).other_versions == {"numpy": ("1.0", np.__version__)}

    def test_refuses_a_folder_of_something_else(self, tmp_path):
        with pytest.raises(DataError, match="is not a model or policy folder"):
            verified(tmp_path)
