"""riskkit.cli: verify, track, register, promote, runs, reproduce, audit: the life of a policy."""

import json
import shutil

import pandas as pd
import pytest

from riskkit._files import sha256_of
from riskkit.bundle import seal_hash

COMMANDS = ("track", "register", "promote", "runs", "reproduce")


@pytest.fixture
def tracking(road):
    return ("--tracking-uri", road.tracking)


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RISKKIT_USER", "u123")


ALL = ("--limit", "1000")


def recorded(riskkit, tracking, name):
    return riskkit("runs", "--name", name, "--json", *ALL, *tracking).json["runs"]


def first_run(riskkit, tracking, name):
    """Return the run of the road itself: other tests record more in the same place."""
    return recorded(riskkit, tracking, name)[-1]


class TestHelp:
    @pytest.mark.parametrize("command", COMMANDS)
    def test_gives_an_example(self, riskkit, command):
        shown = riskkit(command, "--help").out

        assert f"Example: riskkit {command}" in shown
        assert "--json" in shown

    def test_gives_one_for_the_audit_log_too(self, riskkit):
        assert "Example: riskkit audit verify" in riskkit("audit", "verify", "--help").out


@pytest.mark.slow
class TestPromote:
    @pytest.fixture
    def name(self, riskkit, road, tracking, request):
        """Register the policy of the road under a name of this test's own."""
        name = request.node.name.partition("[")[0].replace("_", "-")
        assert riskkit("register", road.policy, "--name", name, *tracking).exit_code == 0
        return name

    def test_refuses_stale_evidence_unless_told_why(self, riskkit, tracking, name, tmp_path):
        refused = riskkit("promote", name, "--max-age", 1, *tracking)
        done = riskkit(
            "promote", name, "--max-age", 1, "--because", "a drill", "--json", *tracking
        ).json

        assert refused.exit_code == 2
        assert "Its data are stale" in refused.err
        assert "--because" in refused.err
        assert done["problems"]
        assert done["before"] is None
        (entry,) = map(json.loads, (tmp_path / f"{name}.audit.jsonl").read_text().splitlines())
        assert entry["details"]["because"] == "a drill"
        assert "stale" in entry["details"]["although"]
        assert (entry["who"], entry["hash"]) == ("u123", done["audit_head"])

    def test_records_why_with_the_version_and_the_head_outside_the_log(
        self, riskkit, road, tracking, name
    ):
        from mlflow import MlflowClient

        done = riskkit("promote", name, "--because", "a drill", "--json", *tracking).json

        client = MlflowClient(road.tracking)
        version = client.get_model_version_by_alias(name, "champion")
        assert version.tags["riskkit.because"] == "a drill"
        assert version.tags["riskkit.promoted_by"] == "u123"
        assert version.tags["riskkit.audit_head"] == done["audit_head"]
        tags = client.get_experiment_by_name("riskkit").tags
        assert tags[f"riskkit.audit_head.{done['audit_head']}"] == done["audit_head"]

    def test_promotes_in_place_of_the_champion_before(self, riskkit, tracking, name):
        first = riskkit("promote", name, "--because", "a drill", *tracking)
        again = riskkit("promote", name, "--version", 1, *tracking)

        assert f"{name} version 1 is the champion now." in first.out
        assert "Because: a drill" in first.out
        assert again.exit_code == 2
        assert "is the champion already" in again.err

    def test_wants_a_reason_that_says_something(self, riskkit, tracking, name):
        refused = riskkit("promote", name, "--because", " ", *tracking)

        assert "--because must say why" in refused.err

    def test_refuses_a_name_that_nothing_has(self, riskkit, tracking):
        assert "No policy is registered as 'x'" in riskkit("promote", "x", *tracking).err


