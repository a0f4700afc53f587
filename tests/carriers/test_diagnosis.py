import pytest

from gateway.carriers.diagnosis import enumerated, masked


@pytest.mark.parametrize(
    ("secret", "shown"),
    [("1234567890abcdef", "12…ef"), ("1234567890", "12…90"), ("123456789", "…"), ("", "…")],
)
def test_a_secret_is_recognised_by_its_ends(secret: str, shown: str) -> None:
    """By its owner: of a short one the ends would be too much."""
    assert masked(secret) == shown


def test_names_are_listed_as_people_do() -> None:
    assert [enumerated(names) for names in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
