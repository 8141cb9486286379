"""What is wrong with a run, since when, how sure that is, and what to try: by evidence and by experiments."""

from nnsim.diagnosis.diagnose import Diagnosis, diagnose
from nnsim.diagnosis.finding import FAULTS, Finding, Remedy

__all__ = ["FAULTS", "Diagnosis", "Finding", "Remedy", "diagnose"]
