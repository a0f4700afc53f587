import pytest

from gateway.sandbox.access import ApiKey, Credits, authenticate, authorize
from gateway.sandbox.organization import Key, KeyState, Organization, Permission
from gateway.sandbox.refusals import Refused


@pytest.mark.parametrize(
    ("headers", "live"),
    [
        pytest.param({"authorization": "Bearer sk_live_a"}, True, id="bearer"),
        pytest.param({"authorization": "bearer sk_test_a"}, False, id="scheme in lower case"),
        pytest.param({"x-api-key": "sk_test_a"}, False, id="x-api-key"),
        pytest.param({"authorization": "Basic YTpi", "x-api-key": "sk_live_a"}, True, id="both, one of them ours"),
    ],
)
def test_a_key_is_taken_from_either_header(headers: dict[str, str], live: bool) -> None:
    """Any well-formed key will do, unless a set of them was given."""
    assert authenticate(headers, frozenset()).live is live


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"authorization": "sk_test_a"}, id="no scheme"),
        pytest.param({"authorization": "Basic sk_test_a"}, id="another scheme"),
        pytest.param({"authorization": "Bearer "}, id="empty"),
        pytest.param({"authorization": "Bearer pk_test_a"}, id="another kind of key"),
        pytest.param({"authorization": "Bearer sk_test_"}, id="a prefix only"),
    ],
)
def test_without_a_key_it_is_401(headers: dict[str, str]) -> None:
    """In the documented family of errors."""
    with pytest.raises(Refused) as caught:
        authenticate(headers, frozenset())

    assert (caught.value.status, caught.value.kind) == (401, "authentication_error")


def test_a_fixed_set_of_keys_is_the_only_one_accepted() -> None:
    """A client with the wrong key notices, and the refusal does not repeat the key."""
    keys = frozenset({"sk_test_right"})
    assert authenticate({"x-api-key": "sk_test_right"}, keys).value == "sk_test_right"
    with pytest.raises(Refused) as caught:
        authenticate({"x-api-key": "sk_test_wrong"}, keys)

    assert caught.value.status == 401
    assert "wrong" not in caught.value.message


def test_a_key_that_was_set_up_has_its_permissions() -> None:
    """And only those; any other key is unknown then."""
    reader = Organization(keys=(Key("sk_test_reader", frozenset({Permission.SESSIONS_READ})),))
    key = authenticate({"x-api-key": "sk_test_reader"}, frozenset(), reader)
    authorize(key, Permission.SESSIONS_READ, reader)
    with pytest.raises(Refused, match="sessions:write") as caught:
        authorize(key, Permission.SESSIONS_WRITE, reader)
    assert (caught.value.status, caught.value.code) == (403, "insufficient_permissions")
    with pytest.raises(Refused, match="not known"):
        authenticate({"x-api-key": "sk_test_other"}, frozenset(), reader)


@pytest.mark.parametrize("state", [KeyState.EXPIRED, KeyState.REVOKED])
def test_a_key_may_have_had_its_time(state: KeyState) -> None:
    """401, with a code that says why."""
    organization = Organization(keys=(Key("sk_test_old", state=state),))
    with pytest.raises(Refused) as caught:
        authenticate({"x-api-key": "sk_test_old"}, frozenset(), organization)

    assert (caught.value.status, caught.value.code) == (401, f"{state}_api_key")


def test_an_inactive_organization_is_403() -> None:
    """Whatever its key may do."""
    with pytest.raises(Refused) as caught:
        authorize(ApiKey("sk_test_a"), Permission.SESSIONS_READ, Organization(active=False))

    assert (caught.value.status, caught.value.code) == (403, "organization_inactive")


def test_a_key_does_not_show_itself() -> None:
    """Neither in a log nor in a traceback."""
    assert "secret" not in repr(ApiKey("sk_test_secret"))


def test_credits_run_out() -> None:
    """402 as documented, and no sooner."""
    credit = Credits(1)
    credit.require()
    credit.take()
    assert (credit.remaining, credit.used) == (0, 1)
    with pytest.raises(Refused) as caught:
        credit.require()

    refused = caught.value
    assert (refused.status, refused.code, refused.kind) == (402, "insufficient_api_credits", "permission_error")
