"""The command ``sklearn-trm``: laws found in files, shown, executed, exported."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from .._version import __version__
from ..errors import ExportError, ParseError, TRMError, UnknownOperatorError, WeightsError
from . import batch, finding, saved
from .tables import UsageError, add_reading

_ENDS = """exit codes:
  0  done
  1  the file cannot be used: it is no table, holds text, lacks values, is no law
  2  the command cannot be used: a word, a column or a row that is not there

files: text with any separator (CSV, tabs, blanks; comments, decimal commas and
encodings are seen), Parquet, Excel, npy"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; returns the exit code: 0, 1 for data, 2 for usage."""
    args = _parser().parse_args(argv)
    try:
        return args.run(args) or 0
    except (UsageError, WeightsError, ParseError, UnknownOperatorError, ExportError) as error:
        return _say(error, 2)
    except TRMError as error:
        return _say(error, 1)
    except KeyboardInterrupt:  # what is written is whole; `batch` goes on there
        print("sklearn-trm: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _say(error: Exception, code: int) -> int:
    print(f"sklearn-trm: {' '.join(str(error).split())}", file=sys.stderr)
    return code


def _parser() -> argparse.ArgumentParser:
    plain = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser(
        prog="sklearn-trm", description="Find a closed-form law in a table of numbers.",
        epilog=_ENDS, formatter_class=plain,
    )  # fmt: skip
    parser.add_argument("--version", action="version", version=f"sklearn-trm {__version__}")
    commands = parser.add_subparsers(
        required=True, metavar="{demo,fit,batch,predict,report,plot,explain,export}"
    )

    def command(name: str, text: str) -> argparse.ArgumentParser:
        return commands.add_parser(
            name, help=text, description=f"{text[0].upper()}{text[1:]}.", epilog=_ENDS,
            formatter_class=plain,
        )  # fmt: skip

    demo = command("demo", "find Kepler's third law in the planets")
    demo.set_defaults(run=finding.demo)
    fit = command("fit", "find a law in a file")
    fit.set_defaults(run=finding.fit)
    fit.add_argument("file", help="the table")
    many = command("batch", "find a law in each table of a folder; goes on where it was stopped")
    many.set_defaults(run=batch.batch)
    batch.add_arguments(many)
    for one in (fit, many):
        one.add_argument(
            "--target", required=True, metavar="COLUMN",
            help="column to explain: its name, or its number counted from 0 (-1 is the last)",
        )  # fmt: skip
        one.add_argument(
            "--columns", metavar="A,B,...", help="columns the law may use; all others when left out"
        )
        one.add_argument(
            "--relative", action="store_true", help="count errors relative to the target's value"
        )
    fit.add_argument(
        "--template", metavar="FORMULA", help="known structure, as 'a*x0/(b + x0)' or 'f(x0)*x1'"
    )
    fit.add_argument("--save", metavar="JSON", help="write the law, for predict, report, export")
    add_reading(fit)
    for one in (demo, fit, many):
        one.add_argument(
            "--time-limit", type=_seconds, default=10.0, metavar="SECONDS", help="default: 10"
        )
        one.add_argument("--seed", type=int, default=0, help="default: 0")
        one.add_argument(
            "--model", default="auto", help="name or path of the weights; 'none' for search alone"
        )
    for one, out in ((demo, "kepler.png"), (fit, None)):
        one.add_argument("--out", metavar="PNG", default=out, help=f"figure; default: {out}")

    predict = command("predict", "execute a saved law on a file")
    predict.set_defaults(run=saved.predict)
    predict.add_argument("law", help="what `fit --save` or est.save wrote")
    predict.add_argument("file", help="the table, with the columns of the law")
    predict.add_argument("--out", metavar="CSV", help="where to; the screen when left out")
    add_reading(predict)
    report = command("report", "show a saved law, its front and its answer steps; or write a page")
    report.set_defaults(run=saved.report)
    report.add_argument("--out", metavar="HTML", help="write a page, to be opened in a browser")
    report.add_argument(
        "--units", metavar="NAME=UNIT,...", help="units of columns and target, for the page"
    )
    plot = command("plot", "draw a saved law on a table")
    plot.set_defaults(run=saved.plot)
    plot.add_argument("--out", metavar="PNG", required=True, help="figure (also .svg, .pdf)")
    plot.add_argument(
        "--picture", default="overview", metavar="NAME", choices=saved.pictures(),
        help=f"one of {', '.join(saved.pictures())}; default: overview",
    )  # fmt: skip
    explain = command("explain", "say why this law, beside its two rivals")
    explain.set_defaults(run=saved.explain)
    for one in (report, plot):
        one.add_argument(
            "--data", metavar="FILE", required=one is plot, help="the table, best that of the fit"
        )
        one.add_argument("--target", metavar="COLUMN", help="its target, where that is not plain")
        add_reading(one)
    for one in (report, plot, explain):
        one.add_argument("law", help="what `fit --save` or est.save wrote")
    export = command("export", "write a saved law in another language")
    export.set_defaults(run=saved.export)
    export.add_argument("law", help="what `fit --save` or est.save wrote")
    export.add_argument("--to", required=True, metavar="LANGUAGE", help=saved.languages())
    export.add_argument("--name", default="law", help="name of the function; default: law")
    export.add_argument("--out", metavar="FILE", help="where to; the screen when left out")
    for one in (predict, explain, export):
        one.add_argument(
            "--row", type=int, metavar="N", help="row of the front; the chosen law when left out"
        )
    return parser


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError(f"must be positive, got {text}")
    return value
