"""From a suspect video to findings: the one sequence that the command line and the window both run."""

from core.pipeline.analysis import analyse
from core.pipeline.case_report import record_run
from core.pipeline.engines import Engines

__all__ = ["Engines", "analyse", "record_run"]
