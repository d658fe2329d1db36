"""`delegation policy`: policies in files, before anything is served with them."""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from delegation.policy import (
    ENDINGS,
    Asked,
    InvalidPolicy,
    NotDrawn,
    NothingFound,
    NotTranslated,
    PolicyFile,
    Verdict,
    as_json,
    as_text,
    context_in,
    explained,
    graph,
    is_decided,
    picture,
    policy_files,
    printable_lines,
    read_policy,
    recorded,
    run_file,
    told,
    verdict,
)

_external = click.option(
    "--allow-external-files", is_flag=True, help="Follow references that lead out of the file's own directory."
)
_paths = click.argument("paths", nargs=-1, required=True, metavar="PATH...")
_path = click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_as_records = click.option("--json", "as_records", is_flag=True, help="Write JSON instead.")


@click.group()
def policy() -> None:
    """Test, check, explain, draw and translate policies in files."""


@policy.command()
@_paths
@click.option("--json", "--verbose", "as_records", is_flag=True, help="Write all results to standard output as JSON.")
@_external
def test(paths: tuple[str, ...], *, as_records: bool, allow_external_files: bool) -> None:
    """Run the tests in files, directories or patterns: exit 1 when one fails or cannot be run."""
    files = [run_file(path, allow_external_files=allow_external_files) for path in _found(paths, ENDINGS)]
    if as_records:
        _write(recorded(files))
    click.echo(told(files), err=as_records)
    sys.exit(0 if all(file.has_passed for file in files) else 1)


@policy.command()
@_paths
@click.option("--beneath", multiple=True, default=["parent"], help="A relation that puts things beneath others.")
@_as_records
@_external
def validate(paths: tuple[str, ...], beneath: tuple[str, ...], *, as_records: bool, allow_external_files: bool) -> None:
    """Tell every fault of models and tests, and what there is in them: exit 1 when one is invalid."""
    found = _found(paths, (*ENDINGS, "fga.mod"))
    verdicts = [verdict(path, beneath, allow_external_files=allow_external_files) for path in found]
    if as_records:
        _write([each.as_json() for each in verdicts])
    else:
        click.echo("\n".join(map(Verdict.text, verdicts)))
    sys.exit(0 if all(each.is_valid for each in verdicts) else 1)


@policy.command()
@_path
@click.argument("user")
@click.argument("relation")
@click.argument("object")
@click.option("--context", default="{}", help="A JSON object: what is asked along.")
@click.option("--test", "name", help="Let the tuples of this test count besides.")
@_as_records
@_external
def explain(path: Path, *, as_records: bool, allow_external_files: bool, **asked: str) -> None:
    """Tell whether USER has RELATION on OBJECT and why: exit 0 for yes and no, 1 when it cannot be said."""
    with _refusals():
        context = context_in(asked["context"])
        question = Asked(asked["user"], asked["relation"], asked["object"], context, asked["name"])
        explanation = explained(_read(path, external=allow_external_files), question)
    if as_records:
        _write(explanation.as_json())
    else:
        click.echo(printable_lines(explanation.text()))
    sys.exit(0 if is_decided(explanation) else 1)


@policy.command(name="graph")
@_path
@click.option("--dot", "form", flag_value="dot", default="dot", help="Write a graph in Graphviz's language (default).")
@click.option("--svg", "form", flag_value="svg", help="Write a picture; needs Graphviz.")
@_external
def draw(path: Path, form: str, *, allow_external_files: bool) -> None:
    """Draw the model: types, relations, and the ways on which rights flow."""
    with _refusals():
        drawn = graph(_read(path, external=allow_external_files))
        click.echo(picture(drawn) if form == "svg" else drawn, nl=False)


@policy.command()
@_path
@click.option("--to", "form", type=click.Choice(["text", "json"]), help="The form wanted; the other one by default.")
@_external
def transform(path: Path, form: str | None, *, allow_external_files: bool) -> None:
    """Write the model in OpenFGA's other form: text as JSON, JSON as text, modules as one model."""
    with _refusals():
        found = _read(path, external=allow_external_files)
        wanted = form or ("text" if path.suffix == ".json" else "json")
        click.echo(as_text(found) if wanted == "text" else as_json(found), nl=False)


def _found(paths: tuple[str, ...], endings: tuple[str, ...]) -> list[Path]:
    try:
        return policy_files(paths, endings)
    except NothingFound as error:
        raise click.UsageError(str(error)) from None


def _read(path: Path, *, external: bool) -> PolicyFile:
    return read_policy(path, allow_external_files=external)


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except (InvalidPolicy, NotDrawn, NotTranslated) as error:
        raise click.ClickException(printable_lines(str(error))) from None


def _write(value: object) -> None:
    click.echo(json.dumps(value, indent=2, ensure_ascii=False))


COMMANDS = {"policy": policy}
