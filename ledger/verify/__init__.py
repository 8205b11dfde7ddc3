"""The offline verifier: checks an evidence pack or a published log without trusting who made it.

`python -m ledger.verify PATH --trust FILE [--json]`, or `verify(path, trust_bytes)` in a program.
Imports ledger.evidence, cryptography and the standard library; reads nothing but what it is given.
Cites: FORMAT §6.
"""

from ledger.verify.procedure import ending, verify
from ledger.verify.report import Finding, Outcome, Report

__all__ = ["Finding", "Outcome", "Report", "ending", "verify"]
