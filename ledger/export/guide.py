"""The README.txt of a pack: what it is, what it does not prove, and how anybody checks it.

Its commands are tried literally by a test. They use nothing of ours: openssl, the Go project's own
packages for signed notes and trees, and a reader of such logs from PyPI. What is checked against
comes from the receiver's trust file and never from the pack.
"""

from __future__ import annotations

from importlib.resources import files
from string import Template
from typing import Final

from ledger.evidence.pack import Scope

_ABOUT: Final = {
    "event": "one record, with what its signer acted under and with the office's records",
    "case": "one case, whole as far as the log was published, and the office's records",
    "ledger": "the log, the office's records and those of cases that stand open",
}

_GUIDE: Final = Template("""\
EVIDENCE FROM THE DISCLOSURE LEDGER $origin

This folder shows $about:
$shown records, in a log of $size entries. Personal values that are not shown here were left out on
purpose; of each its digest is in the signed record, so that it cannot be exchanged later. Entries
of the log that are not opened are covers, which exist so that its size tells nothing, or records
that are not for every reader.

WHAT IT DOES NOT PROVE

* That nothing happened after the last record that is shown here.
* The time of day: a place in the log proves order. Witnesses and time stamps prove time.
* That what was recorded is true, or that everything was recorded.
* Anything against a holder of the log's key, for what came after the last checkpoint that somebody
  else holds.
* What is said in derived/ and in this text. Those are claims; verify --replay judges the former.

HOW TO CHECK ALL OF IT

Use the verifier of a release whose digest you have from elsewhere, and a trust file that you did
not get with this folder. Either of these; neither needs a network:

    python3 verify.pyz THIS_FOLDER --trust trust.json
    verify.html, opened in a browser

HOW TO CHECK THE MIDDLE OF IT WITHOUT ANY PROGRAM OF OURS

In this folder, with your trust file beside it. The first lines take the log's key out of it.

```sh
TRUST=../trust.json
W=$$(mktemp -d)
KEY=$$(grep -o '"log":\\["[^"]*' "$$TRUST" | cut -d '"' -f 4)
echo "$$KEY" > "$$W/vkey"
```

1. openssl: the checkpoint is signed by that key.

```sh
printf '\\060\\052\\060\\005\\006\\003\\053\\145\\160\\003\\041\\000' > "$$W/key.der"
echo "$$KEY" | cut -d + -f 3- | base64 -d | tail -c 32 >> "$$W/key.der"
head -n 3 checkpoint > "$$W/text"
sed -n 5p checkpoint | cut -d ' ' -f 3 | base64 -d | tail -c 64 > "$$W/signature"
openssl pkeyutl -verify -pubin -keyform DER -inkey "$$W/key.der" -rawin \\
  -in "$$W/text" -sigfile "$$W/signature"
```

2. aics-tlog, from PyPI: the same by another hand$aics_also.

```sh
aics-tlog verify-checkpoint --note checkpoint --vkey-file "$$W/vkey"$aics
```

3. Go, with golang.org/x/mod (Debian: golang-golang-x-mod-dev): every record that is shown is in the
tree that the checkpoint signs.

```sh
cat > "$$W/check.go" <<'END'
$go
END
GO111MODULE=off GOPATH="$$W:/usr/share/gocode" go run "$$W/check.go" "$$KEY"
```
""")


def guide(origin: str, scope: Scope, shown: int, size: int) -> bytes:
    """Write the README.txt of a pack of this scope; `shown` records, a log of `size` entries."""
    is_whole = scope == "ledger"
    text = _GUIDE.substitute(
        origin=origin,
        about=_ABOUT[scope],
        shown=shown,
        size=size,
        aics_also=", and the whole log gives its root" if is_whole else "",
        aics="\naics-tlog verify-inclusion --tiles log --checkpoint checkpoint \\\n"
        '  --vkey-file "$W/vkey" --index 0 --entry-out "$W/entry"'
        if is_whole
        else "",
        go=files("ledger.export").joinpath("check.go").read_text("utf-8").rstrip(),
    )
    return text.encode()
