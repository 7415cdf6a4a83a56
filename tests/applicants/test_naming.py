"""riskkit.applicants.naming"""

import pytest

from riskkit.applicants import naming


class TestWordsOf:
    @pytest.mark.parametrize(
        ("name", "words"),
        [
            ("DAYS_BIRTH", ("days", "birth")),
            ("SeriousDlqin2yrs", ("serious", "dlqin", "2", "yrs")),
            ("LoanNr_ChkDgt", ("loan", "nr", "chk", "dgt")),
            ("not.fully.paid", ("not", "fully", "paid")),
            ("NAICSCode", ("naics", "code")),
            ("", ()),
        ],
    )
    def test_takes_names_apart(self, name, words):
        assert naming.words_of(name) == words


class TestBadLevel:
    @pytest.mark.parametrize(
        ("levels", "name", "bad"),
        [
            (["bad", "good"], "creditability", "bad"),
            (["Charged Off", "Fully Paid"], "loan_status", "Charged Off"),
            (["CHGOFF", "P I F"], "MIS_Status", "CHGOFF"),
            (["0", "1"], "default", "1"),
            (["0", "1"], "not.fully.paid", "1"),
            (["0", "1"], "fully_paid", None),
            (["0", "1"], "good_bad_flag", None),
            (["1", "2"], "default", None),
            (["no", "yes"], "default", None),
            (["bad", "default"], "status", None),
        ],
    )
    def test_decides_only_what_is_plain(self, levels, name, bad):
        assert naming.bad_level(levels, name) == bad


class TestApprovedLevel:
    @pytest.mark.parametrize(
        ("levels", "approved"),
        [
            (["0", "1"], "1"),
            (["Approved", "Rejected"], "Approved"),
            (["no", "yes"], "yes"),
            (["1", "2"], None),
            (["a", "b"], None),
            (["1", "yes"], None),
        ],
    )
    def test_decides_only_what_is_plain(self, levels, approved):
        assert naming.approved_level(levels) == approved


class TestIdRank:
    @pytest.mark.parametrize(
        ("name", "rank"),
        [
            ("id", naming.ID_RANK),
            ("SK_ID_CURR", naming.ID_RANK),
            ("systemloanid", naming.ID_RANK),
            ("LoanNr_ChkDgt", naming.ID_RANK),
            ("customerid", naming.CUSTOMER_RANK),
            ("ID_CLIENT", naming.CUSTOMER_RANK),
            ("Unnamed: 0", naming.ROW_RANK),
            ("", naming.ROW_RANK),
            ("income", naming.NO_RANK),
        ],
    )
    def test_prefers_the_application_to_its_customer_and_its_row(self, name, rank):
        assert naming.id_rank(name) == rank


class TestIsLabelName:
    @pytest.mark.parametrize("name", ["Zip", "FranchiseCode", "PROFESSION_CODE", "ID_SHOP"])
    def test_knows_labels(self, name):
        assert naming.is_label_name(name)

    @pytest.mark.parametrize("name", ["income", "DAYS_ID_PUBLISH", "REGION_RATING", "account_age"])
    def test_knows_amounts(self, name):
        assert not naming.is_label_name(name)


class TestProtectedBy:
    @pytest.mark.parametrize(
        ("name", "characteristic"),
        [
            ("SEX", "sex"),
            ("personal_status_and_sex", "sex"),
            ("CODE_GENDER", "sex"),
            ("age_in_years", "age"),
            ("Age", "age"),
            ("DAYS_BIRTH", "age"),
            ("CITY_OF_BIRTH", "national origin"),
            ("NAME_FAMILY_STATUS", "marital status"),
            ("MARRIAGE", "marital status"),
            ("black", "race"),
            ("OWN_CAR_AGE", None),
            ("account_age", None),
            ("mortgage", None),
            ("family_income", None),
        ],
    )
    def test_goes_by_whole_words(self, name, characteristic):
        assert naming.protected_by(name) == characteristic


class TestOtherNames:
    @pytest.mark.parametrize("name", ["BAD", "default.payment.next.month", "SeriousDlqin2yrs"])
    def test_of_outcomes_are_known(self, name):
        assert naming.is_outcome_name(name)

    @pytest.mark.parametrize("name", ["target", "status", "debt", "TARGET"])
    def test_that_may_mean_anything_are_not(self, name):
        assert not naming.is_outcome_name(name)

    def test_of_dates_are_known(self):
        assert naming.is_date_name("ChgOffDate")
        assert naming.is_date_name("approveddate")
        assert not naming.is_date_name("time_in_job")

    def test_of_verdicts_name_their_gate_exactly(self):
        assert naming.verdict_gate("verdict_profile") == "profile"
        assert naming.verdict_gate("verdict_weather") is None
        assert naming.verdict_gate("profile") is None

    def test_of_bads_are_words_of_one_value_only(self):
        assert naming.is_bad_word("Bad", "Good")
        assert not naming.is_bad_word("bad", "default")
        assert not naming.is_bad_word("yes", "no")
