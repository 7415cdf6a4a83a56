"""riskkit.tracking.heads"""

import pytest

from riskkit.tracking import audit_head_of, audit_logs_named, tag_audit_head

ONE, OTHER = "1" * 64, "2" * 64

pytestmark = pytest.mark.slow


class TestTagAuditHead:
    def test_records_the_head_outside_the_log(self, database, client):
        tag_audit_head("policy.audit.jsonl", first=ONE, head="abc", uri=database)

        tags = client.get_experiment_by_name("riskkit").tags
        assert tags[f"riskkit.audit_head.{ONE}"] == "abc"

    def test_keeps_logs_of_one_name_apart(self, database):
        tag_audit_head("policy.audit.jsonl", first=ONE, head="abc", uri=database)
        tag_audit_head("policy.audit.jsonl", first=OTHER, head="def", uri=database)

        assert audit_head_of(ONE, uri=database) == "abc"
        assert audit_logs_named("policy.audit.jsonl", uri=database) == {ONE: "abc", OTHER: "def"}
        assert audit_logs_named("other.audit.jsonl", uri=database) == {}


class TestAuditHeadOf:
    def test_is_nothing_where_none_was_recorded(self, database):
        assert audit_head_of("3" * 64, uri=database) is None
