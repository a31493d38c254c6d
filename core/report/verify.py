"""Checking a report: signature, attached result, custody log; then what it says of evidence and model files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from cryptography import x509

from core.errors import CaseError, ReportError
from core.evidence.examiner_key import certificate_fingerprint
from core.evidence.hashing import file_sha256, stated_file_sha256
from core.report.check_lines import CheckLine, failed, ok, unchecked
from core.report.examine import DocumentFacts, Examined
from core.report.fields import Fields
from core.report.reported import ReportedBasis, ReportedEvidence, chain_problems, read_basis

_MANY = 5
_NAME_CERTIFICATE = "name the file that `unswap key export` wrote"


def check_document(examined: Examined, certificate: x509.Certificate | None) -> tuple[list[CheckLine], ReportedBasis]:
    """Everything that the file alone can tell.

    Args:
        examined: the file, see `core.report.examine`.
        certificate: of the person who should have signed, got another way; None when there is none at hand.

    Raises:
        ReportError: it carries no result of a report; `lines_of` of the error is what was checked before.
    """
    facts = examined.facts
    lines = [*_result_lines(facts)]
    basis = None
    try:
        if facts.has_result:
            basis = read_basis(Fields.parsed(examined.result))
            lines.append(ok("result", "of a schema that this version reads"))
    except ReportError as error:
        lines.append(failed("result", error.what))
    lines[:0] = [*_signature_lines(facts, basis, certificate), *_form_lines(facts)]
    if basis is None:
        raise UnreadableResultError(lines)
    return [*lines, *_chain_lines(basis)], basis


class UnreadableResultError(Exception):
    """The file carries no result that can be checked further; `lines` say why, one of them failed."""

    def __init__(self, lines: list[CheckLine]) -> None:
        self.lines = lines
        super().__init__("no result")


def _signature_lines(
    facts: DocumentFacts, basis: ReportedBasis | None, certificate: x509.Certificate | None
) -> Iterator[CheckLine]:
    seal = facts.signature
    stated = "" if basis is None else basis.signer_sha256
    if not seal.n_signatures and not seal.has_traces and not stated and basis is not None:
        yield unchecked("signature", "the report is not signed, as it says: a change of it would leave no trace")
        if certificate is not None:
            yield failed("signer", "a certificate was named, and nobody signed")
        return
    if seal.problem:
        taken = ", though the report says that it is signed" if not seal.n_signatures and stated else ""
        yield failed("signature", f"{seal.problem}{taken}")
        return
    when = f", at {seal.signed_at} by the signer's clock" if seal.signed_at else ""
    yield ok("signature", f"holds, and covers the whole file{when}")
    if stated != seal.key_sha256:
        said = f"by the key {stated}" if stated else "by nobody"
        yield failed("signer", f"signed by the key {seal.key_sha256}, and the report says that it is signed {said}")
    yield _identity(facts, certificate)
    is_stamped = None if basis is None else basis.has_timestamp
    if seal.timestamp:
        # Anybody can add one to a signature, from an authority of their own making.
        late = "; the report states none, so it was put in after the signing" if is_stamped is False else ""
        words = f"{seal.timestamp}{late}; whether that authority is to be trusted is not judged here"
        yield failed("time stamp", seal.timestamp_problem) if seal.timestamp_problem else unchecked("time stamp", words)
    elif is_stamped:  # no signature covers the stamp, so that taking it out breaks none
        yield failed("time stamp", "the report states one, and there is none: it was taken out of the signature")


def _identity(facts: DocumentFacts, certificate: x509.Certificate | None) -> CheckLine:
    seal = facts.signature
    whom = f"{seal.signer}, key fingerprint {seal.key_sha256}"
    if certificate is None:
        kind = "the certificate is self-signed: it proves no identity" if seal.is_self_signed else "issuer not checked"
        return unchecked(
            "signer", f"{whom}; {kind}. Compare the fingerprint with one got another way, or --certificate"
        )
    if certificate_fingerprint(certificate) == seal.key_sha256:
        return ok("signer", f"{whom}: the key of the certificate named")
    return failed("signer", f"{whom}: not the key of the certificate named ({certificate_fingerprint(certificate)})")


def _form_lines(facts: DocumentFacts) -> Iterator[CheckLine]:
    if facts.pdfa.startswith("PDF/A-3"):
        yield ok("form", f"declares itself {facts.pdfa}")
    else:
        yield failed("form", f"declares itself {facts.pdfa or 'no PDF/A'}, where every report is PDF/A-3")
    if facts.active:
        yield failed("active content", f"the file holds {', '.join(facts.active)}")
    else:
        yield ok("active content", "no script, action, outside link or annotation")


def _result_lines(facts: DocumentFacts) -> Iterator[CheckLine]:
    if facts.result_problem:
        yield failed("attachment", facts.result_problem)
    if facts.n_attachments > 1:
        yield failed("attachment", f"{facts.n_attachments} files are attached, where a report has one")
    if not facts.has_result:
        return
    if facts.stated_sha256 != facts.result_sha256:
        yield failed(
            "attachment",
            f"the attached result has the SHA-256 {facts.result_sha256}, the document states "
            f"{facts.stated_sha256 or 'none'}",
        )
    elif not facts.result_problem:
        yield ok("attachment", f"the result that the document states, SHA-256 {facts.result_sha256}")


def _chain_lines(basis: ReportedBasis) -> Iterator[CheckLine]:
    problems = chain_problems(basis)
    for problem in problems[:_MANY]:
        yield failed("custody log", problem)
    if len(problems) > _MANY:
        yield failed("custody log", f"and {len(problems) - _MANY} more")
    if problems:
        return
    head, n = basis.signed_head, len(basis.audit)
    yield ok("custody log", f"{n} entries, each link computed anew")
    if head is None:
        yield unchecked("custody log", "its end was not signed: a log written anew as a whole would not show")
    else:
        since = f"; {n - head.count} came after it" if n > head.count else ""
        yield ok("custody log", f"its first {head.count} entries are signed by {head.signer}{since}")
        if basis.signer_sha256 and basis.signer_sha256 != head.fingerprint:
            yield unchecked("custody log", f"signed by another key than the report: {head.fingerprint}")


def check_evidence(items: tuple[ReportedEvidence, ...], known: Mapping[str, Path]) -> Iterator[CheckLine]:
    """Whether the evidence is what the report is about.

    Args:
        items: as stated.
        known: SHA-256 -> a file that has it, hashed just now; consulted before the path of intake.
    """
    for number, item in enumerate(items, 1):
        subject = f"evidence, item {number}"
        stated = {item.sha256, item.sha256_before, item.sha256_analysed, item.sha256_after} - {""}
        if len(stated) > 1:
            yield failed(subject, f"{item.path.name}: the report itself says that it changed after intake")
        if item.sha256 in known:
            yield ok(subject, f"{known[item.sha256]}: SHA-256 {item.sha256}")
            continue
        try:
            now = stated_file_sha256(item.path)
        except (OSError, ValueError) as error:
            yield unchecked(subject, f"{item.path} cannot be read ({getattr(error, 'strerror', None) or error})")
            continue
        if now == item.sha256:
            yield ok(subject, f"{item.path}: SHA-256 {item.sha256}")
        else:
            yield failed(subject, f"{item.path}: its SHA-256 is {now}, the report states {item.sha256}")


def check_models(basis: ReportedBasis, installed: Mapping[str, str]) -> Iterator[CheckLine]:
    """Whether the model files of the runs are those on this machine; earlier runs may have used earlier files.

    Args:
        basis: as stated.
        installed: name -> SHA-256 of the file that is installed under it, hashed just now.
    """
    last = basis.runs[0].weights
    for model in dict.fromkeys(model for run in basis.runs for model in run.weights):
        subject = f"model {model.name}"
        now = installed.get(model.name)
        if now is None and model.sha256 not in installed.values():
            yield unchecked(subject, "not installed on this machine")
        elif now in (model.sha256, None):
            yield ok(subject, f"SHA-256 {model.sha256}")
        elif model not in last:
            words = f"an earlier run of this report used the SHA-256 {model.sha256}, the file installed has {now}"
            yield unchecked(subject, words)
        else:
            yield failed(subject, f"the file installed has the SHA-256 {now}, the run used {model.sha256}")


def check_copy(pdf: Path, facts: DocumentFacts) -> Iterator[CheckLine]:
    """Whether the JSON beside a report is the result that the report carries; a PDF handed on alone lacks nothing."""
    beside = pdf.with_suffix(".json")
    try:
        now = file_sha256(beside)
    except FileNotFoundError:
        return
    except OSError as error:
        yield unchecked("result beside it", f"{beside} cannot be read ({error.strerror or error})")
        return
    if now == facts.result_sha256:
        yield ok("result beside it", f"{beside}: the result that is attached")
    else:
        stated = f"the attached result has {facts.result_sha256}"
        yield failed("result beside it", f"{beside}: its SHA-256 is {now}, {stated}")


def read_certificate(path: Path) -> x509.Certificate:
    """The certificate in a PEM or DER file.

    Raises:
        ReportError: there is none.
    """
    try:
        if not path.is_file():
            raise ReportError("there is no such file", next_step=_NAME_CERTIFICATE, path=path)
        data = path.read_bytes()
        load = x509.load_pem_x509_certificate if b"-----BEGIN" in data else x509.load_der_x509_certificate
        certificate = load(data)
        certificate_fingerprint(certificate)
    except (OSError, ValueError, CaseError) as error:
        raise ReportError(
            f"no certificate of an examiner can be read ({error})",
            next_step=_NAME_CERTIFICATE,
            path=path,
        ) from error
    return certificate
