"""riskkit.applicants.world.chain and arrears, beside one chain written out by hand."""

import numpy as np
import pytest
from scipy import stats
from scipy.special import expit, ndtr

from riskkit._records import as_record
from riskkit.applicants.world import Arrears, Chain, Roll
from riskkit.applicants.world.arrears import ArrearsPlan
from riskkit.applicants.world.calendar import LOAN_MONTHS
from riskkit.applicants.world.chain import remaining, roll_rates
from riskkit.errors import DataError

TERMS = np.array([3, 12])
WINDOW = 12
NEUTRAL = np.zeros(1 + LOAN_MONTHS)
#: A rising, then falling factor, seen by loans of three months.
WAVE = 2 * np.sin(np.arange(3 + LOAN_MONTHS) / 4)
#: Log-odds that stand in the middle of a cell of the coarse table, 1/16 apart.
CELLS = np.arange(-6, 3.1, 0.5)
N_LOANS = 200_000


@pytest.fixture(scope="module")
def arrears(calm):
    return calm.arrears


@pytest.fixture(scope="module")
def waved(arrears):
    return plan_of(arrears, macro=WAVE, loading=0.1)


def plan_of(arrears, *, macro=NEUTRAL, loading=0.1, hidden=0.7):
    return ArrearsPlan.of(
        arrears, loading=loading, macro=macro, terms=TERMS, window=WINDOW, hidden=hidden
    )


def sure(current, late=0.0, *, cure=1.0, write_off=2):
    """Return a chain with chances of 0, 1/2 or 1, whatever the borrower."""
    probit = {0.0: -40.0, 0.5: 0.0, 1.0: 40.0}
    rolls = {
        state: Roll(at=probit[current if state == "current" else late], slope=1e-6)
        for state in ("current", "M1", "M2", "M3")
    }
    cures = dict.fromkeys(("M1", "M2", "M3"), cure)
    return Arrears(rolls=rolls, cures=cures, write_off_months=write_off)


def transitions(arrears, weakness, factor, loading, *, owing=True, followed=True):
    """Return the monthly transition matrix of current, M1, M2, M3, M4+, written out."""
    matrix = np.zeros((5, 5))
    for j, (state, roll) in enumerate(arrears.rolls.items()):
        probit = roll.at + roll.slope * weakness + np.sqrt(loading) * factor
        onward = ndtr(probit / np.sqrt(1 - loading)) * (owing if j == 0 else followed)
        cured = arrears.cures[state] * followed * (1 - onward) if j else 0.0
        matrix[j, j + 1] = onward
        matrix[j, 0] += cured
        matrix[j, j] += 1 - onward - cured
    matrix[4, 4] = 1
    return matrix


def defaults_by_month(arrears, weakness, term, macro, loading, *, level=4):
    """Return the chance of first reaching a state in each month, by products of matrices."""
    state, reached = np.eye(5)[0], [0.0]
    for k in range(1, LOAN_MONTHS + 1):
        step = transitions(
            arrears, weakness, macro[k], loading, owing=k <= term, followed=k <= term + 4
        )
        step[level] = np.eye(5)[level]  # whoever gets there stays
        state = state @ step
        reached.append(state[level])
    return np.diff(reached)


def draw(plan, log_odds, n=N_LOANS, *, month=0, term=0, seed=0):
    uniforms = np.random.default_rng(seed).random(n)
    log_odds = np.full(n, log_odds)
    where = {"month": np.full(n, month, np.int16), "term": np.full(n, term, np.int16)}
    pds = plan.pds(log_odds, **where)
    return pds, plan.draw(log_odds, pds, uniforms, **where)


class TestArrears:
    @pytest.mark.parametrize(("key", "name"), [("rolls", "M3"), ("cures", "M2")])
    def test_needs_every_state(self, arrears, key, name):
        content = arrears.model_dump(mode="json")
        del content[key][name]

        with pytest.raises(DataError, match="rolls must name current, M1, M2 and M3, and cures"):
            as_record(Arrears, content, source="world.yaml")


