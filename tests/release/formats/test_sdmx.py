"""SDMX, read back by another program's reader of structures (SDMX-ML 3.0) and data (SDMX-CSV 2.0)."""

import re
from collections import Counter
from typing import Any

import pytest
import sdmx
from hypothesis import given
from hypothesis import strategies as st

from ranham.release import formats
from ranham.release.formats import sdmx_codes as codes
from ranham.release.formats.published import publish
from ranham.release.formats.sdmx_structure import ATTRIBUTES, DIMENSIONS
from tests.release.formats.worlds import QUOTED, content, header

IDENTIFIER = re.compile(r"[A-Za-z0-9_@$-]+")


@pytest.fixture(scope="module")
def read(tmp_path_factory: pytest.TempPathFactory) -> tuple[Any, Any]:
    data, described = formats.write("sdmx", content(), tmp_path_factory.mktemp("sdmx"))
    with described.open("rb") as opened:
        structure = sdmx.read_sdmx(opened)
    with data.open("rb") as opened:
        return structure, sdmx.read_sdmx(opened, format="csv", structure=structure.dataflow["FIGURES_RANHAM-V"])


def test_the_structure_names_dimensions_attributes_and_the_measure(read: tuple[Any, Any]) -> None:
    structure, _ = read
    defined = structure.structure["FIGURES"]
    assert [d.id for d in defined.dimensions] == [*DIMENSIONS, "TIME_PERIOD"]
    assert [a.id for a in defined.attributes] == list(ATTRIBUTES)
    assert [m.id for m in defined.measures] == ["OBS_VALUE"]
    assert str(defined.version) == "2022.8.1"
    assert structure.header.test is True
    for dimension, code_list in DIMENSIONS.items():
        assert defined.dimensions.get(dimension).local_representation.enumerated.id == code_list


def test_a_regency_stands_below_its_province_under_its_own_name(read: tuple[Any, Any]) -> None:
    areas = read[0].codelist["CL_AREA"]
    assert areas["01_10"].parent is areas["01"]
    # An XML reader makes a line break a line break again.
    assert str(areas["01_71"].name) == QUOTED


def test_the_data_agree_with_the_release_on_every_value(read: tuple[Any, Any]) -> None:
    observations = [obs for dataset in read[1].data for obs in dataset.obs]
    rows = publish(content()).rows
    assert len(observations) == len(rows)
    for obs, row in zip(observations, rows, strict=True):
        assert int(obs.value) == row.numerator
        assert int(obs.attached_attribute["DENOMINATOR"].value) == row.denominator
        assert obs.attached_attribute["SIMULATED"].value == "true"
        assert obs.attached_attribute["RELEASE"].value == row.release
        assert obs.dimension.values["FIGURE"].value == row.figure
        assert obs.dimension.values["TIME_PERIOD"].value == "2022-08"


def test_every_key_is_of_one_observation_and_every_code_is_listed(read: tuple[Any, Any]) -> None:
    structure, data = read
    observations = [obs for dataset in data.data for obs in dataset.obs]
    keys = Counter(tuple(str(obs.dimension.values[d].value) for d in DIMENSIONS) for obs in observations)
    assert set(keys.values()) == {1}
    for key in keys:
        for code, code_list in zip(key, DIMENSIONS.values(), strict=True):
            assert code in structure.codelist[code_list].items
    named = {str(obs.attached_attribute["DENOMINATOR_NAME"].value) for obs in observations}
    assert named <= set(structure.codelist["CL_DENOMINATOR"].items)


@given(st.text(min_size=1), st.text(min_size=1))
def test_two_codes_never_become_one(one: str, other: str) -> None:
    assert IDENTIFIER.fullmatch(codes.spell(one))
    assert codes.spell(one) != codes.TOTAL
    assert (codes.spell(one) == codes.spell(other)) == (one == other)


def test_a_year_and_a_sandbox_have_structures_of_their_own() -> None:
    assert codes.version(header(closing_month=None, version=2)) == "2022.0.2"
    assert codes.version(header(sandbox=True)) == "2022.8.1-sandbox"
    assert codes.period(header(closing_month=None)) == "2022"
