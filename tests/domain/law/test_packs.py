"""Every row of every pack: where it comes from, how sure we are, and the numbers that matter."""

import re
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from ledger.domain.law.pack import Law, NotInLaw, names, resolve
from ledger.domain.law.resolved import AnyRow

STATES = (
    *("us-ca", "us-co", "us-dc", "us-il", "us-mi"),
    *("us-mo", "us-ny", "us-oh", "us-tx", "us-wi"),
)
INSTITUTIONS = ("us-co/jcpl", "us-co/lcld", "us-co/pccld", "us-mo/jcl")
PACKS = ("us", *STATES, *INSTITUTIONS)
REQUIREMENTS = {f"R-{number:02}" for number in range(1, 164)}


def rows_of(law: Law) -> tuple[AnyRow, ...]:
    """Give every row of a resolved law, the overridden ones included."""
    rules: tuple[AnyRow, ...] = (*law.time_rules, *law.all_deadlines)
    return (*law.values, *law.all_bases, *rules, *law.quotations)


def row_id(row: AnyRow) -> str:
    """Name a row for a message."""
    return f"{row.layer}: {row.id}"


def test_the_packs_of_this_program_are_known() -> None:
    """Fifteen packs ship, lower layers first; the template and the calendars are none."""
    assert names() == PACKS
    assert len(PACKS) == 15


@pytest.mark.parametrize("name", PACKS)
def test_every_row_says_where_it_comes_from(name: str) -> None:
    """Each row has a whole sentence, a citation, a source, a confidence and its layer."""
    law = resolve(name)
    assert rows_of(law)
    for row in rows_of(law):
        assert re.fullmatch(r"[A-Z0-9].*\.", row.sentence), row_id(row)
        assert row.citation.strip(), row_id(row)
        assert row.source, row_id(row)
        assert row.confidence in {"verified", "partly", "unverified"}, row_id(row)
        assert row.layer in {layer.name for layer in law.layers}, row_id(row)


@pytest.mark.parametrize("name", PACKS)
def test_every_requirement_cited_is_on_the_acceptance_list(name: str) -> None:
    """R-numbers run from R-01 to R-163 and no row cites another."""
    for row in rows_of(resolve(name)):
        assert set(row.requirements) <= REQUIREMENTS, row_id(row)


@pytest.mark.parametrize("name", PACKS)
def test_a_product_default_is_never_presented_as_settled(name: str) -> None:
    """What no source gives is unverified, and what a policy gives cites the policy (R-152)."""
    for row in rows_of(resolve(name)):
        if row.source == "product_default":
            assert row.confidence == "unverified", row_id(row)
        if row.source == "local_policy":
            assert row.layer is not None
            assert "/" in row.layer, row_id(row)


@pytest.mark.parametrize("name", PACKS)
def test_no_pack_claims_a_lawyers_review(name: str) -> None:
    """Nobody has reviewed these packs, and each layer says so."""
    for layer in resolve(name).layers:
        assert layer.reviewed_by is None
        assert layer.note is not None
        assert "No lawyer has reviewed this pack." in layer.note


@pytest.mark.parametrize("name", PACKS)
def test_calendars_are_cited_and_versioned(name: str) -> None:
    """Each calendar names its statute and version, and each holiday how sure we are."""
    for calendar in resolve(name).calendars:
        assert calendar.version >= 1
        assert calendar.citation
        assert calendar.observed_citation
        assert all(row.confidence for row in calendar.days)


