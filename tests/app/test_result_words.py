"""Results as records for machines."""

from app.result_words import person_record
from tests import builders_report as build


def test_of_the_face_as_filmed_neither_role_nor_category_is_told() -> None:
    told = person_record(build.person())
    assert told["as_filmed"]["role"] is None and told["as_filmed"]["decision"] is None
    assert told["as_filmed"]["search"]["candidates"]
    assert [finding["decision"] for finding in told["findings"]] == ["supported", "inconclusive"]
