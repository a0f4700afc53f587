"""Numbers at Twilio, through its REST API.

Wire reference: https://www.twilio.com/docs/phone-numbers/api/incomingphonenumber-resource. The package's import takes
a third of a second: this module is imported by the commands that need it, when they do.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http.http_client import TwilioHttpClient
from twilio.http.response import Response
from twilio.rest import Client

from gateway.carriers.numbers import PhoneNumber, Plan, WebhookUrls, changes
from gateway.errors import CarrierApiError

TIMEOUT_S = 10.0
"""For each request; Twilio answers within one."""

_ELSEWHERE = ("voice_application_sid", "trunk_sid")
"""`VoiceUrl` is ignored where one of them is set."""

_SETTINGS = (
    "voice_url",
    "voice_method",
    "voice_fallback_url",
    "voice_fallback_method",
    "status_callback",
    "status_callback_method",
    *_ELSEWHERE,
)


class TwilioNumbers:
    """The numbers of one account. Keeps `NumbersApi`."""

    def __init__(self, account_sid: str, auth_token: str, api_url: str) -> None:
        # Region and edge are in `twilio.api_url`; the package would take them from the environment.
        self._client = Client(
            account_sid, auth_token, http_client=TwilioHttpClient(timeout=TIMEOUT_S), environment={"TWILIO_REGION": ""}
        )
        self._client.api.base_url = api_url
        self._api_url = api_url
        self._account_sid = account_sid

    def reach(self) -> str:
        with self._errors():
            account = self._client.api.accounts(self._account_sid).fetch()
        if account.status != "active":
            raise CarrierApiError(f"twilio.account_sid: Twilio says that the account is {account.status}")
        return f"twilio.account_sid: {self._api_url} knows {account.friendly_name!r}, active"

    def numbers(self) -> list[PhoneNumber]:
        with self._errors():
            return [_number(found) for found in self._client.incoming_phone_numbers.list()]

    def wanted(self, urls: WebhookUrls) -> Mapping[str, str]:
        return {
            "voice_url": urls.voice,
            "voice_method": "POST",
            "voice_fallback_url": urls.fallback,
            "voice_fallback_method": "POST",
            "status_callback": urls.status,
            "status_callback_method": "POST",
            **dict.fromkeys(_ELSEWHERE, ""),
        }

    def plan(self, number: str, urls: WebhookUrls) -> Plan:
        with self._errors():
            found = self._client.incoming_phone_numbers.list(phone_number=number)
        # Twilio searches for a part of a number.
        for candidate in map(_number, found):
            if candidate.number == number:
                return Plan(candidate, changes(candidate.settings, self.wanted(urls)))
        raise CarrierApiError(f"--number: {number} is no number of the account twilio.account_sid names")

    def write(self, plan: Plan) -> None:
        values = {change.setting: change.after for change in plan.changes}
        with self._errors():
            self._client.incoming_phone_numbers(plan.number.id).update(**values)

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the package's errors, and those of the library under it, into ours."""
        try:
            yield
        except TwilioRestException as exc:
            # Not its str(), which is coloured on a terminal.
            raise _refusal(exc.status, exc.msg) from exc
        except TwilioException as exc:
            # Of a list it says so: ("Unable to fetch page", response).
            match exc.args:
                case (_, Response(status_code=status, text=text)):
                    raise _refusal(status, text) from exc
            raise CarrierApiError(f"twilio.api_url: {self._api_url} cannot be asked: {exc}") from exc
        except OSError as exc:  # requests' errors are
            raise CarrierApiError(f"twilio.api_url: {self._api_url} cannot be asked: {exc}") from exc
        except (json.JSONDecodeError, AttributeError, TypeError) as exc:
            # Of JSON that is another service's the package stumbles over what it lacks.
            raise CarrierApiError(f"twilio.api_url: what answers at {self._api_url} is not Twilio's API") from exc
        except UnicodeEncodeError as exc:
            raise CarrierApiError("twilio.account_sid and twilio.auth_tokens must be ASCII characters") from exc


def _refusal(status: int, detail: str) -> CarrierApiError:
    hint = "; check twilio.account_sid and twilio.auth_tokens" if status == 401 else ""
    return CarrierApiError(f"twilio.api_url: Twilio refused (HTTP {status}): {_message(detail)}{hint}")


def _message(detail: str) -> str:
    """Twilio's own words: of `{"code", "message", "status"}`, or what came instead."""
    try:
        return str(json.loads(detail)["message"])
    except (ValueError, KeyError, TypeError):
        return detail[:200]


def _number(found: Any) -> PhoneNumber:
    settings = {name: getattr(found, name) or "" for name in _SETTINGS}
    assigned = [settings[name] for name in _ELSEWHERE if settings[name]]
    return PhoneNumber(found.phone_number, found.sid, found.friendly_name or "", settings, ", ".join(assigned))
