"""What the columns of a world mean: its schema, and a data dictionary to read."""

from typing import Any, Literal

from riskkit.applicants.schema import Column, Schema
from riskkit.applicants.world.effects import Effect, Slope
from riskkit.applicants.world.marginals import Levels
from riskkit.applicants.world.spec import WorldSpec

#: Every column of the applications, in table order; kind and worse direction come from the spec.
COLUMNS: dict[str, dict[str, Any]] = {
    "application_id": {
        "role": "id",
        "label": {"en": "Application number", "zh-CN": "申请编号"},
    },
    "applied_at": {
        "role": "time",
        "label": {"en": "Time of application", "zh-CN": "申请时间"},
        "unit": "UTC",
    },
    "channel": {
        "role": "segment",
        "feature": True,
        "label": {"en": "Application channel", "zh-CN": "申请渠道"},
    },
    "city_tier": {
        "role": "segment",
        "feature": True,
        "label": {"en": "City tier", "zh-CN": "城市等级"},
    },
    "age": {
        "role": "protected",
        "kind": "number",
        "label": {"en": "Age", "zh-CN": "年龄"},
        "unit": "years",
    },
    "occupation": {
        "role": "feature",
        "reason": "income",
        "label": {"en": "Occupation", "zh-CN": "职业"},
        "note": "missing where not stated",
    },
    "income": {
        "role": "feature",
        "reason": "income",
        "label": {"en": "Monthly income", "zh-CN": "月收入"},
        "unit": "CNY per month",
        "note": "missing where not stated",
    },
    "months_since_oldest_line": {
        "role": "feature",
        "reason": "credit_history",
        "label": {"en": "Age of oldest credit account", "zh-CN": "最早信贷账户的开户时长"},
        "unit": "months",
        "note": "missing where the credit bureau knows no account",
    },
    "utilisation": {
        "role": "feature",
        "reason": "utilisation",
        "actionable": True,
        "label": {"en": "Share of credit limits in use", "zh-CN": "信用额度使用率"},
        "unit": "fraction",
        "note": "missing where the credit bureau knows no account",
    },
    "inquiries_3m": {
        "role": "feature",
        "reason": "inquiries",
        "actionable": True,
        "label": {
            "en": "Credit inquiries in the last 3 months",
            "zh-CN": "近3个月征信查询次数",
        },
        "unit": "count",
    },
    "overdue_count_24m": {
        "role": "feature",
        "reason": "overdue",
        "label": {
            "en": "Late payments in the last 24 months",
            "zh-CN": "近24个月逾期次数",
        },
        "unit": "count",
    },
    "tenure_months": {
        "role": "feature",
        "reason": "platform_history",
        "label": {"en": "Time as a customer of the shop", "zh-CN": "在本平台的注册购物时长"},
        "unit": "months",
    },
    "orders_12m": {
        "role": "feature",
        "reason": "platform_history",
        "label": {"en": "Orders in the last 12 months", "zh-CN": "近12个月订单数"},
        "unit": "count",
    },
    "return_share": {
        "role": "feature",
        "reason": "returns",
        "actionable": True,
        "label": {"en": "Share of orders returned", "zh-CN": "退货订单占比"},
        "unit": "fraction",
        "note": "missing where there were no orders",
    },
    "night_order_share": {
        "role": "feature",
        "reason": "account_activity",
        "label": {"en": "Share of orders placed at night", "zh-CN": "深夜下单占比"},
        "unit": "fraction",
        "note": "missing where there were no orders",
    },
    "device_changes_6m": {
        "role": "feature",
        "reason": "account_activity",
        "label": {
            "en": "New devices on the account in the last 6 months",
            "zh-CN": "近6个月更换登录设备次数",
        },
        "unit": "count",
    },
    "amount": {
        "role": "amount",
        "feature": True,
        "reason": "request",
        "actionable": True,
        "label": {"en": "Amount requested", "zh-CN": "申请金额"},
        "unit": "CNY",
    },
    "term": {
        "role": "term",
        "feature": True,
        "reason": "request",
        "actionable": True,
        "label": {"en": "Number of monthly instalments", "zh-CN": "分期期数"},
        "unit": "months",
    },
    "phone_verified": {
        "role": "ignore",
        "kind": "number",
        "label": {"en": "Phone number verified", "zh-CN": "手机号已验证"},
        "unit": "0/1",
        "note": "the profile gate needs it to be 1",
    },
    "card_bound": {
        "role": "ignore",
        "kind": "number",
        "label": {"en": "Bank card bound to the account", "zh-CN": "已绑定银行卡"},
        "unit": "0/1",
        "note": "the profile gate needs it to be 1",
    },
    "verdict_system": {
        "role": "verdict",
        "gate": "system",
        "label": {"en": "Platform answered in time", "zh-CN": "系统是否正常响应"},
        "note": "failed where the platform timed out; it knows load and channel, never the risk",
    },
    "verdict_profile": {
        "role": "verdict",
        "gate": "profile",
        "label": {"en": "Account details complete", "zh-CN": "资料是否完整"},
        "note": "missing where the platform had timed out",
    },
    "verdict_score": {
        "role": "verdict",
        "gate": "score",
        "label": {"en": "Credit assessment passed", "zh-CN": "信用评估是否通过"},
        "note": "missing where an earlier gate stopped; failed and yet approved: at random",
    },
    "stopped_by": {
        "role": "stopped_by",
        "label": {"en": "What stopped the application", "zh-CN": "未通过环节"},
        "note": "missing where approved",
    },
    "approved": {
        "role": "approved",
        "label": {"en": "Approved", "zh-CN": "是否通过"},
        "unit": "0/1",
    },
    "propensity": {
        "role": "propensity",
        "label": {"en": "Probability of approval at the score gate", "zh-CN": "评分环节通过概率"},
        "unit": "fraction",
        "note": "missing where the score gate was not reached",
    },
    "bad": {
        "role": "bad",
        "label": {"en": "90 days past due within 12 months", "zh-CN": "12个月内逾期90天以上"},
        "unit": "0/1",
        "note": "missing where not approved, or where the window had not closed at observed_at",
    },
}

