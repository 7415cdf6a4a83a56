# ruff: noqa: RUF001, RUF002 - Chinese sentences have full-width punctuation
"""What the customer hears when a gate stops an application."""

from collections.abc import Mapping

from riskkit.errors import DataError
from riskkit.explanations.languages import LANGUAGES, Words
from riskkit.lending import CAUSES, Cause

_ENDING: Words = {"en": " This concerns: {factor}.", "zh-CN": "涉及的事项：{factor}。"}

_GATES: Mapping[Cause, Words] = {
    "system": {
        "en": "A technical problem on our side stopped your application. "
        "This is not your fault; please try again.",
        "zh-CN": "由于我们的系统出现故障，您的申请未能完成。这不是您的原因，请稍后再试。",
    },
    "profile": {
        "en": "Your details are incomplete or could not be verified. "
        "Please complete or correct them and apply again.",
        "zh-CN": "您的资料不完整或未能通过核验，请补充或更正后重新申请。",
    },
    "credit_record": {
        "en": "Your credit record does not meet our requirements at present.",
        "zh-CN": "您目前的信用记录暂不符合我们的要求。",
    },
    "score": {
        "en": "We cannot approve your application at present. This follows from our assessment of "
        "the application as a whole.",
        "zh-CN": "很抱歉，经综合评估，您的申请暂未达到批准标准。",
    },
    "policy": {
        "en": "One of our general lending rules does not allow this application at present; "
        "this is a rule of ours and no judgement of you.",
        "zh-CN": "根据我们目前的业务规则，暂时无法受理此项申请。"
        "这是我们的规定，并非对您个人的评价。",
    },
}
#: What these gates ask for can be told to the applicant; a system stop has no such factor.
_HAVE_FACTOR = frozenset({"profile", "credit_record", "policy"})


def gate_reason(cause: Cause, factor: Mapping[str, str] | None = None) -> Words:
    """Return what the customer hears when a gate stops an application.

    A ``system`` stop never says anything about the customer, whatever `factor` is.

    Parameters
    ----------
    cause : {"system", "profile", "credit_record", "score", "policy"}
        The cause of the stop.
    factor : mapping of str to str, optional
        Words by language for what the gate asks, such as the label of its column; where it has
        a language's words, a profile, credit record or policy stop names it.

    Returns
    -------
    mapping of str to str
        The sentences by language.

    Raises
    ------
    DataError
        If there is no such cause.

    Examples
    --------
    >>> gate_reason("profile")["en"]
    'Your details are incomplete or could not be verified. Please complete or correct them and apply again.'
    >>> gate_reason("credit_record", {"zh-CN": "当前逾期"})["zh-CN"]
    '您目前的信用记录暂不符合我们的要求。涉及的事项：当前逾期。'
    """  # noqa: E501 - what the customer hears is one line
    if cause not in _GATES:
        raise DataError(f"cause must be one of {', '.join(CAUSES)}, but is {cause!r}.")
    named = (factor or {}) if cause in _HAVE_FACTOR else {}
    return {
        language: _GATES[cause][language]
        + (_ENDING[language].format(factor=named[language]) if language in named else "")
        for language in LANGUAGES
    }