@pytest.mark.slow
class TestRegister:
    def test_shows_the_evidence_and_what_to_do_next(self, riskkit, road, tracking):
        done = riskkit("register", road.policy, "--name", "shown", *tracking)
        again = riskkit("register", road.policy, "--name", "shown", "--json", *tracking).json

        assert "bad_rate <= 0.03" in done.out
        assert f"seal: {seal_hash(road.policy)}\n" in done.out
        assert "riskkit promote shown" in done.out
        assert "mlflow models serve" in done.out
        assert again["uri"] == "models:/shown/1"

    def test_hints_at_no_promotion_of_the_champion(self, riskkit, road, tracking):
        register = ("register", road.policy, "--name", "ruling", *tracking)
        riskkit(*register)
        riskkit("promote", "ruling", "--because", "a drill", *tracking)

        done = riskkit(*register)

        assert "models:/ruling/1 holds this policy and is the champion already." in done.out
        assert "Next:" not in done.out

    def test_refuses_a_policy_that_was_altered(self, riskkit, road, tracking, tmp_path):
        shutil.copytree(road.policy, tmp_path / "policy")
        (tmp_path / "policy" / "evidence.json").write_text("{}")

        refused = riskkit("register", "policy", "--name", "altered", *tracking)

        assert refused.exit_code == 2
        assert "altered: evidence.json" in refused.err


@pytest.mark.slow
class TestRuns:
    def test_lists_and_compares(self, riskkit, tracking):
        train, tune = (first_run(riskkit, tracking, name) for name in ("train", "tune"))

        listed = riskkit("runs", *ALL, *tracking).out
        compared = riskkit("runs", train["id"][:12], tune["id"], *tracking).out
        same = riskkit("runs", train["id"], train["id"], *tracking).out

        assert train["id"][:12] in listed
        assert "AUC" in listed
        assert "param objective" in compared
        assert "Nothing differs" in same

    def test_compares_two(self, riskkit, tracking):
        assert "Give two run ids" in riskkit("runs", "one", *tracking).err

    def test_gives_differences_as_json(self, riskkit, tracking):
        train, tune = (first_run(riskkit, tracking, name) for name in ("train", "tune"))

        found = riskkit("runs", train["id"], tune["id"], "--json", *tracking).json

        assert {"what": "param objective", "first": None, "second": "goods"} in found["differences"]


@pytest.mark.slow
class TestReproduce:
    def test_gives_the_same_model_to_the_last_bit(self, riskkit, road, tracking):
        train = first_run(riskkit, tracking, "train")

        told = riskkit("reproduce", train["id"], *tracking)
        found = riskkit("reproduce", train["id"], "--json", "--table", road.table, *tracking).json

        assert told.exit_code == 0
        assert "Equal" in told.out
        assert found["equal"]
        assert found["scorer"] == train["tags"]["riskkit.scorer"]

    def test_gives_the_same_model_of_all_applicants(self, riskkit):
        tracking = ("--tracking-uri", "sqlite:///own.db")
        world = (
            "--preset",
            "selective",
            "--set",
            "quiet_months=12",
            "--set",
            "journey.exploration=0.3",
        )
        riskkit("generate", *world, "--applicants", 8000, "--seed", 1, "--out", "world")
        table, kind = "world/applications.parquet", ("--model", "two-stream", "--out", "streams")
        words = ("--schema", "world/schema.yaml", *kind, *tracking)
        trained = riskkit("train", table, *words, "--json").json

        found = riskkit("reproduce", trained["run_id"], "--json", *tracking).json

        assert found["equal"]

    def test_refuses_another_table(self, riskkit, road, tracking):
        train = first_run(riskkit, tracking, "train")
        table = pd.read_parquet(road.table)
        table.loc[0, "income"] += 1
        table.to_parquet("other.parquet", index=False)

        refused = riskkit("reproduce", train["id"], "--table", "other.parquet", *tracking)
        absent = riskkit("reproduce", train["id"], "--table", "absent.parquet", *tracking)

        assert "is not the table of that run" in refused.err
        assert "say where the table is with --table" in absent.err

    def test_says_where_it_differs(self, riskkit, road, tracking, tmp_path):
        from riskkit.bundle import Recipe, load_model, save_model
        from riskkit.tracking import log_folder, tracked_run

        model = load_model(road.model)
        model.report["out_of_time"]["auc"] += 0.01
        (tmp_path / "model").mkdir()
        Recipe.read(road.model).write(tmp_path / "model")
        save_model(model, tmp_path / "model")
        with tracked_run("train", uri=road.tracking) as run:
            log_folder(run, tmp_path / "model")

        told = riskkit("reproduce", run.id, *tracking)

        assert told.exit_code == 3
        assert "report.out_of_time.auc" in told.out

    def test_refuses_a_run_that_trained_nothing(self, riskkit, tracking):
        tune = first_run(riskkit, tracking, "tune")

        assert "is a tune run" in riskkit("reproduce", tune["id"], *tracking).err


