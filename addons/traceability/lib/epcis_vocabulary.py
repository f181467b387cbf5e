"""The words of EPCIS 2.0 and of the Core Business Vocabulary (CBV) 2.0.

The official JSON schema lets any URI stand where a standard word belongs, so that a
misspelt one passes; these tables are what ``epcis_check`` holds it against.
"""


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


EVENT_TYPES = frozenset(
    {
        "ObjectEvent",
        "AggregationEvent",
        "AssociationEvent",
        "TransactionEvent",
        "TransformationEvent",
    }
)
ACTIONS = frozenset({"ADD", "OBSERVE", "DELETE"})

# CBV 2.0 section 7.1
BIZ_STEPS = _words(
    """
    accepting arriving assembling collecting commissioning consigning
    creating_class_instance cycle_counting decommissioning departing destroying
    disassembling dispensing encoding entering_exiting holding inspecting installing
    killing loading other packing picking receiving removing repackaging repairing
    replacing reserving retail_selling sampling sensor_reporting shipping
    staging_outbound stock_taking stocking storing transporting unloading unpacking
    void_shipping
    """
)
# CBV 2.0 section 7.2
DISPOSITIONS = _words(
    """
    active available completeness_inferred completeness_verified conformant
    container_closed container_open damaged destroyed dispensed disposed encoded expired
    in_progress in_transit inactive mismatch_class mismatch_instance mismatch_quantity
    needs_replacement no_pedigree_match non_conformant non_sellable_other
    partially_dispensed recalled reserved retail_sold returned sellable_accessible
    sellable_not_accessible stolen unavailable unknown
    """
)
# CBV 2.0 section 7.3
BIZ_TRANSACTION_TYPES = _words(
    """
    bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt
    """
)
# CBV 2.0 section 7.4
PARTY_TYPES = frozenset({"owning_party", "possessing_party", "location"})
# CBV 2.0 section 7.5
ERROR_REASONS = frozenset({"did_not_occur", "incorrect_data"})

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
# Who writes in here claims to use a word of the standard.
RESERVED = (
    "urn:epcglobal:cbv:",
    "https://ns.gs1.org/cbv/",
    "http://ns.gs1.org/cbv/",
    "https://ref.gs1.org/cbv/",
    "http://ref.gs1.org/cbv/",
)
# Prefixes that the standard context itself declares.
KNOWN_PREFIXES = frozenset(
    {"epcis", "cbv", "cbvmda", "gs1", "rdfs", "owl", "xsd", "dcterms"}
)

# Properties of an event that need no prefix, EPCIS 2.0 section 7.4.
PROPERTIES = _words(
    """
    @context type eventTime recordTime eventTimeZoneOffset eventID certificationInfo
    errorDeclaration action bizStep disposition persistentDisposition readPoint
    bizLocation bizTransactionList sourceList destinationList sensorElementList ilmd
    epcList quantityList parentID childEPCs childQuantityList transformationID
    inputEPCList inputQuantityList outputEPCList outputQuantityList
    """
)
