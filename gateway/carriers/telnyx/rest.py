"""Numbers at Telnyx, through its REST API.

A number has no URLs: it is assigned to a TeXML application, which has them and may serve many numbers.

Wire reference: https://developers.telnyx.com/api/call-scripting/update-texml-application. The package's import takes
two seconds: this module is imported by the commands that need it, when they do.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import telnyx

from gateway.carriers.numbers import Change, PhoneNumber, Plan, WebhookUrls, changes
from gateway.errors import CarrierApiError

TIMEOUT_S = 10.0
"""For each attempt; the package makes three."""

ASSIGNED = "connection_id"
"""The one setting of the number itself; all others are its application's."""

NEW = "a new application"
"""In place of an id that there is not yet."""

_SETTINGS = ("voice_url", "voice_method", "voice_fallback_url", "status_callback", "status_callback_method")


class TelnyxNumbers:
    """The numbers of one account. Keeps `NumbersApi`."""

    def __init__(self, api_key: str, api_url: str) -> None:
        # What is not handed over is taken from the environment.
        self._client = telnyx.Telnyx(
            api_key=api_key, public_key="", client_id="", client_secret="", base_url=api_url, timeout=TIMEOUT_S
        )
        self._api_url = api_url

    def reach(self) -> str:
        with self._errors():
            balance = self._client.balance.retrieve().data
            credit = f"{balance.available_credit} {balance.currency}" if balance else "nothing"
        return f"telnyx.api_key: {self._api_url} knows the account; available credit {credit}"

    def numbers(self) -> list[PhoneNumber]:
        with self._errors():
            applications = self._applications()
            return [_number(found, applications) for found in self._client.phone_numbers.list(page_size=250)]

    def wanted(self, urls: WebhookUrls) -> Mapping[str, str]:
        return {
            "voice_url": urls.voice,
            # Its default is GET, whose parameters nobody signs.
            "voice_method": "post",
            "voice_fallback_url": urls.fallback,
            "status_callback": urls.status,
            "status_callback_method": "post",
        }

    def plan(self, number: str, urls: WebhookUrls) -> Plan:
        with self._errors():
            applications = self._applications()
            found = self._find(number, applications)
            chosen = self._choose(found, applications, urls)
            also = self._others(chosen, number)
        written = changes(_settings(applications[chosen]) if chosen else {}, self.wanted(urls))
        assigned = (
            () if chosen and found.application == chosen else (Change(ASSIGNED, found.application, chosen or NEW),)
        )
        return Plan(found, (*assigned, *written), chosen, also if written else ())

    def write(self, plan: Plan) -> None:
        values = {change.setting: change.after for change in plan.changes}
        assign = values.pop(ASSIGNED, None)
        with self._errors():
            application = plan.application
            if not application:
                name = f"Kallglot gateway {urlsplit(values['voice_url']).hostname}"
                application = _id(self._client.texml_applications.create(friendly_name=name, **values))
            elif values:
                old = self._client.texml_applications.retrieve(application).data
                # Both are required, whatever else is changed.
                required = {"friendly_name": old.friendly_name, "voice_url": old.voice_url}
                self._client.texml_applications.update(application, **{**required, **values})
            if assign is not None:
                self._client.phone_numbers.update(plan.number.id, connection_id=application)

    def _find(self, number: str, applications: Mapping[str, Any]) -> PhoneNumber:
        # Telnyx searches for a part of a number, and wants no + there.
        for found in self._client.phone_numbers.list(filter={"phone_number": number.lstrip("+")}):
            if found.phone_number == number:
                return _number(found, applications)
        raise CarrierApiError(f"--number: {number} is no number of the account that telnyx.api_key belongs to")

    def _choose(self, number: PhoneNumber, applications: Mapping[str, Any], urls: WebhookUrls) -> str:
        """The application to use: one of ours; else the number's own; "" for a new one.

        One that other numbers share, and that is not ours, is left alone: their calls would come here too.
        """
        ours = [key for key, application in applications.items() if application.voice_url == urls.voice]
        if ours:
            return number.application if number.application in ours else ours[0]
        own = number.application if number.application in applications else ""
        return "" if self._others(own, number.number) else own

    def _others(self, application: str, number: str) -> tuple[str, ...]:
        """The numbers that share an application with this one."""
        if not application:
            return ()
        sharing = self._client.phone_numbers.list(filter={"connection_id": application}, page_size=250)
        return tuple(str(found.phone_number) for found in sharing if found.phone_number != number)

    def _applications(self) -> dict[str, Any]:
        return {str(found.id): found for found in self._client.texml_applications.list(page_size=250)}

    @contextmanager
    def _errors(self) -> Iterator[None]:
        """Turn the package's errors into ours."""
        try:
            yield
        except telnyx.APIStatusError as exc:
            hint = "; check telnyx.api_key" if exc.status_code in {401, 403} else ""
            detail = _detail(exc.body) or exc.message
            raise CarrierApiError(f"telnyx.api_url: Telnyx refused (HTTP {exc.status_code}): {detail}{hint}") from exc
        except telnyx.TelnyxError as exc:
            reason = exc.__cause__ or exc  # its own words are "Connection error."
            raise CarrierApiError(f"telnyx.api_url: {self._api_url} cannot be asked: {reason}") from exc
        except UnicodeEncodeError as exc:
            raise CarrierApiError("telnyx.api_key must be ASCII characters") from exc
        except (json.JSONDecodeError, AttributeError, TypeError) as exc:
            # The package takes any body for the answer that is not said to be JSON, and stumbles over what that lacks.
            raise CarrierApiError(f"telnyx.api_url: what answers at {self._api_url} is not Telnyx' API") from exc


def _number(found: Any, applications: Mapping[str, Any]) -> PhoneNumber:
    assigned = str(found.connection_id or "")
    application = applications.get(assigned)
    settings = _settings(application) if application else {}
    label = application.friendly_name if application else found.connection_name
    return PhoneNumber(found.phone_number, str(found.id), label or "", settings, assigned)


def _settings(application: Any) -> dict[str, str]:
    return {name: getattr(application, name) or "" for name in _SETTINGS}


def _id(answer: Any) -> str:
    if answer.data is None or not answer.data.id:
        raise CarrierApiError("telnyx.api_url: Telnyx created an application and did not say which")
    return str(answer.data.id)


def _detail(body: Any) -> str:
    """Telnyx' own words: `{"errors": [{"code", "title", "detail"}]}`."""
    errors = body.get("errors") if isinstance(body, dict) else None
    return "; ".join(
        str(error.get("detail") or error.get("title")) for error in errors or () if isinstance(error, dict)
    )
