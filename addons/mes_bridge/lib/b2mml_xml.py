"""The XML form of B2MML, from and to the JSON form.

Members stand in the order of the schema already, so that writing is a walk; ``@name`` is an
attribute, ``$`` the text, a list a repetition.
"""

from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from .b2mml_values import B2mmlError

NAMESPACE = "http://www.mesa.org/xml/B2MML"
MAX_BYTES = 8 * 1024 * 1024
# Members that a reader finds as lists also when there is one of them only.
REPEATED = {
    "OperationsSchedule",
    "OperationsRequest",
    "OperationsPerformance",
    "ResponseCriteria",
    "OperationsResponse",
    "OperationsRequestID",
    "SegmentRequirement",
    "SegmentResponse",
    "MaterialRequirement",
    "MaterialActual",
    "MaterialDefinitionID",
    "MaterialLotID",
    "EquipmentRequirement",
    "EquipmentActual",
    "EquipmentID",
    "Description",
    "Quantity",
}


def to_xml(document: dict[str, Any]) -> bytes:
    """Return the XML of a document with one root."""
    ((name, content),) = document.items()
    root = etree.Element(f"{{{NAMESPACE}}}{name}", nsmap={None: NAMESPACE})
    _fill(root, content)
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)


def from_xml(raw: bytes) -> dict[str, Any]:
    """Return the JSON form of XML.

    :raises B2mmlError: for what is no B2MML, too large, or has a document type: entities
        are not resolved for anybody.
    """
    if len(raw) > MAX_BYTES:
        raise B2mmlError(f"A document has {MAX_BYTES} bytes at most.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(raw, parser)
    except etree.XMLSyntaxError as error:
        raise B2mmlError(f"This is no XML: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise B2mmlError("A document type is not allowed.")
    if etree.QName(root).namespace != NAMESPACE:
        raise B2mmlError(f"The namespace is not {NAMESPACE}.")
    return {etree.QName(root).localname: _read(root)}


def _fill(element: Any, content: Any) -> None:
    if not isinstance(content, dict):
        element.text = str(content)
        return
    for name, value in content.items():
        if name.startswith("@"):
            element.set(name[1:], str(value))
        elif name == "$":
            element.text = str(value)
        else:
            for entry in value if isinstance(value, list) else [value]:
                _fill(etree.SubElement(element, f"{{{NAMESPACE}}}{name}"), entry)


def _read(element: Any) -> Any:
    content: dict[str, Any] = {f"@{name}": text for name, text in element.attrib.items()}
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        text = (element.text or "").strip()
        if not content:
            return text if text or element.text else {}
        return content | ({"$": text} if text else {})
    for child in children:
        name = etree.QName(child).localname
        value = _read(child)
        if name in REPEATED:
            content.setdefault(name, []).append(value)
        else:
            content[name] = value
    return content
