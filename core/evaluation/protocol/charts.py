"""Charts of a section as PNG files."""

from __future__ import annotations

from pathlib import Path

from core.evaluation.protocol.results import Chart

DPI = 120
SIZE_INCHES = (6.4, 4.2)
# Okabe and Ito's colours, which people with any kind of colour vision tell apart.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000", "#999999")
MARKS = "osD^vPX*"


def draw_chart(chart: Chart, path: Path) -> None:
    """Draw a chart; the same chart always gives the same bytes with the same library."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=SIZE_INCHES, dpi=DPI, layout="constrained")
    axes = figure.add_subplot()
    for number, one in enumerate(chart.series):
        colour, mark = COLOURS[number % len(COLOURS)], MARKS[number % len(MARKS)]
        marker = mark if len(one.x) <= 12 else None
        axes.plot(one.x, one.y, color=colour, marker=marker, markersize=4, linewidth=1.6, label=one.label)
        if one.low and one.high:
            axes.fill_between(one.x, one.low, one.high, color=colour, alpha=0.15, linewidth=0)
    if chart.is_log:
        axes.set_xscale("log")
    if chart.y_range is not None:
        axes.set_ylim(*chart.y_range)
    axes.set_xlabel(chart.x_label)
    axes.set_ylabel(chart.y_label)
    axes.set_title(chart.caption, fontsize=10)
    axes.grid(alpha=0.3)
    if chart.series:
        axes.legend(fontsize=8)
    FigureCanvasAgg(figure).print_png(path, metadata={"Software": None})