class TestRollRates:
    @pytest.mark.parametrize("loading", [0.002, 0.1, 0.5])
    def test_averages_to_the_unconditional_chance(self, loading):
        # Vasicek: the mean over a standard normal factor, by Gauss-Hermite quadrature.
        nodes, weights = np.polynomial.hermite_e.hermegauss(80)
        weakness = np.array([-2.0, 0.0, 1.5])

        rates = roll_rates(Roll(at=-1.0, slope=0.5), weakness, nodes, loading)

        mean = weights @ rates / np.sqrt(2 * np.pi)
        assert mean == pytest.approx(ndtr(-1.0 + 0.5 * weakness), abs=1e-10)

    def test_has_the_spread_that_vasicek_gives(self):
        # PD 3 %, loading 4 %: sd 0.0140928534, from the bivariate normal.
        nodes, weights = np.polynomial.hermite_e.hermegauss(80)

        rates = roll_rates(Roll(at=stats.norm.ppf(0.03), slope=1), np.zeros(1), nodes, 0.04)[:, 0]

        variance = weights @ (rates - 0.03) ** 2 / np.sqrt(2 * np.pi)
        assert np.sqrt(variance) == pytest.approx(0.0140928534, abs=1e-9)

    def test_rises_with_a_bad_factor(self):
        rates = roll_rates(Roll(at=-1.0, slope=0.5), np.zeros(1), np.linspace(-3, 3, 9), 0.1)

        assert (np.diff(rates, axis=0) > 0).all()


class TestRemaining:
    def test_owes_what_is_not_yet_paid_and_what_was_missed(self):
        terms = np.array([3, 12])

        assert remaining(terms, 2, 0).tolist() == [1 / 3, 10 / 12]
        assert remaining(terms, 2, 1).tolist() == [2 / 3, 11 / 12]
        assert remaining(terms, 4, 4).tolist() == [1, 1]
        assert remaining(terms, 20, 0).tolist() == [0, 0]
        assert remaining(terms, 20, 4).tolist() == [1 / 3, 1 / 12]


