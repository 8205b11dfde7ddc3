"""Others who vouch for the log: witnesses that cosign its checkpoints.

    policy ─► protocol ─► asking ─► keeping

Nothing here speaks to anybody unless an administrator named them in a policy. Cites: ADR 0033.
"""
