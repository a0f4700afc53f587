"""The gateway with `telemetry.quality` off: what following how calls sound costs is the difference.

Run by `tests.benchmarks.relay --quality`.
"""

from tests.benchmarks.ours import main

if __name__ == "__main__":
    main(quality=False)
