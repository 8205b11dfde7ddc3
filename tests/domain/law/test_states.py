"""The answers in which states differ, as domain §2.2 has them: read there and written down here."""

from datetime import time

import pytest

from ledger.domain.law.pack import Law, names, resolve

STATES = (
    *("us-ca", "us-co", "us-dc", "us-il", "us-mi"),
    *("us-mo", "us-ny", "us-oh", "us-tx", "us-wi"),
)


# --- Warrants, subpoenas, public records -------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "answer", "confidence", "citing"),
    [
        ("us-co", "yes", "verified", "24-90-119(2)(c)"),
        ("us-mo", "no", "verified", "182.817.1(2)"),
        ("us-ca", "no", "verified", "7927.105(c)(3)"),
        ("us-ny", "yes", "verified", "CPLR 4509"),
        ("us-tx", "only-with-showing", "verified", "552.124(a)(3)"),
        ("us-wi", "no", "verified", "43.30(1m)"),
        ("us-mi", "no", "verified", "MCL 397.603"),
        ("us-oh", "yes", "verified", "ORC 149.432"),
        ("us-il", "no", "unverified", "75 ILCS 70/1(a)(1)"),
        ("us-dc", "no", "unverified", "39-108(b)(1)"),
    ],
)
def test_a_subpoena_alone(name: str, answer: str, confidence: str, citing: str) -> None:
    """Enough in Colorado, New York and Ohio; with a showing in Texas; nowhere else."""
    row = resolve(name).value("process.subpoena_sufficient")
    assert (row.value, row.confidence, row.layer) == (answer, confidence, name)
    assert citing in row.citation
    alone = [b for b in resolve(name).bases if "subpoena" in b.instruments]
    assert bool(alone) == (answer != "no")
    assert all(bool(b.finding_required) == (answer == "only-with-showing") for b in alone)


@pytest.mark.parametrize(
    ("name", "unit", "number", "since", "confidence"),
    [
        ("us-co", "days", 14, "issue", "unverified"),
        ("us-mo", "days", 10, "application", "unverified"),
        ("us-ca", "days", 10, "issue", "unverified"),
        ("us-ny", "days", 10, "issue", "unverified"),
        ("us-il", "hours", 96, "issue", "unverified"),
        ("us-tx", "whole_days", 3, "issue", "verified"),
        ("us-wi", "days", 5, "issue", "unverified"),
        ("us-dc", "days", 10, "issue", "verified"),
        ("us-oh", "days", 3, "issue", "unverified"),
    ],
)
def test_the_life_of_a_states_warrant(
    name: str, unit: str, number: int, since: str, confidence: str
) -> None:
    """Days, hours or whole days, from the issue or, in Missouri, from the application."""
    law = resolve(name)
    row = law.value(f"warrant.state_execution_{unit}")
    assert (row.number, row.measured_from, row.confidence) == (number, since, confidence)
    window = law.deadline("warrant-window")
    assert (window.kind, window.counts, window.measured_from) == ("validity", (row.id,), since)
    assert (window.ends == "whole-days") == (name == "us-tx")


def test_michigan_has_no_window_of_its_own() -> None:
    """No source gives one; only the federal rule stands."""
    law = resolve("us-mi")
    assert law.section("warrant.state_execution_days") == ()
    assert law.deadline("warrant-window").layer == "us"


@pytest.mark.parametrize(
    ("name", "hours", "confidence"),
    [
        ("us-ca", (time(7), time(22)), "unverified"),
        ("us-ny", (time(6), time(21)), "unverified"),
        ("us-dc", (time(6), time(21)), "verified"),
        ("us-oh", (time(7), time(20)), "unverified"),
    ],
)
def test_the_daytime_of_a_states_warrant(
    name: str, hours: tuple[time, time], confidence: str
) -> None:
    """Where the state has a daytime, a search at another time needs authority."""
    law = resolve(name)
    begins, ends = law.value("warrant.state_daytime_from"), law.value("warrant.state_daytime_until")
    assert (begins.clock, ends.clock) == hours
    assert {begins.confidence, ends.confidence} == {confidence}
    assert law.value("warrant.state_daytime_only").flag


