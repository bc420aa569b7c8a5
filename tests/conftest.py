"""What all tests share."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from xdist.remote import Producer

from tests.scheduling import Together

# Machines differ in speed, so no example has a deadline. The same examples each time: a red run
# can be repeated. `--hypothesis-profile thorough` looks for new ones.
settings.register_profile(
    "steady",
    deadline=None,
    derandomize=True,
    max_examples=60,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile(
    "thorough", settings.get_profile("steady"), derandomize=False, max_examples=1500
)
settings.load_profile("steady")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Together | None:
    return Together(config, log) if config.getoption("dist") == "loadgroup" else None


@pytest.fixture(autouse=True, scope="session")
def _no_credentials_of_this_machine() -> Iterator[None]:
    """Nothing here may reach anybody's AWS account."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("AWS_ACCESS_KEY_ID", "test")
        environment.setenv("AWS_SECRET_ACCESS_KEY", "test")
        environment.setenv("AWS_DEFAULT_REGION", "eu-central-1")
        environment.setenv("AWS_CONFIG_FILE", "/nonexistent")
        environment.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent")
        environment.setenv("AWS_EC2_METADATA_DISABLED", "true")
        yield
