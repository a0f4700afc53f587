"""Where carriers reach us: the public URLs that documents contain. Sans-I/O."""

from dataclasses import dataclass

from gateway.calls import CallId, Carrier, TicketId


@dataclass(frozen=True, slots=True)
class PublicAddresses:
    """Under one `public_url`, which has no path and no trailing slash."""

    public_url: str

    def media(self, carrier: Carrier, ticket_id: TicketId) -> str:
        """The media socket; `wss://` where the public URL is `https://`, as Twilio demands."""
        return f"{self.public_url.replace('http', 'ws', 1)}/media/{carrier}/{ticket_id}"

    def stream_status(self, carrier: Carrier, call_id: CallId) -> str:
        """What the carrier tells of a media stream."""
        return f"{self.public_url}/webhooks/{carrier}/stream/{call_id}"

    def after_stream(self, carrier: Carrier, call_id: CallId) -> str:
        """Where the carrier asks what comes after the stream."""
        return f"{self.public_url}/webhooks/{carrier}/continue/{call_id}"
