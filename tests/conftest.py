"""What holds for every test."""

from hypothesis import HealthCheck, settings

# A loaded machine is slow, not wrong: properties fail by what they find, never by how long they took.
settings.register_profile("unhurried", deadline=None, suppress_health_check=[HealthCheck.too_slow])
# For tests/fuzz, whose README says how: twenty times the usual effort, and other examples each time.
settings.register_profile("deep", settings.get_profile("unhurried"), max_examples=2_000, print_blob=True)
settings.load_profile("unhurried")