def test_colorados_warrants_have_no_hours_and_a_hearing() -> None:
    """A search at any time; a hearing first where reading records are wanted (Tattered Cover)."""
    law = resolve("us-co")
    assert not law.value("warrant.state_daytime_only").flag
    assert law.value("warrant.adversarial_hearing_flag").source == "case"
    assert resolve("us-ny").find("warrant.adversarial_hearing_flag") is None


@pytest.mark.parametrize(
    ("name", "id", "number", "unit", "confidence"),
    [
        ("us-co", "public_records.response_working_days", 3, "working_days", "partly"),
        ("us-co", "public_records.extension_working_days", 7, "working_days", "partly"),
        ("us-ca", "public_records.response_days", 10, "days", "unverified"),
        ("us-ca", "public_records.extension_days", 14, "days", "unverified"),
        ("us-tx", "public_records.ag_referral_working_days", 10, "working_days", "unverified"),
        ("us-ca", "exigent.government_files_court_days", 3, "court_days", "partly"),
        ("us-ca", "notice.period_court_days", 3, "court_days", "verified"),
        ("us-ca", "notice.delay_days", 90, "days", "verified"),
        ("us-dc", "notice.period_working_days", 2, "working_days", "verified"),
        ("us-dc", "notice.standstill_days", 10, "days", "verified"),
        ("us-dc", "remedy.damages_floor_dollars", 250, "dollars", "verified"),
        ("us-dc", "penalty.fine_max_dollars", 300, "dollars", "verified"),
        ("us-mi", "remedy.damages_floor_dollars", 250, "dollars", "verified"),
        ("us-mi", "remedy.limitation_days", 180, "days", "verified"),
        ("us-mo", "remedy.complaint_days", 180, "days", "verified"),
        ("us-wi", "parent.child_under_years", 16, "years", "verified"),
        ("us-co/jcpl", "parent.child_under_years", 17, "years", "verified"),
        ("us-co/jcpl", "minors.online_consent_under_years", 13, "years", "verified"),
        ("us-co/jcpl", "minors.card_permission_under_years", 17, "years", "verified"),
        ("us", "notice.delay_days", 90, "days", "unverified"),
        ("us", "preservation.backup_copy_working_days", 2, "working_days", "verified"),
        ("us", "preservation.backup_notice_days", 3, "days", "verified"),
        ("us", "preservation.backup_release_days", 14, "days", "verified"),
        ("us", "ferpa.access_days", 45, "days", "unverified"),
        ("us", "statistics.band_semiannual_by_category", 1000, "count", "verified"),
        ("us", "statistics.band_semiannual", 500, "count", "partly"),
        ("us", "statistics.band_semiannual_combined", 250, "count", "partly"),
        ("us", "statistics.band_annual_combined", 100, "count", "partly"),
    ],
)
def test_the_numbers_of_the_states(
    name: str, id: str, number: int, unit: str, confidence: str
) -> None:
    """Each with its unit and its mark."""
    row = resolve(name).value(id)
    assert (row.number, row.unit, row.confidence) == (number, unit, confidence)


def test_the_district_waits_for_the_patron() -> None:
    """The library tells every affected patron by certified mail, and releases nothing before ten
    days; a court may waive it.
    """
    law = resolve("us-dc")
    words = ("duty_holder", "method", "recipients", "trigger", "waiver_authority")
    assert [law.value(f"notice.{word}").word for word in words] == [
        *("library", "certified-mail", "all-affected-patrons", "subpoena-received", "court"),
    ]
    release = law.deadline("release-standstill")
    assert (release.kind, release.measured_from, release.ends) == (
        "may-release",
        "mailing",
        "after",
    )
    assert str(law.value("notice.standstill_days").last_checked) == "2026-06-30"
    assert resolve("us-ca").value("notice.duty_holder").word == "government"


