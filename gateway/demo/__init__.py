"""Two calls through a gateway on this machine, shown while they are on and checked when they are over."""