class TestChain:
    @pytest.mark.parametrize("level", [1, 2, 3, 4])
    def test_agrees_with_products_of_its_matrices(self, arrears, level):
        weakness = np.array([[-1.0, 0.3, 2.0]] * 2)
        chain = Chain(arrears=arrears, loading=0.1, macro=WAVE, terms=TERMS)

        hits = chain.hits(weakness, level=level)

        assert chain.n_months == 3
        for month in range(3):
            for i, term in enumerate(TERMS):
                for j, w in enumerate(weakness[i]):
                    expected = defaults_by_month(arrears, w, term, WAVE[month:], 0.1, level=level)
                    assert hits[month, i, j] == pytest.approx(expected, abs=1e-14)

    def test_absorbs_as_the_fundamental_matrix_says(self, arrears):
        # Homogeneous, the term beyond the horizon K: (I - Q^K) (I - Q)^-1 R.
        matrix = transitions(arrears, 0.7, 0.0, 0.0)
        Q, R = matrix[:4, :4], matrix[:4, 4]
        absorbed = (np.eye(4) - np.linalg.matrix_power(Q, LOAN_MONTHS)) @ np.linalg.solve(
            np.eye(4) - Q, R
        )
        chain = Chain(arrears=arrears, loading=0.0, macro=NEUTRAL, terms=np.array([100]))

        hits = chain.hits(np.array([[0.7]]), level=4)

        assert hits.sum() == pytest.approx(absorbed[0], abs=1e-12)

    def test_takes_as_long_as_the_fundamental_matrix_says(self, arrears):
        # So weak that all but everybody defaults within the months that are followed.
        matrix = transitions(arrears, 6.0, 0.0, 0.0)
        expected = np.linalg.solve(np.eye(4) - matrix[:4, :4], np.ones(4))[0]
        chain = Chain(arrears=arrears, loading=0.0, macro=NEUTRAL, terms=np.array([100]))

        hits = chain.hits(np.array([[6.0]]), level=4).ravel()

        assert hits.sum() == pytest.approx(1, abs=1e-9)
        assert hits @ np.arange(1, LOAN_MONTHS + 1) == pytest.approx(expected, abs=1e-6)

    def test_defaults_in_the_fourth_month_at_the_earliest(self, arrears):
        chain = Chain(arrears=arrears, loading=0.1, macro=NEUTRAL, terms=TERMS)

        hits = chain.hits(np.array([[9.0]] * 2), level=4)

        assert (hits[..., :3] == 0).all()
        assert (hits[..., 3] > 0.9).all()

    def test_lets_nobody_reach_a_state_without_the_one_before(self, arrears):
        weakness = np.array([np.linspace(-3, 5, 9)] * 2)
        chain = Chain(arrears=arrears, loading=0.1, macro=WAVE, terms=TERMS)

        ever = [chain.hits(weakness, level=level).sum(axis=-1) for level in (1, 2, 3, 4)]

        assert (np.diff(ever, axis=0) < 0).all()
        assert ever[0].max() <= 1 + 1e-12

    def test_balances_the_book_of_a_loan_that_is_paid(self):
        chain = Chain(arrears=sure(0.0), loading=0.0, macro=NEUTRAL, terms=np.array([3]))

        book = chain.expected_book(np.zeros((1, 1)), np.full((1, 1, 1), 1200.0))

        assert book.shape == (1 + LOAN_MONTHS, 5)
        assert book[:, 0].tolist() == [0, 800, 400, *[0] * 26]
        assert (book[:, 1:] == 0).all()

    def test_balances_the_book_of_a_loan_that_is_never_paid(self):
        chain = Chain(arrears=sure(1.0, 1.0), loading=0.0, macro=NEUTRAL, terms=np.array([12]))

        book = chain.expected_book(np.zeros((1, 1)), np.full((1, 1, 1), 1200.0))

        # M1, M2, M3, then two months in default, then written off.
        assert book[1:7] == pytest.approx(1200 * np.eye(6, 5)[[1, 2, 3, 4, 4, 5]].clip(0))
        assert (book[7:] == 0).all()

    def test_balances_the_book_of_a_loan_that_is_cured(self):
        # Half miss each instalment; whoever is late is current again a month later.
        chain = Chain(arrears=sure(0.5), loading=0.0, macro=NEUTRAL, terms=np.array([12]))

        book = chain.expected_book(np.zeros((1, 1)), np.full((1, 1, 1), 1200.0))

        assert book[1, :2] == pytest.approx([0.5 * 1100, 0.5 * 1200])
        assert book[2, :2] == pytest.approx([(0.25 + 0.5) * 1000, 0.25 * 1100])
        assert book[3, :2] == pytest.approx([(0.375 + 0.25) * 900, 0.375 * 1000])
        assert (book[:, 2:] == 0).all()

    def test_adds_the_books_of_loans(self, arrears):
        chain = Chain(arrears=arrears, loading=0.1, macro=WAVE, terms=TERMS)
        weakness = np.array([[-1.0, 1.0]] * 2)
        lent = np.random.default_rng(0).random((3, 2, 2))

        book = chain.expected_book(weakness, lent)

        # Month by month, the weakness of each borrower apart.
        parts = np.zeros_like(book)
        for j in range(2):
            for month in range(3):
                alone = np.zeros((3, 2, 1))
                alone[month] = lent[month, :, j : j + 1]
                parts += chain.expected_book(weakness[:, j : j + 1], alone)
        assert book == pytest.approx(parts)


