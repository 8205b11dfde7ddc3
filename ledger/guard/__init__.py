"""The guard: it tells the library system's agent which records to retain, and never why.

    hold placed, released ─► the list (sealed, of one length) ─► marks, covers among them ─► agent

`token`   what the agent calls a record: HMAC-SHA256 of its identifier, under the agent's own key
`tag`     what stands beside a token in the list, so that the release of a hold takes its own only
`mark`    the small number that a token falls on; what is marked is retained
`cover`   a mark that stands there by chance: it looks like a hold, and ends by itself

It stands below the register, which tells it of every hold, and reads no case itself (ADR 0022).
"""