def test_cctv_in_colorado_and_in_wisconsin() -> None:
    """Colorado counts years; Wisconsin must give footage of a crime, and may where it asked."""
    colorado, wisconsin = resolve("us-co"), resolve("us-wi")
    years = [colorado.value(f"cctv.{id}_years").number for id in ("free_access", "destroy_after")]
    assert years == [1, 3]
    effects = [wisconsin.basis(id).effect for id in ("video-of-crime", "video-library-asked")]
    assert effects == ["mandatory", "permissive"]
    assert wisconsin.find("cctv.destroy_after_years") is None


def test_whose_consent_counts() -> None:
    """In Michigan that of the person liable; in New York even an oral one, which must be obeyed."""
    assert resolve("us-mi").value("consent.holder").word == "person-liable-for-the-materials"
    asked = resolve("us-ny").basis("user-request")
    assert (asked.effect, asked.instruments, asked.rests_on) == ("mandatory", (), "consent")
    assert resolve("us-ca").basis("written-consent").issuer_required == "subject"


def test_what_the_library_decides_alone_rests_on_the_custodians_word() -> None:
    """Every basis of a statute that asks for no paper and leaves the decision to the library."""
    found = {
        name: [one.id for one in resolve(name).all_bases if one.rests_on == "custodians-word"]
        for name in STATES
    }
    assert {name: ids for name, ids in found.items() if ids} == {
        "us-ca": ["reasonable-operation"],
        "us-co": ["reasonable-operation"],
        "us-mi": ["collection-agency", "other-library"],
        "us-ny": ["reasonable-operation"],
        "us-oh": ["reasonable-operation", "internet-misuse"],
        "us-tx": ["reasonable-operation"],
        "us-wi": ["reasonable-operation", "other-library", "collection-agency"],
    }


def test_a_basis_of_the_users_will_says_whose_will_it_is() -> None:
    """Every basis by that name that asks for no paper: it would answer anybody otherwise."""
    of_will = ("own-record", "user-request", "user-authorisation", "written-consent")
    silent = [
        (name, basis.id)
        for name in names()
        for basis in resolve(name).all_bases
        if basis.id in of_will and not basis.instruments and basis.rests_on is None
    ]
    assert silent == []
    found = {n: [b.will for b in resolve(n).all_bases if b.will] for n in STATES}
    assert {name: wills for name, wills in found.items() if wills} == {
        "us-ny": ["consent"],
        "us-oh": ["consent"],
        "us-tx": ["request"],
        "us-wi": ["written-consent"],
    }


# --- Parents -----------------------------------------------------------------------------------


def parent(law: Law, child_age: int) -> str:
    """What a parent who asks for the records of a child of this age can expect."""
    limit = law.find("parent.child_under_years")
    if limit is not None and child_age >= limit.number:
        return "no"
    by_policy = law.find("parent.policy_exception")
    standing = law.find("parent.standing")
    if law.value("parent.statutory_exception").flag:
        return f"{law.value('parent.effect').word}, {standing.word if standing else '?'}"
    if by_policy is not None and by_policy.flag:
        return f"{law.value('parent.effect').word}, by policy only"
    return f"no, unless {standing.word}" if standing else "no"


@pytest.mark.parametrize(
    ("name", "at_fifteen", "at_sixteen"),
    [
        ("us-co", *2 * ["permissive, custodial-with-card-access"]),
        ("us-co/jcpl", *2 * ["permissive, custodial-with-card-access"]),
        ("us-wi", "mandatory, custodial", "no"),
        ("us-oh", *2 * ["mandatory, any"]),
        ("us-mo", *2 * ["no"]),
        ("us-mo/jcl", *2 * ["permissive, by policy only"]),
        ("us-ny", *2 * ["no"]),
        ("us-ca", *2 * ["no"]),
        ("us-dc", *2 * ["no"]),
        ("us-mi", *2 * ["no, unless liable-for-the-materials"]),
    ],
)
def test_a_parent_asks(name: str, at_fifteen: str, at_sixteen: str) -> None:
    """Mandatory in Wisconsin below sixteen and in Ohio; by the card in Colorado; elsewhere not."""
    law = resolve(name)
    assert (parent(law, 15), parent(law, 16)) == (at_fifteen, at_sixteen)