class TestArrearsPlan:
    @pytest.mark.parametrize("loading", [0.0, 0.002, 0.2])
    def test_gives_the_asked_pd_under_a_neutral_factor(self, arrears, loading):
        plan = plan_of(arrears, loading=loading)
        log_odds = np.random.default_rng(0).uniform(-9, 4, 2_000)

        for term in range(2):
            pds = plan.pds(
                log_odds, month=np.zeros(2_000, np.int16), term=np.full(2_000, term, np.int16)
            )
            assert pds == pytest.approx(expit(log_odds), rel=1e-4)

    def test_solves_the_weakness_that_gives_the_asked_pd(self, arrears, waved):
        for i, term in enumerate(TERMS):
            for log_odds in CELLS:
                w = waved.weakness[i, round((log_odds + 14) * 16)]
                hits = defaults_by_month(arrears, w, term, NEUTRAL, 0.1)
                assert hits[:WINDOW].sum() == pytest.approx(expit(log_odds), rel=1e-3)

    def test_gives_the_pd_of_the_chain_under_the_factor_of_its_own_months(self, arrears, waved):
        for month in range(3):
            for i, term in enumerate(TERMS):
                w = waved.weakness[i, (CELLS * 16 + 14 * 16).round().astype(int)]
                pds = waved.pds(
                    CELLS, month=np.full(19, month, np.int16), term=np.full(19, i, np.int16)
                )
                expected = [
                    defaults_by_month(arrears, weak, term, WAVE[month:], 0.1)[:WINDOW].sum()
                    for weak in w
                ]
                assert pds == pytest.approx(expected, rel=2e-3)

    def test_makes_a_bad_economy_raise_every_pd(self, arrears):
        log_odds = np.linspace(-9, 4, 200)
        where = {"month": np.zeros(200, np.int16), "term": np.ones(200, np.int16)}

        pds = [
            plan_of(arrears, macro=NEUTRAL + factor).pds(log_odds, **where)
            for factor in (-1.0, 0.0, 1.0)
        ]

        assert (np.diff(pds, axis=0) > 0).all()

    def test_makes_the_pd_rise_with_the_log_odds(self, waved):
        # Steps of a hundred-thousandth, finer than the cells of the table.
        log_odds = np.linspace(-6, 3, 900_001)
        for month in range(3):
            pds = waved.pds(
                log_odds,
                month=np.full(900_001, month, np.int16),
                term=np.ones(900_001, np.int16),
            )
            assert np.diff(pds).min() >= 0

    def test_averages_the_pd_over_what_no_column_shows(self, waved):
        nodes, weights = np.polynomial.hermite_e.hermegauss(80)
        for month, term in ((0, 0), (1, 1), (2, 0)):
            where = {"month": np.full(1, month, np.int16), "term": np.full(1, term, np.int16)}
            for log_odds in (-6.0, -3.21, 0.4):
                over = [waved.pds(np.array([log_odds + 0.7 * u]), **where)[0] for u in nodes]
                expected = np.array(over) @ weights / np.sqrt(2 * np.pi)
                found = waved.pds_given_columns(np.array([log_odds]), **where)
                assert found == pytest.approx([expected], rel=2e-3)

    def test_knows_the_pd_where_the_columns_show_all(self, arrears):
        plan = plan_of(arrears, macro=WAVE, hidden=0.0)
        where = {"month": np.ones(19, np.int16), "term": np.ones(19, np.int16)}

        given_columns = plan.pds_given_columns(CELLS, **where)

        assert given_columns == pytest.approx(plan.pds(CELLS, **where), rel=1e-6)

    def test_gives_back_the_log_odds_of_a_pd(self, waved):
        log_odds = np.random.default_rng(0).uniform(-9, 3, 500)
        where = {
            "month": np.arange(500, dtype=np.int16) % 3,
            "term": np.arange(500, dtype=np.int16) % 2,
        }

        found = waved.neutral_log_odds(waved.pds(log_odds, **where), **where)

        assert found == pytest.approx(log_odds, abs=24 / 8191)
        cells = waved.coarse_cells(np.array([-14.0, -13.95, 0.0, 10.0, 99.0]))
        assert cells.tolist() == [0, 1, 224, 384, 384]

    @pytest.mark.parametrize("term", [0, 1])
    def test_draws_bads_as_often_as_the_pd_says(self, waved, term):
        for log_odds in (-4.0, -1.0):
            pds, courses = draw(waved, log_odds, month=1, term=term)
            error = 4 * np.sqrt(pds[0] * (1 - pds[0]) / N_LOANS)
            assert courses.bad.mean() == pytest.approx(pds[0], abs=error)

    @pytest.mark.parametrize("log_odds", [-3.0, -0.5, 2.0])
    @pytest.mark.parametrize("term", [0, 1])
    def test_draws_the_month_of_default_as_the_chain_says(self, arrears, waved, term, log_odds):
        w = waved.weakness[term, round((log_odds + 14) * 16)]
        chances = defaults_by_month(arrears, w, TERMS[term], WAVE[2:], 0.1)

        _, courses = draw(waved, log_odds, month=2, term=term)

        observed = np.bincount(courses.default_month, minlength=1 + LOAN_MONTHS)
        expected = N_LOANS * np.append(1 - chances.sum(), chances)
        assert observed[expected < 1e-9].sum() == 0
        some = expected > 5
        # What is rare is pooled with what never happens.
        observed, expected = (np.append(v[some], v[~some].sum() + 5) for v in (observed, expected))
        assert stats.chisquare(observed, expected * observed.sum() / expected.sum()).pvalue > 1e-4

    @pytest.mark.parametrize("log_odds", [-3.0, -0.5])
    @pytest.mark.parametrize("term", [0, 1])
    def test_draws_the_worst_arrears_as_the_chain_says(self, arrears, waved, term, log_odds):
        w = waved.weakness[term, round((log_odds + 14) * 16)]
        ever = [
            defaults_by_month(arrears, w, TERMS[term], WAVE, 0.1, level=level).sum()
            for level in (1, 2, 3, 4)
        ]

        _, courses = draw(waved, log_odds, term=term)

        observed = np.bincount(courses.worst, minlength=5)
        expected = -N_LOANS * np.diff([1.0, *ever, 0.0])
        assert stats.chisquare(observed, expected).pvalue > 1e-4

    def test_calls_bad_who_defaults_within_the_window(self, waved):
        _, courses = draw(waved, 0.0, term=1)

        defaulted = courses.default_month > 0
        assert (courses.bad == (defaulted & (courses.default_month <= WINDOW))).all()
        assert (defaulted == (courses.worst == 4)).all()
        assert (defaulted & ~courses.bad).any()
        assert (courses.bad == (defaulted & (courses.days <= 365))).all()

    def test_dates_a_default_within_its_month(self, waved):
        _, courses = draw(waved, 0.0, term=1)

        month, days = (v[courses.default_month > 0] for v in (courses.default_month, courses.days))
        assert (days > (month - 1) * 365 // 12).all()
        assert (days <= month * 365 / 12 + 1).all()
        assert (courses.days[courses.default_month == 0] == 0).all()
        offsets = days[month == 5] - 4 * 365 // 12
        assert stats.chisquare(np.bincount(offsets)[1:]).pvalue > 1e-4

    def test_draws_the_extremes_without_leaving_the_tables(self, waved):
        log_odds = np.array([-40.0, 40.0, -14.0, 10.0])
        where = {"month": np.zeros(4, np.int16), "term": np.zeros(4, np.int16)}
        pds = np.clip(waved.pds(log_odds, **where), 1e-6, 1 - 1e-6)

        safe = waved.draw(log_odds, pds, np.full(4, 1 - 1e-9), **where)
        bad = waved.draw(log_odds, pds, np.zeros(4), **where)

        assert not safe.bad.any()
        assert (safe.worst >= 0).all()
        assert bad.bad.all()
        assert (bad.default_month >= 4).all()
