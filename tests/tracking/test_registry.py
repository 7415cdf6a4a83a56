"""riskkit.tracking.registry"""

import shutil

import pytest

from riskkit.bundle import seal_hash
from riskkit.errors import DataError
from riskkit.tracking import (
    SEAL_TAG,
    bundle_of,
    crown,
    log_folder,
    register,
    tracked_run,
    version_of,
    versions_of,
)

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def registered(database, policy_folder):
    return register(policy_folder, "pay-later", uri=database)


@pytest.fixture
def second(policy_folder, tmp_path):
    """Return another policy that is sealed."""
    from riskkit.bundle import seal

    shutil.copytree(policy_folder, tmp_path / "second")
    (tmp_path / "second" / "frontier.csv").write_text("pd_cutoff,approval_rate\n0.1,0.5\n")
    seal(tmp_path / "second", kind="policy")
    return tmp_path / "second"


class TestRegister:
    def test_makes_a_challenger_with_its_evidence(self, registered, policy_folder):
        assert (registered.version, registered.aliases) == (1, ("challenger",))
        assert registered.seal == seal_hash(policy_folder)
        assert registered.tags["riskkit.limits"] == "bad_rate <= 0.03"
        assert registered.tags["riskkit.data_latest"].startswith("20")

    def test_registers_the_same_policy_once(self, registered, database, policy_folder):
        again = register(policy_folder, "pay-later", uri=database)

        assert again.version == registered.version

    def test_makes_a_policy_that_it_knows_the_challenger_again(
        self, database, policy_folder, second
    ):
        register(policy_folder, "both", uri=database)
        assert register(second, "both", uri=database).aliases == ("challenger",)

        again = register(policy_folder, "both", uri=database)

        assert (again.version, again.aliases) == (1, ("challenger",))
        assert versions_of("both", uri=database)[0].aliases == ()

    def test_leaves_the_champion_the_champion(self, database, policy_folder):
        crown(register(policy_folder, "ruling", uri=database), {}, uri=database)

        assert register(policy_folder, "ruling", uri=database).aliases == ("champion",)

    def test_takes_the_model_that_tuning_recorded(self, database, client, policy_folder):
        with tracked_run("tune", uri=database) as run:
            log_folder(run, policy_folder)

        version = register(policy_folder, "another", uri=database)

        assert client.get_run(version.run_id).data.tags[SEAL_TAG] == version.seal
        assert client.get_run(version.run_id).info.run_name in {"tune", "register"}

    def test_refuses_an_altered_policy(self, database, second):
        (second / "policy.yaml").write_text("pd_cutoff: 1\n")

        with pytest.raises(DataError, match=r"altered: policy\.yaml"):
            register(second, "pay-later", uri=database)

    @pytest.mark.parametrize("name", ["", "a/b", "x'y", "a b", "..", "a\n"])
    def test_refuses_what_is_no_name(self, database, policy_folder, name):
        with pytest.raises(DataError, match="name must be a word"):
            register(policy_folder, name, uri=database)
        with pytest.raises(DataError, match="name must be a word"):
            versions_of(name, uri=database)


class TestCrown:
    def test_makes_a_version_the_champion_and_says_who_was_before(
        self, database, policy_folder, second
    ):
        first = register(policy_folder, "crowned", uri=database)
        assert crown(first, {"promoted_by": "u1"}, uri=database) is None
        challenger = register(second, "crowned", uri=database)

        before = crown(challenger, {"because": "a test"}, uri=database)

        champion, old = versions_of("crowned", uri=database)
        assert before.version == old.version == 1
        assert (champion.aliases, old.aliases) == (("champion",), ())
        assert champion.tags["riskkit.because"] == "a test"
        assert "riskkit.promoted_at" in champion.tags
        assert old.tags["riskkit.replaced_by"] == "2"

    def test_says_nothing_of_an_earlier_promotion(self, database, policy_folder, second):
        first = register(policy_folder, "twice", uri=database)
        crown(first, {"because": "a drill", "promoted_although": "stale"}, uri=database)
        crown(register(second, "twice", uri=database), {}, uri=database)

        crown(register(policy_folder, "twice", uri=database), {"promoted_by": "u2"}, uri=database)

        tags = version_of("twice", 1, uri=database).tags
        assert tags["riskkit.promoted_by"] == "u2"
        old = {"because", "promoted_although", "replaced_by"}
        assert not {f"riskkit.{key}" for key in old} & tags.keys()
        assert tags["riskkit.limits"] == "bad_rate <= 0.03"


class TestVersionOf:
    def test_is_the_challenger_unless_told_otherwise(self, registered, database):
        assert version_of("pay-later", uri=database) == registered
        assert version_of("pay-later", 1, uri=database) == registered

    def test_says_what_is_there(self, registered, database):
        with pytest.raises(DataError, match="has no version 9; there are: 1"):
            version_of(registered.name, 9, uri=database)
        with pytest.raises(DataError, match="No policy is registered as 'nothing'"):
            version_of("nothing", uri=database)

    def test_says_where_there_is_no_challenger(self, database, policy_folder):
        crown(register(policy_folder, "alone", uri=database), {}, uri=database)

        with pytest.raises(DataError, match=r"no challenger; .* \(there are: 1\)"):
            version_of("alone", uri=database)


class TestBundleOf:
    def test_brings_the_policy_that_was_registered(self, registered, database):
        with bundle_of(registered, uri=database) as bundle:
            assert bundle.policy.limits[0].rate == "bad_rate"

    def test_refuses_another_policy_under_its_name(self, registered, database):
        from dataclasses import replace

        other = replace(registered, seal="0" * 64)

        with (
            pytest.raises(DataError, match="is not the policy that was registered"),
            bundle_of(other, uri=database),
        ):
            pass
