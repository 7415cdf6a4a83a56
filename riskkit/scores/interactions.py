"""Which features may meet in one branch of a tree."""

from collections.abc import Mapping, Sequence

from riskkit.errors import DataError

Interactions = Mapping[str, Sequence[str]]

#: A schema of plain rules gives a handful of groups; thousands would only slow every tree.
_MOST_GROUPS = 1000


def meeting_groups(names: Sequence[str], interactions: Interactions | None) -> list[list[str]]:
    """Return the largest groups of features of which any two may interact.

    Parameters
    ----------
    names : sequence of str
        All features.
    interactions : mapping of str to sequence of str, optional
        For features that may not interact with every other one, those they may interact with;
        none where the sequence is empty. Two features may interact if neither excludes the other.

    Returns
    -------
    list of list of str
        Groups that together hold every feature, each in the order of `names`; one group of all
        where nothing is excluded.

    Raises
    ------
    DataError
        If a name is not among the features, or the rules make more than 1,000 groups.

    References
    ----------
    .. [1] Bron and Kerbosch (1973), Communications of the ACM 16, 575-577: groups are the maximal
       cliques of the graph of allowed pairs.

    Examples
    --------
    >>> meeting_groups(["age", "income", "debt"], {"age": []})
    [['age'], ['income', 'debt']]
    """
    rules = {name: set(others) for name, others in (interactions or {}).items()}
    for name, others in rules.items():
        absent = sorted(({name} | others) - set(names))
        if absent:
            raise DataError(f"interactions names {absent[0]!r}, which is not a column of X.")
    everyone = set(names)
    allowed = {name: rules.get(name, everyone) for name in names}
    friends = {
        a: {b for b in names if a != b and b in allowed[a] and a in allowed[b]} for a in names
    }
    place = {name: i for i, name in enumerate(names)}
    groups = [sorted(group, key=place.__getitem__) for group in _cliques(friends)]
    return sorted(groups, key=lambda group: [place[name] for name in group])


def _cliques(friends: dict[str, set[str]]) -> list[set[str]]:
    found: list[set[str]] = []
    waiting = [(set[str](), set(friends), set[str]())]  # chosen, may join, were tried
    while waiting:
        chosen, open_, tried = waiting.pop()
        if not open_ and not tried:
            found.append(chosen)
        if len(found) > _MOST_GROUPS:
            raise DataError(
                f"interactions must make at most {_MOST_GROUPS} groups of features that may all "
                "interact, but make more; restrict fewer features, or more of them entirely."
            )
        if not open_:
            continue
        pivot = max(open_ | tried, key=lambda name: len(friends[name] & open_))
        for name in sorted(open_ - friends[pivot]):
            near = friends[name]
            waiting.append((chosen | {name}, open_ & near, tried & near))
            open_ = open_ - {name}
            tried = tried | {name}
    return found
