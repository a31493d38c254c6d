"""The evaluation protocol of the papers: every table and figure of ``docs/results.md`` from one command.

`runner.run_protocol` runs the sections of `sections.SECTIONS`; each puts out a `results.Section`, which is kept as
JSON, so that pages and figures can be made again without computing anything.
"""
