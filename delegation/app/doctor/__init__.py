"""The doctor: looks at everything that may be wrong with a deployment, changes nothing, and says what to do next."""

from delegation.app.doctor.examination import examined
from delegation.app.doctor.findings import Finding, Grade

__all__ = ["Finding", "Grade", "examined"]
