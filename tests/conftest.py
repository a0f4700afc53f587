"""What holds for every test."""

from hypothesis import HealthCheck, settings

# A loaded machine is slow, not wrong: properties fail by what they find, never by how long they took.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("unhurried")