@pytest.mark.parametrize(
    ("name", "id", "value", "unit", "source", "confidence", "layer"),
    [
        ("us", "preservation.initial_days", 90, "days", "statute", "verified", "us"),
        ("us", "preservation.extension_days", 90, "days", "statute", "verified", "us"),
        ("us", "preservation.max_extensions", 1, "times", "statute", "partly", "us"),
        ("us", "gag.nsl_application_days", 30, "days", "statute", "verified", "us"),
        ("us", "gag.nsl_binds_libraries", False, "yes_no", "statute", "unverified", "us"),
        ("us", "warrant.federal_execution_days", 14, "days", "rule", "verified", "us"),
        ("us", "subpoena.federal_objection_days", 14, "days", "rule", "verified", "us"),
        ("us-co", "warrant.state_execution_days", 14, "days", "statute", "unverified", "us-co"),
        ("us-mo", "warrant.state_execution_days", 10, "days", "statute", "unverified", "us-mo"),
        ("us-co", "penalty.fine_max_dollars", 300, "dollars", "statute", "verified", "us-co"),
        ("us-co", "process.subpoena_sufficient", "yes", "word", "statute", "verified", "us-co"),
        ("us-mo", "process.subpoena_sufficient", "no", "word", "statute", "verified", "us-mo"),
        ("us-mo", "remedy.complaint_days", 180, "days", "statute", "verified", "us-mo"),
        *(
            ("us-mo/jcl", id, value, unit, "local_policy", "verified", "us-mo/jcl")
            for id, value, unit in [
                ("preservation.initial_days", 90, "days"),
                ("preservation.total_days", 180, "days"),
                ("retention.circulation_days", 60, "days"),
                ("retention.mailing_lists_months", 6, "months"),
                ("decision.counsel_review_required", True, "yes_no"),
                ("decision.designee_may_act", False, "yes_no"),
                ("service.staff_may_accept", False, "yes_no"),
            ]
        ),
        *(
            ("us-mo/jcl", id, value, unit, "product_default", "unverified", "us-mo/jcl")
            for id, value, unit in [
                ("exigent.papers_due_working_days", 3, "working_days"),
                ("complaint.acknowledge_working_days", 10, "working_days"),
                ("complaint.answer_days", 30, "days"),
                ("desk.immediately_means", "during-the-visit", "word"),
            ]
        ),
        (
            *("us-co/lcld", "decision.designee_may_act", True),
            *("yes_no", "local_policy", "verified", "us-co/lcld"),
        ),
        (
            *("us-co/lcld", "decision.counsel_review_required", False),
            *("yes_no", "product_default", "unverified", "us"),
        ),
    ],
)
def test_values_that_decide_cases(
    name: str, id: str, value: object, unit: str, source: str, confidence: str, layer: str
) -> None:
    """The values on which decisions and deadlines rest, with their mark and their layer."""
    row = resolve(name).value(id)
    assert (row.value, row.unit, row.source) == (value, unit, source)
    assert (row.confidence, row.layer) == (confidence, layer)


def test_daytime_is_from_six_to_ten() -> None:
    """Rule 41(a)(2)(B) speaks of 6:00 a.m. to 10:00 p.m., and the values are times of day."""
    law = resolve("us-co/lcld")
    assert law.value("warrant.federal_daytime_from").clock == time(6, 0)
    assert law.value("warrant.federal_daytime_until").clock == time(22, 0)


def test_a_federal_warrant_keeps_its_rule_in_every_state() -> None:
    """State windows stand beside the federal one and never over it."""
    for name in PACKS:
        assert resolve(name).value("warrant.federal_execution_days").layer == "us"
    assert resolve("us").find("warrant.state_execution_days") is None


def test_policies_name_narrower_circles_beside_the_statutes() -> None:
    """Supervisor and counsel in Missouri, nobody in Colorado; the statute's grounds still stand."""
    statute = ("needed-to-comply", "attorney", "otherwise-permitted")
    expected = {"us-mo/jcl": ("supervisor", "legal-counsel"), "us-co/lcld": ()}
    for name, circle in expected.items():
        law = resolve(name)
        assert law.value("gag.policy_audience").words == circle
        assert law.value("gag.audience").words == statute
        assert law.overridden("gag.audience") == ()


def test_no_national_security_gag_ends_by_itself() -> None:
    """Neither a letter's nor a FISA order's silence ends because time has passed."""
    law = resolve("us")
    assert not law.value("gag.nsl_expires_by_itself").flag
    assert not law.value("gag.fisa_expires_by_itself").flag


# --- Bases -------------------------------------------------------------------------------------


