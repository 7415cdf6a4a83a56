"""riskkit._records"""

import pytest
from pydantic import BaseModel, Field, model_validator

from riskkit._records import STRICT, as_record, as_yaml, read_json_record, read_record, write_record
from riskkit.errors import DataError


class Terms(BaseModel):
    model_config = STRICT

    product: str
    rate: float = Field(0.1, ge=0, le=1)
    months: tuple[int, ...] = ()

    @model_validator(mode="after")
    def _check(self):
        if self.product == "none":
            raise ValueError("there must be a product")
        return self


class TestReadJsonRecord:
    def test_reads_a_record(self, tmp_path):
        (tmp_path / "terms.json").write_text('{"product": "card", "months": [3]}')

        assert read_json_record(Terms, tmp_path / "terms.json").months == (3,)

    @pytest.mark.parametrize(
        ("text", "message"),
        [("{", r"terms\.json is not valid JSON: "), ("[]", r"terms\.json: ")],
    )
    def test_names_a_file_that_is_something_else(self, tmp_path, text, message):
        (tmp_path / "terms.json").write_text(text)

        with pytest.raises(DataError, match=message):
            read_json_record(Terms, tmp_path / "terms.json")


class TestReadRecord:
    def read(self, tmp_path, text):
        (tmp_path / "terms.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_record(Terms, tmp_path / "terms.yaml")

    def test_reads_what_write_record_wrote(self, tmp_path):
        terms = Terms(product="分期", rate=0.25, months=(3, 6))

        write_record(terms, tmp_path / "terms.yaml")

        assert read_record(Terms, tmp_path / "terms.yaml") == terms

    def test_says_that_a_file_is_absent(self, tmp_path):
        with pytest.raises(DataError, match=r"terms\.yaml does not exist\.$"):
            read_record(Terms, tmp_path / "terms.yaml")

    def test_refuses_a_folder(self, tmp_path):
        with pytest.raises(DataError, match="cannot be read as text"):
            read_record(Terms, tmp_path)

    def test_refuses_bytes_that_are_no_text(self, tmp_path):
        with pytest.raises(DataError, match="cannot be read as text"):
            self.read(tmp_path, b"\xff\xfe\xfa")

    @pytest.mark.parametrize("text", ["product: [a", "a: b: c", "rate: 2024-13-45", "\tx: 1"])
    def test_says_in_one_line_that_yaml_is_broken(self, tmp_path, text):
        with pytest.raises(DataError, match=r"terms\.yaml is not valid YAML: .*\.$") as caught:
            self.read(tmp_path, text)

        assert "\n" not in str(caught.value)

    def test_refuses_a_key_that_stands_twice(self, tmp_path):
        with pytest.raises(DataError, match=r"key 'product' stands twice.*line 1"):
            self.read(tmp_path, "product: a\nproduct: b\n")

    def test_executes_nothing(self, tmp_path):
        with pytest.raises(DataError, match="not valid YAML"):
            self.read(tmp_path, "product: !!python/object/apply:os.getcwd []")

    @pytest.mark.parametrize("text", ["", "[1, 2]", "just words"])
    def test_refuses_what_is_no_mapping(self, tmp_path, text):
        with pytest.raises(DataError, match="as a whole: Input should be"):
            self.read(tmp_path, text)

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("rate: 0.2", "product: Field required"),
            ("product: a\nrat: 0.2", "rat: Extra inputs are not permitted, found 0.2"),
            ("product: a\nrate: 2", "rate: Input should be less than or equal to 1, found 2"),
            ("product: a\nrate: .inf", "rate: Input should be a finite number, found inf"),
            ("product: a\nmonths: [3, x]", "months.1: Input should be a valid integer"),
            ("product: none", "as a whole: there must be a product"),
        ],
    )
    def test_names_the_key_the_rule_and_the_value(self, tmp_path, text, problem):
        with pytest.raises(DataError) as caught:
            self.read(tmp_path, text)

        assert problem in str(caught.value)

    def test_counts_further_problems(self, tmp_path):
        with pytest.raises(DataError, match=r"\(2 more problems\)$"):
            self.read(tmp_path, "rate: 3\nx: 1")


class TestAsRecord:
    def test_names_the_source(self):
        with pytest.raises(DataError, match=r"^policy\.yaml: product: Field required"):
            as_record(Terms, {}, source="policy.yaml")

    def test_makes_a_record_that_cannot_change(self):
        terms = as_record(Terms, {"product": "a"}, source="x")

        with pytest.raises(ValueError, match="frozen"):
            terms.rate = 0.5


class TestAsYaml:
    def test_leaves_defaults_out_and_keeps_the_declared_order(self):
        text = as_yaml(Terms(months=(3,), product="分期"))

        assert text == "product: 分期\nmonths:\n- 3\n"
