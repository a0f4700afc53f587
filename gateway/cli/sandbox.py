"""`gateway sandbox`: a local Kallglot, until it is told to stop."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from gateway.sandbox.options import SandboxOptions


def sandbox(  # noqa: PLR0913  an argument for each option
    *,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Its port; 0 takes a free one.")] = 8400,
    counterpart: Annotated[str, typer.Option(help="Who answers: parrot, echo or mute.")] = "parrot",
    delivery: Annotated[str, typer.Option(help="How its turns leave: realtime or burst.")] = "realtime",
    piece_ms: Annotated[int, typer.Option(help="Audio in one audio.output of a turn.")] = 100,
    api_key: Annotated[
        list[str] | None,
        typer.Option(help="Key that is accepted, repeatable.  [default: any sk_test_… or sk_live_…]"),
    ] = None,
    keep_audio: Annotated[bool, typer.Option(help="Keep what went through, for inspection.")] = True,
    public_url: Annotated[
        str | None, typer.Option(help="What stream URLs are made from.  [default: the request's Host]")
    ] = None,
    credits_: Annotated[int, typer.Option("--credits", help="API credits; each session takes one.")] = 1_000_000,
) -> None:
    """Run a local Kallglot; a gateway finds it by kallglot.base_url, and any sk_test_… is a key."""
    import asyncio

    import uvloop

    from gateway.sandbox.options import SandboxOptions
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
    )
    configure_logs(LogFormat.AUTO)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(options))


async def _serve(options: "SandboxOptions") -> None:
    from gateway.cli.signals import stop_signals
    from gateway.sandbox.server import serve_sandbox

    await serve_sandbox(options, stop_signals().wanted)
