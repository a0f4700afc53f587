"""One call: brain, uplink, downlink, relay. All calls: the switchboard."""
