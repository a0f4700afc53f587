"""`/v1/sessions/{id}/recordings` and `/v1/recordings`: list, metadata, audio."""

import msgspec
from starlette.requests import Request

from gateway.sandbox.access import ApiKey
from gateway.sandbox.exchange import Exchange
from gateway.sandbox.idempotency import Answer
from gateway.sandbox.keeping import Kind
from gateway.sandbox.objects import RecordingList
from gateway.sandbox.operations import PAGE, Operation
from gateway.sandbox.organization import Permission
from gateway.sandbox.pages import page, parse_page
from gateway.sandbox.recordings import Recording, no_such_recording, require_audio

ONE = "/v1/recordings/{recording_id}"


class RecordingsApi:
    """The endpoints of recordings."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange

    def operations(self) -> list[Operation]:
        """What they are."""
        read = Permission.RECORDINGS_READ
        return [
            Operation(
                "list_recordings",
                "GET",
                "/v1/sessions/{session_id}/recordings",
                "List a session's recordings, newest first",
                read,
                self.list,
                RecordingList,
                query=PAGE,
                refuses=(404,),
            ),
            Operation(
                "retrieve_recording",
                "GET",
                ONE,
                "Retrieve a recording's metadata",
                read,
                self.retrieve,
                Recording,
                refuses=(404,),
            ),
            Operation(
                "download_recording",
                "GET",
                ONE + "/audio",
                "Download a recording's audio, with consent where it is required",
                read,
                self.audio,
                "audio/mpeg",
                refuses=(404, 409),
            ),
        ]

    async def list(self, request: Request, _key: ApiKey) -> Answer:
        """A page of a session's recordings."""
        session = self._exchange.state.find(request.path_params["session_id"])
        newest_first = reversed(self._exchange.state.recordings.values())
        own = [each for each in newest_first if each.session_id == session.id]
        recordings, cursor = page(own, parse_page(request.query_params))
        url = f"/v1/sessions/{session.id}/recordings"
        return Answer(200, msgspec.json.encode(RecordingList(recordings, cursor is not None, cursor, url)))

    async def retrieve(self, request: Request, _key: ApiKey) -> Answer:
        """The metadata."""
        recording = self._exchange.state.recording(request.path_params["recording_id"])
        return Answer(200, msgspec.json.encode(recording))

    async def audio(self, request: Request, _key: ApiKey) -> Answer:
        """The MP3."""
        state = self._exchange.state
        recording = state.recording(request.path_params["recording_id"])
        require_audio(recording, state.find(recording.session_id), self._exchange.clock.unix_ms())
        audio = state.keeper.read(Kind.AUDIO, recording.id)
        if audio is None:
            raise no_such_recording(recording.id)
        disposition = f'attachment; filename="recording-{recording.session_id}.mp3"'
        return Answer(200, audio, "audio/mpeg", {"Content-Disposition": disposition})