def test_jcpl_stops_at_seventeen() -> None:
    """The day before the seventeenth birthday, and from it on."""
    law = resolve("us-co/jcpl")
    assert (parent(law, 16) != "no", parent(law, 17)) == (True, "no")
    assert law.basis("parent-under-17").counterpart == "parent-with-card-access"
    assert resolve("us-wi").value("parent.excluded").words == ("denied-physical-placement",)


@pytest.mark.parametrize(
    ("name", "confidence"),
    [
        *(("us-co", "verified"), ("us-mo", "verified"), ("us-ca", "verified")),
        *(("us-ny", "verified"), ("us-wi", "verified"), ("us-oh", "verified")),
        *(("us-dc", "unverified"), ("us-mi", "unverified")),
        *(("us-il", "unverified"), ("us-tx", "unverified")),
    ],
)
def test_what_was_not_read_about_parents_is_marked(name: str, confidence: str) -> None:
    """Where our notes have no word on parents, the cautious answer is the product's own."""
    assert resolve(name).value("parent.statutory_exception").confidence == confidence


# --- Emergencies -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "by_statute", "by_policy", "requester", "standard"),
    [
        ("us-mo", False, False, None, None),
        ("us-mo/jcl", False, True, "law-enforcement-officer", "reasonable-cause"),
        ("us-il", True, False, "sworn-officer", "probable-cause"),
        ("us-oh", True, False, "officer-in-scope-of-duties", None),
        ("us-ca", False, False, None, None),
        ("us-co", False, False, None, None),
        ("us-ny", False, False, None, None),
    ],
)
def test_an_emergency(
    name: str, by_statute: bool, by_policy: bool, requester: str | None, standard: str | None
) -> None:
    """By statute in Illinois and Ohio, by policy only in Missouri's JCL, and not elsewhere."""
    law = resolve(name)
    policy = law.find("exigent.policy_exception")
    assert law.value("exigent.statutory_exception").flag == by_statute
    assert (policy is not None and policy.flag) == by_policy
    for id, expected in (("requester_class", requester), ("standard", standard)):
        row = law.find(f"exigent.{id}")
        assert (row.word if row else None) == expected
    opened = [b for b in law.bases if "emergency-request" in b.instruments]
    assert [b.beyond_statute for b in opened] == ([False] * by_statute + [True] * by_policy)


def test_illinois_opens_an_identity_and_no_borrowing() -> None:
    """Suspect, witness or victim; never what was borrowed; a form, and a court afterwards."""
    law = resolve("us-il")
    assert law.value("exigent.scope_cap").word == "identity-of-suspect-witness-or-victim"
    barred = law.value("exigent.barred_categories").words
    assert "circulation" in barred
    assert "registration" not in barred
    assert law.value("exigent.officer_form").word == "on-request-of-the-library"
    assert law.value("exigent.later_judicial_review").flag
    assert law.value("exigent.immunity").confidence == "partly"


@pytest.mark.parametrize("name", STATES)
def test_every_state_answers_the_questions_that_decide(name: str) -> None:
    """Records, subpoena, emergency, parent, order and calendar: answered by the state itself."""
    law = resolve(name)
    for id in ("records.protected", "process.subpoena_sufficient", "exigent.statutory_exception"):
        assert law.value(id).layer == name
    assert law.value("parent.statutory_exception").layer == name
    assert law.basis("court-order").issuer_required == "judge"
    assert law.holidays().name == name
