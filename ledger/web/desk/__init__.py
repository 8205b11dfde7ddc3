"""The desk: a visit is logged while somebody stands there and waits."""