def test_the_bases_of_colorado() -> None:
    """24-90-119(2)(a) to (d) in their order, none of them beyond the statute."""
    law = resolve("us-co/lcld")
    bases = [basis for basis in law.bases if basis.layer == "us-co"]
    assert [(b.id, b.citation[-3:]) for b in bases] == [
        ("reasonable-operation", "(a)"),
        ("written-consent", "(b)"),
        ("subpoena", "(c)"),
        ("court-order", "(c)"),
        ("required-by-law", "(c)"),
        ("parent-with-card-access", "(d)"),
    ]
    assert not any(basis.beyond_statute for basis in law.bases)
    assert law.basis("subpoena").issuer_required is None


def test_missouri_asks_for_a_finding_and_no_subpoena_satisfies_anything() -> None:
    """182.817.1: an order of a court upon a finding; a subpoena stands in no basis."""
    law = resolve("us-mo/jcl")
    order = law.basis("court-order")
    assert order.issuer_required == "judge"
    assert order.finding_required == ("public-safety", "prosecution")
    assert not any("subpoena" in basis.instruments for basis in law.bases)


def test_policy_bases_beyond_the_statute_are_recognised() -> None:
    """The waiver and both parental bases are policy only; the user's own request restates law."""
    law = resolve("us-mo/jcl")
    beyond = {basis.id for basis in law.bases if basis.beyond_statute}
    assert beyond == {"parent-request", "parent-consent", "exigent-waiver"}
    assert law.basis("own-record").counterpart == "written-request"


def test_missouris_statute_lists_neither_emergency_nor_parent() -> None:
    """What the policy adds, the statute is said not to have; the two never agree silently."""
    law = resolve("us-mo/jcl")
    assert not law.value("exigent.statutory_exception").flag
    assert not law.value("parent.statutory_exception").flag


# --- Law that changed --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("on", "offence"),
    [
        (date(2022, 2, 28), "class 2 petty offense"),
        (date(2022, 3, 1), "civil infraction"),
        (date(2022, 3, 2), "civil infraction"),
        (None, "civil infraction"),
    ],
)
def test_colorados_penalty_is_that_of_the_day(on: date | None, offence: str) -> None:
    """The day before, the day and the day after the reclassification."""
    assert resolve("us-co/lcld").value("penalty.offence_class", on).word == offence


@pytest.mark.parametrize(
    ("on", "known"),
    [(date(2014, 8, 27), False), (date(2014, 8, 28), True), (date(2014, 8, 29), True)],
)
def test_missouris_bases_hold_since_the_rewriting(on: date, known: bool) -> None:
    """The day before, the day and the day after 28 August 2014."""
    law = resolve("us-mo/jcl")
    held = {basis.id for basis in law.bases_on(on)}
    assert ("court-order" in held) is known
    if not known:
        with pytest.raises(NotInLaw, match="court-order"):
            law.basis("court-order", on)


@pytest.mark.parametrize(
    ("name", "id", "standing", "quoted", "now", "vintage"),
    [
        (
            *("us-co/pccld", "pccld-petty-offense", "superseded", "class 2 petty offense"),
            *("civil infraction", "1972"),
        ),
        (
            *("us-co/pccld", "pccld-statute-1972", "incomplete", "C.R.S. 1972, 24-90-119"),
            *("penalty in (3) has changed", "1972"),
        ),
        (
            *("us-co/pccld", "pccld-user-records", "incomplete", "publicly supported library"),
            *("is no user record", "1972"),
        ),
        (
            *("us-co/jcpl", "jcpl-user-records", "incomplete", "publicly-supported library"),
            *("exclusion of reconsideration requests", "undated"),
        ),
        (
            *("us-co/jcpl", "jcpl-patriot-act", "wider-than-law", "to anyone about Patriot Act"),
            *("those needed to comply and an attorney", "undated"),
        ),
        (
            *("us-mo/jcl", "jcl-written-request", "incomplete", "written request of the person"),
            *("a section that forbids release", "1994"),
        ),
        (
            *("us-mo/jcl", "jcl-court-order", "incomplete", "upon a finding"),
            *("were added in 2014", "1994"),
        ),
        (
            *("us-mo/jcl", "jcl-not-required", "superseded", "shall be required to release"),
            *("forbids release", "1994"),
        ),
        (
            *("us-mo/jcl", "jcl-patriot-act", "superseded", "USA Patriot Act includes a gag order"),
            *("no one Patriot Act gag", "2006"),
        ),
        (
            *("us-co/lcld", "lcld-user-records", "incomplete", "publicly-supported library"),
            *("exclusion of reconsideration requests", "undated"),
        ),
        (
            *("us-co/lcld", "lcld-patriot-act", "wider-than-law", "to anyone about requests"),
            *("no such duty covers every request", "undated"),
        ),
    ],
)
def test_superseded_wording_stands_beside_current_law(
    name: str, id: str, standing: str, quoted: str, now: str, vintage: str
) -> None:
    """Each quotation keeps the policy's words and vintage, and points to the law that holds now."""
    law = resolve(name)
    quotation = next(q for q in law.quotations if q.id == id)
    assert quotation.standing == standing
    assert quoted in quotation.wording
    assert now in quotation.sentence
    assert vintage in quotation.vintage
    known = {row.id for row in law.values} | {row.id for row in law.bases}
    assert quotation.concerns in known
    assert quotation.wording != quotation.sentence


