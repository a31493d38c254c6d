"""What a person entered about the case: its one row. Called inside transactions."""

from __future__ import annotations

import sqlite3

from core.casefile.codec_evidence import case_info_from_json, case_info_json
from core.casefile.single_rows import SingleRow, put_single
from core.domain.report import CaseInfo
from core.evidence.account import account_name


def facts(conn: sqlite3.Connection) -> CaseInfo:
    """As it was entered; empty at first."""
    row = conn.execute("SELECT info FROM case_info").fetchone()
    return CaseInfo() if row is None else case_info_from_json(row[0])


def actor(conn: sqlite3.Connection) -> str:
    """Who acts where nobody is named: the examiner, else the system's account, else the application."""
    return facts(conn).examiner or account_name() or "unswap"


def put(conn: sqlite3.Connection, info: CaseInfo, actor: str) -> None:
    """Replace it, and enter its hash into the custody log."""
    put_single(conn, SingleRow.FACTS, case_info_json(info), actor)
