"""An independent verifier for the evidence format, version 1, written from its text alone."""
