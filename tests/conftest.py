"""What holds for every test: how hypothesis searches, and where PostgreSQL comes from."""

from __future__ import annotations

from hypothesis import settings

# A slow machine is no fault of the code, so no example has a time limit of its own; a failure
# prints how to repeat it exactly.
settings.register_profile("house", deadline=None, print_blob=True)
settings.load_profile("house")

# A plugin rather than a conftest, so that all rooms share the servers of a session.
pytest_plugins = ["tests.postgresql.fixtures"]
