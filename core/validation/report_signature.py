"""Campaign: nobody can change a signed report unnoticed, and no file that calls itself a report hurts its reader."""

from __future__ import annotations

import io
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pikepdf

from core.casefile.store import CaseFile
from core.evidence.examiner_key import ExaminerKey
from core.report.files import ReportDocument, report_document
from core.report.signing import Signer
from core.validation.campaign import Campaign, Check, Setting
from core.validation.report_attacks import Attack, attacks, hostile_files, hostile_results, log_attacks, with_result
from core.validation.report_pdfa import violations
from core.validation.report_specimen import specimen_item, specimen_report
from core.validation.report_verdict import Flip, Verdict, flipped_verdicts, isolated_verdict, verdict
from core.validation.stamping import own_authority

_FLIPS_FULL, _FLIPS_SHORT = 1000, 40
_CUTS_FULL, _CUTS_SHORT = 200, 8
_HOSTILE_SHORT = 3
_SIGNED_AT = re.compile(rb"/M ?\(D(?::|\\072)\d{14}[^)]*\)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Bench:
    """A signed report and what it was made of."""

    path: Path
    signed: ReportDocument
    again: ReportDocument
    stamped: bytes
    plain: bytes
    owner: ExaminerKey
    other: ExaminerKey

    @property
    def gap(self) -> tuple[int, int]:
        """The one part that no hash covers: from, to."""
        return _gap(self.signed.pdf)


def run(setting: Setting) -> Iterator[Check]:
    """The checks."""
    bench = _set_up(setting)
    first = isolated_verdict(bench.path)
    yield Check(
        promise="A signed report that nobody touched passes",
        figure="; ".join(first.words) or f"nothing failed; a file of {len(bench.signed.pdf):,} bytes",
        passed=not first.is_noticed,
    )
    yield _flips(bench, setting)
    yield _cuts(bench, setting)
    yield _named(
        "Updates appended, contents exchanged, the signature stripped, doubled or made by another key, its time stamp "
        "taken out: each is named",
        [*attacks(bench.signed.pdf, bench.stamped, bench.plain, bench.owner, bench.other)],
        setting,
    )
    yield _named(
        "A custody log edited, deleted from, put into, reordered, cut or dropped inside a signed report is named",
        [*log_attacks(bench.signed.json, bench.plain, bench.owner)],
        setting,
    )
    yield _pinned(bench)
    yield _hostile(bench, setting)
    yield _repeated(bench)
    found = violations(bench.signed.pdf)
    yield Check(
        promise="The clauses of ISO 19005-3 (PDF/A-3u) that this project's own checker knows hold; it is no certified "
        "validator",
        figure="; ".join(found) or "0 violations",
        passed=not found,
    )


def _set_up(setting: Setting) -> _Bench:
    owner, other = ExaminerKey.create("A. Owner"), ExaminerKey.create("A. Owner")
    clip = setting.workspace / "clip.mp4"
    clip.write_bytes(b"not decoded here")
    with CaseFile.open(setting.workspace / "case", create=True) as case:
        for action in ("evidence taken in", "analysis started", "analysis finished"):
            case.append_audit("unswap", action, str(clip))
        case.sign_log(owner)
        report = specimen_report(case, specimen_item(clip))
    fonts = setting.resources / "fonts"
    made = [report_document(report, fonts_dir=fonts, signer=Signer(key=owner)) for _ in range(2)]
    stamping = Signer(key=owner, stamper=own_authority("An authority"))
    stamped = report_document(report, fonts_dir=fonts, signer=stamping).pdf
    path = setting.workspace / "report.pdf"
    path.write_bytes(made[0].pdf)
    return _Bench(
        path=path,
        signed=made[0],
        again=made[1],
        stamped=stamped,
        plain=before_signing(made[0].pdf),
        owner=owner,
        other=other,
    )


def _flips(bench: _Bench, setting: Setting) -> Check:
    random_ = setting.random()
    start, end = bench.gap
    covered = [*range(start), *range(end, len(bench.signed.pdf))]
    n = _FLIPS_FULL if setting.full else _FLIPS_SHORT
    flips = [Flip(at=random_.choice(covered), mask=random_.randint(1, 255)) for _ in range(n)]
    found: list[Verdict] = []
    for one in flipped_verdicts(bench.path, flips):
        found.append(one)
        setting.progress(len(found), n)
    missed = [flip.at for flip, one in zip(flips, found, strict=True) if not one.is_noticed]
    ended = sum(one.ended for one in found)
    refused = sum(one.state == "refused" for one in found)
    where = f", at {missed[:5]}" if missed else ""
    return Check(
        promise="Any byte of the signed range that is changed is noticed",
        figure=f"{len(missed)} of {n:,} changed bytes passed{where}; {n - refused - len(missed):,} failed the check, "
        f"{refused:,} were refused as no readable report, {ended} ended the confined process",
        passed=not missed,
    )


def _cuts(bench: _Bench, setting: Setting) -> Check:
    random_ = random.Random(setting.seed + 1)
    n = _CUTS_FULL if setting.full else _CUTS_SHORT
    whole = bench.signed.pdf
    lengths = [0, len(whole) - 1, *(random_.randrange(1, len(whole)) for _ in range(n - 2))]
    missed = [length for length in lengths if not verdict(whole[:length]).is_noticed]
    return Check(
        promise="A report that was cut off is noticed",
        figure=f"{len(missed)} of {n} truncations passed",
        passed=not missed,
    )


def _named(promise: str, tampered: Sequence[Attack], setting: Setting) -> Check:
    missed = []
    for attack in tampered:
        found = _judged(attack.data, setting)
        if not found.is_noticed or not any(attack.expected in words for words in found.words):
            missed.append(f"{attack.name} ({found.state}: {'; '.join(found.words)[:200]})")
    return Check(
        promise=promise,
        figure=f"{len(tampered) - len(missed)} of {len(tampered)} named: {', '.join(a.name for a in tampered)}"
        if not missed
        else f"not named: {'; '.join(missed)}",
        passed=not missed,
    )


def _judged(data: bytes, setting: Setting) -> Verdict:
    """As `unswap verify` judges, or, in the short slice, without the process that it starts."""
    if not setting.full:
        return verdict(data)
    path = setting.workspace / "tampered.pdf"
    path.write_bytes(data)
    return isolated_verdict(path)


def _pinned(bench: _Bench) -> Check:
    """A report made anew as a whole, of another key of the same name, is only told by the certificate."""
    path = bench.path.with_name("forged.pdf")
    forged = bench.signed.json.replace(bench.owner.fingerprint.encode(), bench.other.fingerprint.encode())
    data = with_result(bench.plain, forged, bench.other)
    path.write_bytes(data)
    unpinned, pinned = verdict(data), verdict(data, bench.owner.certificate)
    right = verdict(bench.signed.pdf, bench.owner.certificate)
    return Check(
        promise="A report forged as a whole under the same name and another key fails against the owner's certificate, "
        "and without one is never called fully checked",
        figure=f"with the certificate: {pinned.state}; without: {unpinned.state}; the true report: {right.state}",
        passed=pinned.is_noticed and unpinned.state != "ok" and not right.is_noticed,
    )


def _hostile(bench: _Bench, setting: Setting) -> Check:
    files = [*hostile_files()][: None if setting.full else _HOSTILE_SHORT]
    files += hostile_results(bench.signed.json, bench.plain, bench.owner)
    missed = []
    for attack in files:
        path = setting.workspace / "hostile.pdf"
        path.write_bytes(attack.data)
        found = isolated_verdict(path)
        if not found.is_noticed or not any(attack.expected in words for words in found.words):
            missed.append(attack.name)
    return Check(
        promise="A file made to hurt its reader is refused by name, and the program goes on",
        figure=f"{len(files) - len(missed)} of {len(files)} refused"
        + (f"; not: {', '.join(missed)}" if missed else ""),
        passed=not missed,
    )


def _repeated(bench: _Bench) -> Check:
    (start, end), (other_start, other_end) = _gap(bench.signed.pdf), _gap(bench.again.pdf)
    first = _without_time(bench.signed.pdf[:start] + bench.signed.pdf[end:])
    second = _without_time(bench.again.pdf[:other_start] + bench.again.pdf[other_end:])
    differing = sum(a != b for a, b in zip(first, second, strict=False)) + abs(len(first) - len(second))
    return Check(
        promise="Two exports of the same report differ in the signature and its time only",
        figure=f"{differing} of {len(first):,} other bytes differ",
        passed=differing == 0 and bench.signed.json == bench.again.json,
    )


def _without_time(data: bytes) -> bytes:
    return _SIGNED_AT.sub(b"", data)


def _gap(data: bytes) -> tuple[int, int]:
    start = data.rindex(b"/Contents <") + len(b"/Contents ")
    return start, data.index(b">", start) + 1


def before_signing(data: bytes) -> bytes:
    """The revision before the signature: the document as `as_archive` made it."""
    end = data.index(b"%%EOF") + len(b"%%EOF\n")
    plain = data[:end]
    with pikepdf.open(io.BytesIO(plain)):
        return plain


CAMPAIGN = Campaign(
    name="report-signature",
    title="Signed reports",
    about="A report of invented contents is signed, then altered in every way that the checks name; each copy is read "
    "as `unswap verify` reads it, in a confined process. Changed bytes are drawn evenly from all that the signature "
    "covers, with a seed. A copy counts as noticed when a line of the check failed or the file was refused.",
    run=run,
)
