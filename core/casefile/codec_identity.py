"""Codec of findings: templates, gallery candidates, decisions. Pictures of candidates are stored by hash."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

from core.aggregation.record_json import record_from_json, record_json
from core.casefile.codec import blob_floats, floats_blob, surroundings_from_json, surroundings_json
from core.domain.calibration import CalibrationQuote, GroupSearch
from core.domain.identity import Decision, GalleryMatch, IdentityFinding, IdentityTemplate, Role, SearchResult

PutPicture = Callable[[bytes], str]
"""Stores a picture's bytes and returns the hash under which `GetPicture` finds them; '' for no picture."""
GetPicture = Callable[[str], bytes]


def finding_json(finding: IdentityFinding, put_picture: PutPicture) -> dict[str, Any]:
    """One finding as a JSON object."""
    return {
        "role": str(finding.role),
        "decision": str(finding.decision),
        "reason": finding.reason,
        "template": None if finding.template is None else _template_json(finding.template),
        "search": None if finding.search is None else _search_json(finding.search, put_picture),
        "calibration_id": finding.calibration_id,
        "false_match_rate": None if finding.false_match_rate is None else list(finding.false_match_rate),
        "false_positive_identification_rate": finding.false_positive_identification_rate,
        "frame_indices": list(finding.frame_indices),
        "limitations": list(finding.limitations),
        "quote": None if finding.quote is None else record_json(finding.quote),
        "group_search": None if finding.group_search is None else record_json(finding.group_search),
    }


def finding_from_json(values: Any, get_picture: GetPicture) -> IdentityFinding:
    """Back from `finding_json`; earlier versions kept no quote, or no search of a group."""
    rate, quote, group = values["false_match_rate"], values.get("quote"), values.get("group_search")
    return IdentityFinding(
        role=Role(values["role"]),
        decision=Decision(values["decision"]),
        reason=values["reason"],
        template=None if values["template"] is None else _template_from_json(values["template"]),
        search=None if values["search"] is None else _search_from_json(values["search"], get_picture),
        calibration_id=values["calibration_id"],
        false_match_rate=None if rate is None else (rate[0], rate[1], rate[2]),
        false_positive_identification_rate=values["false_positive_identification_rate"],
        frame_indices=tuple(values["frame_indices"]),
        limitations=tuple(values["limitations"]),
        quote=None if quote is None else record_from_json(CalibrationQuote, quote),
        group_search=None if group is None else record_from_json(GroupSearch, group),
    )


def _template_json(template: IdentityTemplate) -> dict[str, Any]:
    return {
        "role": str(template.role),
        "embedding": base64.b64encode(floats_blob(template.embedding)).decode("ascii"),
        "n_frames": template.n_frames,
        "n_outliers": template.n_outliers,
        "dispersion": template.dispersion,
        "embedder_id": template.embedder_id,
        "surroundings": None if template.surroundings is None else surroundings_json(template.surroundings),
    }


def _template_from_json(values: Any) -> IdentityTemplate:
    surroundings = values.get("surroundings")  # earlier versions read none
    return IdentityTemplate(
        role=Role(values["role"]),
        embedding=blob_floats(base64.b64decode(values["embedding"], validate=True)),
        n_frames=values["n_frames"],
        n_outliers=values["n_outliers"],
        dispersion=values["dispersion"],
        embedder_id=values["embedder_id"],
        surroundings=None if surroundings is None else surroundings_from_json(surroundings),
    )


def _search_json(search: SearchResult, put_picture: PutPicture) -> dict[str, Any]:
    return {
        "candidates": [_match_json(match, put_picture) for match in search.candidates],
        "threshold": search.threshold,
        "n_people": search.n_people,
        "n_templates": search.n_templates,
        "gallery_revision": search.gallery_revision,
        "n_surroundings": search.n_surroundings,
        "n_above": search.n_above,
        "gallery_id": search.gallery_id,
        "cohort_cosine": search.cohort_cosine,
    }


def _search_from_json(values: Any, get_picture: GetPicture) -> SearchResult:
    return SearchResult(
        candidates=tuple(_match_from_json(match, get_picture) for match in values["candidates"]),
        threshold=values["threshold"],
        n_people=values["n_people"],
        n_templates=values["n_templates"],
        gallery_revision=values["gallery_revision"],
        n_surroundings=values.get("n_surroundings", 0),
        n_above=values.get("n_above"),
        gallery_id=values.get("gallery_id", ""),
        cohort_cosine=values.get("cohort_cosine"),
    )


def _match_json(match: GalleryMatch, put_picture: PutPicture) -> dict[str, Any]:
    return {
        "person_id": match.person_id,
        "name": match.name,
        "score": match.score,
        "rank": match.rank,
        "photo_sha256": match.photo_sha256,
        "thumbnail": put_picture(match.thumbnail_png) if match.thumbnail_png else "",
        "gallery_revision": match.gallery_revision,
        "face_score": match.face_score,
        "surroundings_score": match.surroundings_score,
    }


def _match_from_json(values: Any, get_picture: GetPicture) -> GalleryMatch:
    return GalleryMatch(
        person_id=values["person_id"],
        name=values["name"],
        score=values["score"],
        rank=values["rank"],
        photo_sha256=values["photo_sha256"],
        thumbnail_png=get_picture(values["thumbnail"]) if values["thumbnail"] else b"",
        gallery_revision=values["gallery_revision"],
        face_score=values.get("face_score"),
        surroundings_score=values.get("surroundings_score"),
    )
