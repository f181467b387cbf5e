"""The commands behind the Makefile: ``python3 -m tools <command>``."""

import argparse
import shutil
import sys

from tools.console import Problem, say


def main() -> int:
    """Run one command. Returns its exit code."""
    parser = argparse.ArgumentParser(prog="python3 -m tools")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("setup")
    demo = commands.add_parser("demo")
    demo.add_argument("--exit", action="store_true", help="stop after the day")
    test = commands.add_parser("test")
    test.add_argument("--only", help="suites whose name contains this")
    commands.add_parser("lint")
    commands.add_parser("format")
    conformance = commands.add_parser("conformance")
    conformance.add_argument("--epcis-data", required=True)
    conformance.add_argument("--b2mml-data", required=True)
    bench = commands.add_parser("bench")
    bench.add_argument("--name")
    commands.add_parser("translations")
    commands.add_parser("clean")
    arguments = parser.parse_args()
    try:
        return _run(arguments)
    except Problem as problem:
        say(f"\n{problem}")
        return 1
    except KeyboardInterrupt:
        return 130


def _run(arguments: argparse.Namespace) -> int:  # noqa: PLR0911 - one per command
    # Imported where used: a command must not need what only another one needs.
    match arguments.command:
        case "setup":
            from tools.environment import set_up

            set_up()
            return 0
        case "demo":
            from tools.demo import run_demo

            return run_demo(stop_afterwards=arguments.exit)
        case "test":
            from tools.testing import run_tests

            return run_tests(arguments.only)
        case "lint":
            from tools.lint import run_lint

            return run_lint()
        case "format":
            from tools.lint import run_format

            return run_format()
        case "conformance":
            from tools.conformance import run_conformance

            return run_conformance(arguments.epcis_data, arguments.b2mml_data)
        case "bench":
            from tools.bench import run_benchmarks

            return run_benchmarks(arguments.name)
        case "translations":
            from tools.translations import export_translations

            return export_translations()
        case "clean":
            return _clean()
    return 2


def _clean() -> int:
    from tools.paths import Paths
    from tools.postgres import stop_postgres

    paths = Paths()
    stop_postgres(paths)
    shutil.rmtree(paths.runtime, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
