"""Outside data is read into Structs in one room, and types are learnt before threads use them."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

from ledger.domain.law.pack import resolve
from tests.house.tree import ROOT, named, parsed, python_files

READS = {"convert", "decode", "Decoder"}
RACE = """
import sys, threading
from pathlib import Path
from ledger.domain.codec import EVENT_TYPES, BadFields, propose
from ledger.domain.law.pack import load_resolved

data, ready = Path(sys.argv[1]).read_bytes(), threading.Barrier(8)

def use_every_form():
    ready.wait()
    load_resolved(data)
    for kind in EVENT_TYPES.values():
        try:
            propose(kind, {"unknown": 1})
        except BadFields:
            pass

sys.setswitchinterval(1e-6)
threads = [threading.Thread(target=use_every_form) for _ in range(8)]
for one in threads:
    one.start()
for one in threads:
    one.join()
"""


def reading(path: Path) -> list[str]:
    """Where a file lets msgspec read data."""
    return [
        f"{named(path)}:{node.lineno}"
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute)
        and node.attr in READS
        and ast.unparse(node).startswith("msgspec.")
    ]


def test_one_room_reads_data_into_structs() -> None:
    """No module of the product but that of the forms lets msgspec read data."""
    found = {at for path in python_files("ledger", "keys") for at in reading(path)}
    assert {at.partition(":")[0] for at in found} == {"ledger/domain/form.py"}


def test_a_form_is_made_where_a_module_is_imported() -> None:
    """No function of the product makes a form: threads would be there already."""
    made = [
        f"{named(path)}:{call.lineno}"
        for path in python_files("ledger", "keys")
        for function in ast.walk(parsed(path))
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in ast.walk(function)
        if isinstance(call, ast.Call) and ast.unparse(call.func).partition("[")[0] == "Form"
    ]
    assert made == []


def test_threads_may_use_a_form_for_the_first_time_together(tmp_path: Path) -> None:
    """A new process in which eight threads at once read law and events lives on."""
    law = tmp_path / "law.json"
    law.write_bytes(resolve("us-mo/jcl").dump())
    for _ in range(3):
        command = [sys.executable, "-c", RACE, str(law)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        subprocess.run(command, env=environment, check=True, timeout=60)
