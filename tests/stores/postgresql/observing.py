"""Everything that a role can find out about a server without leaving its own database.

Every relation of PostgreSQL's own catalogs that the role may read is read whole; every function
of PostgreSQL that needs no argument is called, and every one that takes a number is called with the
numbers by which a server names what belongs to all databases: databases, tablespaces, shared
tables, roles, sessions. What two observations have in common tells nothing of the time between.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg

Connection = psycopg.Connection[Any]
Seen = dict[str, str]

REFUSED = "refused:"
PARTS = 8
"""Into so many parts the values are divided where a function refuses one of them."""

# Left out are two views that take seconds to join what other views of the same schema say.
READABLE = """
SELECT format('%I.%I', nspname, relname),
    (SELECT string_agg(format('%I', attname), ', ' ORDER BY attnum) FROM pg_attribute
     WHERE attrelid = pg_class.oid AND attnum > 0 AND NOT attisdropped
         AND has_column_privilege(pg_class.oid, attnum, 'SELECT'))
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace
WHERE nspname IN ('pg_catalog', 'information_schema') AND relkind IN ('r', 'v')
    AND relname NOT IN ('data_type_privileges', 'element_types')
ORDER BY 1
"""

CALLABLE = """
SELECT format('%I', proname), COALESCE(proargtypes[0]::regtype::text, '')
FROM pg_proc
WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f'
    AND has_function_privilege(oid, 'EXECUTE') AND prorettype <> 'trigger'::regtype
    AND (pronargs = 0
         OR pronargs = 1 AND proname LIKE 'pg\\_%'
            AND proargtypes[0]::regtype::text IN ('oid', 'integer', 'regclass', 'name'))
ORDER BY 1, 2
"""


def observe(connection: Connection, numbers: Sequence[int], names: Sequence[str]) -> Seen:
    """Give everything that a role can see, by where it saw it."""
    seen: Seen = {}
    for relation, columns in connection.execute(READABLE).fetchall():
        if columns is not None:
            seen[relation] = _rows(connection, f"SELECT {columns} FROM {relation}")
    for function, argument in connection.execute(CALLABLE).fetchall():
        if not argument:
            seen[f"{function}()"] = _rows(connection, f"SELECT * FROM {function}()")
        else:
            values = names if argument == "name" else numbers
            seen[f"{function}({argument})"] = _of_all(connection, function, argument, values)
    return seen


def _of_all(connection: Connection, function: str, argument: str, values: Sequence[object]) -> str:
    """What a function says of all the values; of fewer at a time where it refuses one of them."""
    listed = ", ".join(f"('{value}')" for value in values)
    call = f"SELECT value, {function}(value::{argument}) FROM (VALUES {listed}) AS t (value)"
    answer = _rows(connection, call)
    if len(values) > 1 and answer.startswith(REFUSED):
        # Most that refuse one value refuse them all: few steps lead to each by itself.
        many = -(-len(values) // PARTS)
        parts = (values[at : at + many] for at in range(0, len(values), many))
        return "\n".join(_of_all(connection, function, argument, part) for part in parts)
    return answer


def different(before: Seen, after: Seen) -> set[str]:
    """Where two observations differ."""
    return {where for where in before | after if before.get(where) != after.get(where)}


def _rows(connection: Connection, query: str) -> str:
    """The rows of a query in an order of their own, or the code of its refusal."""
    try:
        # The rows as one text each: no type of PostgreSQL is too odd for that.
        rows = connection.execute(f"SELECT seen::text FROM ({query}) AS seen".encode()).fetchall()
    except psycopg.Error as error:
        return f"{REFUSED} {error.sqlstate}"
    return "\n".join(sorted(str(row[0]) for row in rows))
