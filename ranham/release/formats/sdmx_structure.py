"""The structure message of SDMX-ML 3.0: code lists, concepts, the data flow and the data structure."""

from collections.abc import Iterator
from xml.sax.saxutils import escape, quoteattr

from ranham.release.formats import sdmx_codes as codes
from ranham.release.formats.published import SIMULATED, Published, plain

SCHEMAS = "http://www.sdmx.org/resources/sdmxml/schemas/v3_0/"
DIMENSIONS = {
    "LEVEL": "CL_LEVEL",
    "REF_AREA": "CL_AREA",
    "SCOPE": "CL_SCOPE",
    "TARGET_GROUP": "CL_TARGET_GROUP",
    "ACTION_CODE": "CL_ACTION",
    "FIGURE": "CL_FIGURE",
}
ATTRIBUTES = {
    "DENOMINATOR": "Long",
    "DENOMINATOR_NAME": "CL_DENOMINATOR",
    "PERCENT": "Decimal",
    "OBS_STATUS": "CL_OBS_STATUS",
    "PERIOD_LABEL": "String",
    "RELEASE": "String",
    "SIMULATED": "Boolean",
}
"""Their code list, or their type."""
CONCEPTS = {
    "LEVEL": "Level of the reporting unit",
    "REF_AREA": "Reporting unit",
    "SCOPE": "Whose obligations are counted",
    "TARGET_GROUP": "Target group",
    "ACTION_CODE": "Action",
    "FIGURE": "Figure",
    "TIME_PERIOD": "Closing month of the reporting period, or the plan year",
    "OBS_VALUE": "Numerator",
    "DENOMINATOR": "Denominator",
    "DENOMINATOR_NAME": "What the denominator counts",
    "PERCENT": "Numerator x 100 / denominator, two decimals, half up",
    "OBS_STATUS": "Observation status",
    "PERIOD_LABEL": "Reporting period",
    "RELEASE": "Number of the release",
    "SIMULATED": "Made from simulated reports, not real ones",
}


def structure(published: Published) -> str:
    return "".join(f"{line}\n" for line in _lines(published))


def _lines(published: Published) -> Iterator[str]:
    header, version = published.header, codes.version(published.header)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    names = " ".join(f'xmlns:{short}="{SCHEMAS}{name}"' for short, name in (("mes", "message"), ("str", "structure"), ("com", "common")))  # fmt: skip
    yield f"<mes:Structure {names}>"
    yield f"<mes:Header><mes:ID>{published.stem}</mes:ID><mes:Test>{'true' if header.simulated else 'false'}</mes:Test>"
    yield f'<mes:Prepared>{plain(header.made_at)}</mes:Prepared><mes:Sender id="{codes.AGENCY}"/></mes:Header>'
    yield "<mes:Structures><str:Codelists>"
    for name, listed in codes.code_lists(published).items():
        yield from _code_list(name, listed, version)
    yield "</str:Codelists><str:ConceptSchemes>"
    yield f'<str:ConceptScheme id="CS_RANHAM" {_kept(version)}>{_name("Concepts of RANHAM figures")}'
    for concept, meaning in CONCEPTS.items():
        yield f'<str:Concept id="{concept}">{_name(meaning)}</str:Concept>'
    yield "</str:ConceptScheme></str:ConceptSchemes><str:Dataflows>"
    title = f"RANHAM figures, {header.number}" + (f" ({SIMULATED})" if header.simulated else "")
    yield f"<str:Dataflow id={quoteattr(codes.flow(header))} {_kept(version)}>{_name(title)}"
    yield f"<str:Structure>{_urn('datastructure.DataStructure', 'FIGURES', version)}</str:Structure>"
    yield "</str:Dataflow></str:Dataflows><str:DataStructures>"
    yield f'<str:DataStructure id="FIGURES" {_kept(version)}>{_name("RANHAM figures")}<str:DataStructureComponents>'
    yield '<str:DimensionList id="DimensionDescriptor">'
    for position, (concept, listed_in) in enumerate(DIMENSIONS.items(), 1):
        yield f'<str:Dimension id="{concept}" position="{position}">{_is(concept, listed_in, version)}</str:Dimension>'
    time = f'{_concept("TIME_PERIOD", version)}<str:LocalRepresentation><str:TextFormat textType="ObservationalTimePeriod"/></str:LocalRepresentation>'
    yield f'<str:TimeDimension id="TIME_PERIOD">{time}</str:TimeDimension></str:DimensionList>'
    yield '<str:AttributeList id="AttributeDescriptor">'
    for concept, kind in ATTRIBUTES.items():
        relation = "<str:AttributeRelationship><str:Observation/></str:AttributeRelationship>"
        needed = "optional" if concept in ("DENOMINATOR", "PERCENT") else "mandatory"
        yield f'<str:Attribute id="{concept}" usage="{needed}">{_is(concept, kind, version)}{relation}</str:Attribute>'
    yield '</str:AttributeList><str:MeasureList id="MeasureDescriptor">'
    yield f'<str:Measure id="OBS_VALUE">{_is("OBS_VALUE", "Long", version)}</str:Measure>'
    yield "</str:MeasureList></str:DataStructureComponents></str:DataStructure></str:DataStructures>"
    yield "</mes:Structures></mes:Structure>"


def _code_list(name: str, listed: list[codes.Code], version: str) -> Iterator[str]:
    yield f'<str:Codelist id="{name}" {_kept(version)}>{_name(name)}'
    for code in listed:
        parent = f"<str:Parent>{code.parent}</str:Parent>" if code.parent else ""
        yield f"<str:Code id={quoteattr(code.id)}>{_name(code.name)}{parent}</str:Code>"
    yield "</str:Codelist>"


def _is(concept: str, kind: str, version: str) -> str:
    """The concept a component is of, and its values: a code list or a type."""
    if kind.startswith("CL_"):
        values = f"<str:Enumeration>{_urn('codelist.Codelist', kind, version)}</str:Enumeration>"
    else:
        values = f'<str:TextFormat textType="{kind}"/>'
    return f"{_concept(concept, version)}<str:LocalRepresentation>{values}</str:LocalRepresentation>"


def _concept(concept: str, version: str) -> str:
    urn = _urn("conceptscheme.Concept", "CS_RANHAM", version)
    return f"<str:ConceptIdentity>{urn}.{concept}</str:ConceptIdentity>"


def _urn(kind: str, name: str, version: str) -> str:
    return f"urn:sdmx:org.sdmx.infomodel.{kind}={codes.AGENCY}:{name}({version})"


def _kept(version: str) -> str:
    return f'version="{version}" agencyID="{codes.AGENCY}"'


def _name(name: str) -> str:
    """Signs that XML cannot hold are left out: only a name can have them, and the codes tell units apart."""
    held = "".join(sign for sign in name if sign >= " " or sign in "\t\n\r")
    return f'<com:Name xml:lang="en">{escape(held)}</com:Name>'
