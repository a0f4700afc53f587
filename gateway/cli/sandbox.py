"""`gateway sandbox`: a local Kallglot, until it is told to stop."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.sandbox.options import SandboxOptions


def sandbox(  # noqa: PLR0913  an argument for each option
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 8400,
    counterpart: Annotated[
        str, typer.Option(help="Who answers: parrot, echo, tone, script, mute or speech.")
    ] = "parrot",
    delivery: Annotated[str, typer.Option(help="How its turns leave: realtime or burst.")] = "realtime",
    piece_ms: Annotated[int, typer.Option(help="Audio in one audio.output of a turn.")] = 100,
    api_key: Annotated[
        list[str] | None,
        typer.Option(help="Key that is accepted, repeatable.", show_default="any sk_test_… or sk_live_…"),
    ] = None,
    keep_audio: Annotated[bool, typer.Option(help="Keep what went through, for inspection.")] = True,
    public_url: Annotated[
        str | None, typer.Option(help="What stream URLs are made from.", show_default="the request's Host")
    ] = None,
    credits_: Annotated[int, typer.Option("--credits", help="API credits; each session takes one.")] = 1_000_000,
    script: Annotated[Path | None, typer.Option(help="TOML of turns that the counterpart 'script' follows.")] = None,
    model: Annotated[
        Path | None,
        typer.Option(
            help="faster-whisper model's folder for the counterpart 'speech'.", show_default="the extra's own"
        ),
    ] = None,
    voice: Annotated[
        Path | None, typer.Option(help="Piper voice (.onnx) for its language; others are espeak-ng's.")
    ] = None,
    organization: Annotated[
        Path | None,
        typer.Option(help="TOML of keys, numbers, connections and webhooks.", show_default="all are welcome"),
    ] = None,
    faults: Annotated[Path | None, typer.Option(help="TOML of what is to go wrong.")] = None,
    state: Annotated[
        Path | None, typer.Option(help="SQLite file that keeps everything over a restart.", show_default="memory")
    ] = None,
    webhook_scale: Annotated[
        float, typer.Option(help="What the delays between a webhook's attempts are multiplied with.")
    ] = 1.0,
) -> None:
    """Run a local Kallglot; a gateway finds it by kallglot.base_url, and any sk_test_… is a key."""
    import asyncio

    import uvloop

    from gateway.sandbox.counterparts.screenplay import load_screenplay
    from gateway.sandbox.faults import load_faults
    from gateway.sandbox.options import SandboxOptions, Timing
    from gateway.sandbox.organization import Organization, load_organization
    from gateway.sandbox.speech.outfit import find_outfit
    from gateway.telemetry.logs import LogFormat, configure_logs

    options = SandboxOptions(
        host=host,
        port=port,
        counterpart=counterpart,
        delivery=delivery,
        piece_ms=piece_ms,
        api_keys=frozenset(api_key or ()),
        keep_audio=keep_audio,
        public_url=public_url,
        credits=credits_,
        screenplay=None if script is None else load_screenplay(script),
        speech=find_outfit(model, voice) if counterpart == "speech" else None,
        organization=Organization() if organization is None else load_organization(organization),
        faults=() if faults is None else tuple(load_faults(faults)),
        state=state,
        timing=Timing(webhook_scale=webhook_scale),
    )
    configure_logs(LogFormat.AUTO)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options))


async def _serve(options: "SandboxOptions") -> None:
    from gateway.cli.signals import stop_signals
    from gateway.sandbox.server import serve_sandbox

    await serve_sandbox(options, stop_signals().wanted)