def test_every_quotation_is_in_the_table_above() -> None:
    """No quotation ships untested."""
    quoted = {q.id for name in PACKS for q in resolve(name).quotations}
    assert quoted == {
        *("jcl-not-required", "jcl-written-request", "jcl-court-order", "jcl-patriot-act"),
        *("lcld-user-records", "lcld-patriot-act"),
        *("jcpl-user-records", "jcpl-patriot-act"),
        *("pccld-statute-1972", "pccld-user-records", "pccld-petty-offense"),
    }


STRUCK = (
    *("consulted and used by library staff", "in the course of carrying out library operations"),
    *("sold, leased, or otherwise shared", "outstanding fees", "returned checks"),
    *(
        "unreturned library materials",
        "rules of behavior",
        "equipment from harm",
        "illegal purposes",
    ),
)


def test_struck_text_is_not_law() -> None:
    """What the redline strikes out stands in no pack, and permits nothing (R-75, R-150)."""
    for name in PACKS:
        text = resolve(name).dump().decode().lower()
        assert "r-75" not in text
        if name.startswith("us-co"):
            assert not [words for words in STRUCK if words in text]
    pccld = resolve("us-co/pccld")
    assert pccld.bases == resolve("us-co").bases
    naming = [row for row in rows_of(pccld) if "collection agency" in str(row).lower()]
    assert [row.id for row in naming] == ["policy.related"]


# --- Zones and namesakes -----------------------------------------------------------------------


def test_institutions_have_their_zone_and_layers_below_have_none() -> None:
    """Denver and Chicago; a federal or state pack leaves the zone to the ledger."""
    zones = {name: resolve(name).zone for name in INSTITUTIONS}
    assert zones.pop("us-mo/jcl") == "America/Chicago"
    assert set(zones.values()) == {"America/Denver"}
    assert all(resolve(name).zone is None for name in ("us", *STATES))
    noon = datetime(2026, 1, 5, 12, tzinfo=UTC)
    hours = {noon.astimezone(ZoneInfo(str(resolve(name).zone))).hour for name in INSTITUTIONS}
    assert hours == {5, 6}


def test_two_jefferson_counties_never_cross() -> None:
    """Each library of the name resolves to its own state, and no row of the other reaches it
    (R-145).
    """
    missouri, colorado = resolve("us-mo/jcl"), resolve("us-co/jcpl")
    assert [layer.name for layer in missouri.layers] == ["us", "us-mo", "us-mo/jcl"]
    assert [layer.name for layer in colorado.layers] == ["us", "us-co", "us-co/jcpl"]
    assert not any("C.R.S." in row.citation for row in rows_of(missouri))
    assert not any("RSMo" in row.citation for row in rows_of(colorado))
    assert {calendar.name for calendar in missouri.calendars} == {"us-federal", "us-mo"}
    assert {calendar.name for calendar in colorado.calendars} == {"us-federal", "us-co"}
    named = [law.value("policy.namesake").word for law in (missouri, colorado)]
    assert named == ["us-co/jcpl", "us-mo/jcl"]
