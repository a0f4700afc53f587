from pathlib import Path

import pytest

from gateway.errors import ConfigError
from gateway.routing.load import load_routes, parse_routes
from gateway.routing.routes import ToPrefix

EXAMPLE = Path(__file__).parents[2] / "config" / "routes.toml"


def problems(text: str) -> list[str]:
    with pytest.raises(ConfigError) as caught:
        parse_routes(text.encode(), "routes.toml")
    return list(caught.value.problems)


def test_the_example_file_is_right() -> None:
    """What an operator starts from works."""
    assert [route.name for route in load_routes(EXAMPLE).routes] == ["support-de", "agent", "germany", "sip"]


def test_a_file_is_a_table(tmp_path: Path) -> None:
    """Every [[route]] in it, in its order."""
    path = tmp_path / "routes.toml"
    path.write_text('[[route]]\nname = "de"\nto_prefix = "+49"\nmode = "ai_agent"\n')

    (route,) = load_routes(path).routes

    assert route.match == ToPrefix("+49")


def test_every_problem_is_reported_with_its_route_key_and_value() -> None:
    """One round of corrections, not one for each mistake."""
    assert problems(
        """
        version = 2
        [[route]]
        name = "a"
        to = "0415"
        mode = "translate"
        modus = "ai_agent"
        greeting = { say = "Hi", lang = "de" }
        [[route]]
        mode = "ai_agent"
        to_prefix = "+1"
        sip_domain = "example.com"
        on_failure = { sya = "Sorry." }
        [[route]]
        name = "b"
        to_prefix = "+49"
        mode = "ai_agent"
        [[route]]
        name = "b"
        to_prefix = "+49"
        mode = "help_chat_voice"
        """
    ) == [
        "routes.toml: version is not a setting",
        "routes.toml: route 1 'a': to must be an E.164 number such as +14155551234, not '0415'",
        "routes.toml: route 1 'a': mode must be 'bidirectional_translation', 'assistive_translation', 'ai_agent' or "
        "'help_chat_voice', not 'translate'",
        "routes.toml: route 1 'a': greeting.lang is not a setting; did you mean greeting.language?",
        "routes.toml: route 1 'a': modus is not a setting; did you mean mode?",
        "routes.toml: route 2: to_prefix and sip_domain must not stand together; a route answers by one of them",
        "routes.toml: route 2: name is required",
        "routes.toml: route 2: on_failure.sya is not a setting; did you mean on_failure.say?",
        "routes.toml: route 'b': name must be unique",
        "routes.toml: route 'b': to_prefix = \"+49\" is answered by route 'b' already; change one, or narrow it by "
        "carrier",
    ]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        pytest.param("", "routes.toml: there must be a [[route]]", id="empty"),
        pytest.param(
            '[route]\nname = "a"', "routes.toml: route must be written [[route]], once for each route", id="one"
        ),
        pytest.param("route = [5]", "routes.toml: route 1 must be a table, not 5", id="number"),
        pytest.param(
            'route = [{ name = "a", mode = "ai_agent", to = "+14155551234", to_prefix = "+1" }]',
            "routes.toml: route 1 'a': to and to_prefix must not stand together; a route answers by one of them",
            id="two matches",
        ),
        pytest.param(
            'route = [{ name = "a", mode = "ai_agent", session = { provider = "twilio" } }]',
            "routes.toml: route 1 'a': session must not hold provider, which Kallglot resolves itself",
            id="provider",
        ),
        pytest.param("routes = []", "routes.toml: routes is not a setting; did you mean route?", id="plural"),
    ],
)
def test_a_file_that_is_no_table_of_routes_is_refused(text: str, problem: str) -> None:
    """Also an empty one: it is what a file looks like that is being written."""
    assert problem in problems(text)


def test_broken_toml_names_file_and_line() -> None:
    """So that it can be found."""
    (problem,) = problems('[[route]]\nname = "a\n')

    assert problem.startswith("routes.toml is not valid TOML")
    assert "line 2" in problem