@pytest.mark.slow
class TestTrack:
    @pytest.mark.parametrize("which", ["model", "policy"])
    def test_records_what_mlflow_missed(self, riskkit, road, tracking, which):
        folder = getattr(road, which)

        done = riskkit("track", folder, "--json", *tracking).json

        assert done["kind"] == which
        name = "train" if which == "model" else "tune"
        assert recorded(riskkit, tracking, name)[0]["id"] == done["run_id"]
        assert "load_model" in riskkit("track", folder, *tracking).out


class TestAudit:
    @pytest.fixture
    def explained(self, riskkit, road, tmp_path):
        """Explain one application and then every rejection; return the log and its heads."""
        shutil.copytree(road.policy, tmp_path / "policy")
        policy = ("explain", road.table, "--policy", "policy")
        application = pd.read_parquet(road.table)["application_id"][3]
        errs = [
            riskkit(*policy, "--id", application).err,
            riskkit(*policy, "--all", "--out", "reasons.parquet").err,
        ]
        heads = [err.replace("\n", "").rpartition("head ")[2].strip() for err in errs]
        return tmp_path / "policy.audit.jsonl", heads, application

    def test_logs_every_explanation(self, explained, tmp_path):
        log, _, application = explained

        one, every = map(json.loads, log.read_text().splitlines())
        assert one["ids"] == [application]
        assert one["details"] == {"for": "support"}
        assert every["counts"]["applications"] == 10_000
        assert every["counts"]["rejections"] == len(pd.read_parquet(tmp_path / "reasons.parquet"))
        assert every["ids"] == []

    def test_logs_every_table_that_was_decided_on(self, riskkit, road, tmp_path):
        shutil.copytree(road.policy, tmp_path / "policy")

        done = riskkit(
            "decide", road.table, "--policy", "policy", "--out", "decisions.parquet", "--json"
        ).json

        (entry,) = map(json.loads, (tmp_path / "policy.audit.jsonl").read_text().splitlines())
        assert (entry["action"], entry["bundle"]) == ("decide", done["bundle_hash"])
        assert entry["inputs"] == sha256_of(road.table)
        assert entry["outputs"] == sha256_of(tmp_path / "decisions.parquet")
        counts = entry["counts"]
        assert counts["applications"] == counts["approve"] + counts["reject"] == 10_000
        assert entry["ids"] == []

    def test_says_for_how_many_entries_a_head_vouches(self, riskkit, explained):
        log, heads, _ = explained

        plain = riskkit("audit", "verify", log).out
        known = riskkit("audit", "verify", "policy", "--head", heads[0]).out
        record = riskkit("audit", "verify", log, "--head", heads[1], "--json").json

        assert "2 entries follow each other" in plain
        assert "That alone proves nothing" in plain
        assert "Entries 1 to 1 are those" in known
        assert "Nothing vouches for the 1 after it" in known
        assert (record["vouched"], record["head"]) == (2, heads[1])

    def test_finds_an_edit(self, riskkit, explained):
        log, heads, application = explained
        log.write_text(log.read_text().replace(application, "A0000000"))

        found = riskkit("audit", "verify", log, "--head", heads[1])

        assert found.exit_code == 2
        assert "entry 1 was altered" in found.err
