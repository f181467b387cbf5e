"""The vocabularies of CBV 2.0, and the ways to write a word of one.

In JSON a standard word is bare (``shipping``); what JSON-LD makes of it is a web address
(``https://ref.gs1.org/cbv/BizStep-shipping``, shortened ``cbv:BizStep-shipping``). The
URN of EPCIS 1.x belongs to XML; queries may use it, documents may not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from .faults import Fault

CBV = "https://ref.gs1.org/cbv/"
VOC = "https://gs1.org/voc/"
_CBV_URN = "urn:epcglobal:cbv:"
# RFC 3986, as far as it can be seen from outside: a scheme, and no character that must
# be escaped.
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:(?:[!#$&-;=?-\[\]_a-z~]|%[0-9A-Fa-f]{2})*")
_HELD_BY_GS1 = re.compile(r"urn:epcglobal:cbv|https?://ns\.gs1\.org/cbv/")
_OLD_VOC = re.compile(r"https?://(www\.)?gs1\.org/voc/")


def is_uri(value: Any) -> bool:
    """Return whether a value is an absolute URI, a CURIE included."""
    return isinstance(value, str) and bool(_URI.fullmatch(value))


def words(text: str) -> tuple[str, ...]:
    """Return the words of a text, in their order."""
    return tuple(text.split())


def _words(text: str) -> frozenset[str]:
    return frozenset(words(text))


@dataclass(frozen=True)
class Vocabulary:
    """One vocabulary.

    :param name: what a person calls it; ``web``: what stands before a word in its web
        address; ``urn``: the same in a URN of EPCIS 1.x.
    """

    name: str
    words: frozenset[str]
    web: str
    urn: str = ""

    def bare(self, value: str) -> str:
        """Return the bare word of a standard value, however it is written.

        What is not of the standard is returned as it is.
        """
        for start in (self.web, self._short(), self.urn):
            if start and value.startswith(start):
                word = value[len(start) :]
                return word if word in self.words else value
        return value

    def _short(self) -> str:
        return self.web.replace(CBV, "cbv:").replace(VOC, "gs1:")

    def web_uri(self, value: str) -> str:
        """Return the web address of a standard word, another value as it is."""
        word = self.bare(value)
        return f"{self.web}{word}" if word in self.words else value

    def check(self, value: Any, pointer: str) -> Iterator[Fault]:
        """Find what is wrong with a value in a document."""
        if isinstance(value, str) and value in self.words:
            return
        if not is_uri(value):
            yield Fault(pointer, self._say_unknown(value))
        elif self._is_forbidden(value):
            yield Fault(pointer, self._say_form(value))
        elif value.startswith((self.web, self._short())) and (
            self.bare(value) not in self.words
        ):
            yield Fault(pointer, self._say_unknown(value))

    def _is_forbidden(self, value: str) -> bool:
        if self.web == VOC:
            return bool(_OLD_VOC.match(value))
        return bool(_HELD_BY_GS1.match(value))

    def _say_form(self, value: str) -> str:
        word = self.bare(value)
        if word in self.words:
            return f"Write the bare word '{word}'."
        return self._say_unknown(value)

    def _say_unknown(self, value: Any) -> str:
        return (
            f"{str(value)[:80]!r} is no {self.name} of CBV 2.0; write one of its words, "
            "or a URI of your own."
        )


BIZ_STEPS = Vocabulary(
    "business step",
    _words(
        """
        accepting arriving assembling collecting commissioning consigning
        creating_class_instance cycle_counting decommissioning departing destroying
        disassembling dispensing encoding entering_exiting holding inspecting installing
        killing loading other packing picking receiving removing repackaging repairing
        replacing reserving retail_selling sampling sensor_reporting shipping
        staging_outbound stock_taking stocking storing transporting unloading unpacking
        void_shipping
        """
    ),
    f"{CBV}BizStep-",
    f"{_CBV_URN}bizstep:",
)
DISPOSITIONS = Vocabulary(
    "disposition",
    _words(
        """
        active available completeness_inferred completeness_verified conformant
        container_closed container_open damaged destroyed dispensed disposed encoded
        expired in_progress in_transit inactive mismatch_class mismatch_instance
        mismatch_quantity needs_replacement no_pedigree_match non_conformant
        non_sellable_other partially_dispensed recalled reserved retail_sold returned
        sellable_accessible sellable_not_accessible stolen unavailable unknown
        """
    ),
    f"{CBV}Disp-",
    f"{_CBV_URN}disp:",
)
TRANSACTION_TYPES = Vocabulary(
    "business transaction type",
    _words(
        "bol cert desadv inv pedigree po poc prodorder recadv rma testprd testres upevt"
    ),
    f"{CBV}BTT-",
    f"{_CBV_URN}btt:",
)
SOURCE_TYPES = Vocabulary(
    "source or destination type",
    _words("owning_party possessing_party location"),
    f"{CBV}SDT-",
    f"{_CBV_URN}sdt:",
)
ERROR_REASONS = Vocabulary(
    "error reason",
    _words("did_not_occur incorrect_data"),
    f"{CBV}ER-",
    f"{_CBV_URN}er:",
)
COMPONENTS = Vocabulary(
    "component",
    _words(
        """
        x y z axial_distance azimuth height spherical_radius polar_angle elevation_angle
        easting northing latitude longitude altitude
        """
    ),
    f"{CBV}Comp-",
    f"{_CBV_URN}comp:",
)
SENSOR_ALERTS = Vocabulary(
    "sensor alert", _words("ALARM_CONDITION ERROR_CONDITION"), VOC
)
MEASUREMENTS = Vocabulary(
    "measurement type",
    _words(
        """
        AbsoluteHumidity AbsorbedDose AbsorbedDoseRate Acceleration Altitude
        AmountOfSubstance AmountOfSubstancePerUnitVolume Angle AngularAcceleration
        AngularMomentum AngularVelocity Area Capacitance Conductance Conductivity Count
        Density Dimensionless DoseEquivalent DoseEquivalentRate DynamicViscosity
        ElectricCharge ElectricCurrent ElectricCurrentDensity ElectricFieldStrength
        Energy Exposure Force Frequency Illuminance Inductance Irradiance
        KinematicViscosity Length LinearMomentum Luminance LuminousFlux
        LuminousIntensity MagneticFlux MagneticFluxDensity MagneticVectorPotential Mass
        MassConcentration MassFlowRate MassPerAreaTime MemoryCapacity MolalityOfSolute
        MolarEnergy MolarMass MolarVolume Power Pressure RadiantFlux RadiantIntensity
        Radioactivity RelativeHumidity Resistance Resistivity SolidAngle SpecificVolume
        Speed SurfaceDensity SurfaceTension Temperature Time Torque Voltage Volume
        VolumeFlowRate VolumeFraction VolumetricFlux Wavenumber
        """
    ),
    VOC,
)

# Member of an event (or query parameter) → the vocabulary of its values.
OF_MEMBER = {
    "bizStep": BIZ_STEPS,
    "disposition": DISPOSITIONS,
    "set": DISPOSITIONS,
    "unset": DISPOSITIONS,
    "reason": ERROR_REASONS,
    "component": COMPONENTS,
    "exception": SENSOR_ALERTS,
}