#: Every column of the truth, in table order.
TRUTH_COLUMNS: dict[str, str] = {
    "application_id": "application number, as in the applications",
    "truth_pd": "true probability of bad if approved [fraction]",
    "truth_bad": "whether the applicant defaults in the window, or would if approved [0/1]",
    "truth_incumbent_score": "score in force [points], higher is safer; also where never asked",
    "truth_verdict_system": "verdict of the system gate on everybody [passed/failed]",
    "truth_verdict_profile": "verdict of the profile gate on everybody [passed/failed]",
    "truth_verdict_score": "verdict of the score's cut-off on everybody [passed/failed]",
}


def world_schema(spec: WorldSpec) -> Schema:
    """Return the schema of a world's applications.

    Parameters
    ----------
    spec : WorldSpec
        Every assumption; the worse direction of a feature is that of its effect on the true PD.

    Returns
    -------
    Schema
        Role, kind, direction, unit and words of every column.

    Examples
    --------
    >>> schema = world_schema(WorldSpec())
    >>> schema.directions["income"], schema.columns["income"].label["en"]
    ('lower', 'Monthly income')
    """
    return Schema(
        observed_at=spec.observed_at,
        window_months=spec.window_months,
        columns={name: _column(name, meaning, spec) for name, meaning in COLUMNS.items()},
    )


def data_dictionary(schema: Schema) -> str:
    """Return what each column of a world holds, as two Markdown tables.

    Parameters
    ----------
    schema : Schema
        The schema of the world's applications.

    Returns
    -------
    str
        A table for the applications and one for the truth.

    Examples
    --------
    >>> print(data_dictionary(world_schema(WorldSpec())).splitlines()[2])
    | column | role | unit | worse | meaning | 含义 | note |
    """
    lines = ["### applications.parquet", ""]
    lines += ["| column | role | unit | worse | meaning | 含义 | note |", "|---" * 7 + "|"]
    lines += [_dictionary_row(name, column) for name, column in schema.columns.items()]
    lines += ["", "### truth.parquet", "", "| column | meaning |", "|---|---|"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in TRUTH_COLUMNS.items()]
    return "\n".join(lines) + "\n"


def _column(name: str, meaning: dict[str, Any], spec: WorldSpec) -> Column:
    column = spec.people.observed.get(name)
    if meaning["role"] == "feature" or meaning.get("feature", False):
        levels = column is not None and isinstance(column.marginal, Levels)
        kind = "category" if levels else "number"
        worse = _worse(spec.risk.effects.get(name))
        return Column.model_validate({**meaning, "kind": kind, "worse": worse})
    return Column.model_validate(meaning)


def _worse(effect: Effect | None) -> Literal["higher", "lower", "none"]:
    if not isinstance(effect, Slope) or effect.weight == 0:
        return "none"
    return "higher" if effect.weight > 0 else "lower"


def _dictionary_row(name: str, column: Column) -> str:
    role = f"{column.role}, feature" if column.feature else column.role
    worse = column.worse if column.is_feature else ""
    label = column.label
    cells = (f"`{name}`", role, column.unit or "", worse, label["en"], label["zh-CN"], column.note)
    return "| " + " | ".join(cells) + " |"
