"""Consent to be shown to a college: on what it rests."""

from __future__ import annotations

from enum import StrEnum

JOINING_POLICY = "sharing.consent"
"""The policy key: whether who joins the class has consented by signing the agreement."""


class ConsentBasis(StrEnum):
    """Who said it: the signed agreement when joining the class, the student, or a guardian."""

    AGREEMENT = "agreement"
    STUDENT = "student"
    GUARDIAN = "guardian"


class JoiningConsent(StrEnum):
    """What the policy key may say."""

    JOINING = "joining"
    """Joining the class is consent: the signed agreement says so."""
    SEPARATE = "separate"
    """Nothing is shared until student or guardian consents."""
