"""The verdict engine: (snapshot, plan or agreement, policy, day) -> verdict. Pure.

Policy keys it reads: substitution.cap_units, substitution.share_percent,
innovation.career_cap_units, innovation.category_cap.<category> (where a category has one),
duration.years_early_max, duration.years_late_max, duration.suspension_counts. Credits in
hundredths.
"""

from creditbank.eligibility.articulation import evaluate_articulation
from creditbank.eligibility.codec import findings_hash, verdict_from_dict, verdict_to_dict
from creditbank.eligibility.graduation import evaluate_graduation
from creditbank.eligibility.input_hash import input_hash
from creditbank.eligibility.reach import check_reach
from creditbank.eligibility.sentences import sentences
from creditbank.eligibility.usable import units_to_substitute
from creditbank.eligibility.verdict_documents import verdict_document, verdict_schema
from creditbank.eligibility.version import ENGINE_VERSION

__all__ = [
    "ENGINE_VERSION",
    "check_reach",
    "evaluate_articulation",
    "evaluate_graduation",
    "findings_hash",
    "input_hash",
    "sentences",
    "units_to_substitute",
    "verdict_document",
    "verdict_from_dict",
    "verdict_schema",
    "verdict_to_dict",
]
