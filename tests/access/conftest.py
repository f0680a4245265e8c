from collections.abc import Callable, Iterator

import pytest
from sqlalchemy import Engine, create_engine

from tests.access.guarded import Guarded, build


@pytest.fixture(scope="session")
def guarded(
    new_database: Callable[..., str],
    address: Callable[[str], str],
    application_address: Callable[[str], str],
    national_template: str,
) -> Iterator[Guarded]:
    """Shared by tests that change nothing, or nothing that another one asks for."""
    name = new_database(national_template)
    owner = create_engine(address(name))
    yield build(owner, application_address(name))
    owner.dispose()


@pytest.fixture
def owner(guarded: Guarded) -> Engine:
    return guarded.owner
