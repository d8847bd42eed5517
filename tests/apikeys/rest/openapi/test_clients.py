"""Clients that other people's generators make of the live document compile, and do their work.

Each language has a program in `clients/` that creates a key, lists it, assigns it a role and
deletes it. The Python client has its own test, which looks closer.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from accounts.roles import Role
from apikeys.models import ApiKey
from apikeys.services.keys import CreatedKey
from tests import not_run
from tests.factories import make_key, make_tenant
from tests.racing import PROVE
from tests.served_portal import ServedPortal

CLIENTS = Path(__file__).with_name("clients")
GENERATOR = Path(
    os.environ.get("PORTAL_OPENAPI_GENERATOR") or f"{sys.prefix}/clients/bin/openapi-generator-cli"
)
"""OpenAPI Generator in an environment of its own."""

only_to_prove_it = pytest.mark.skipif(not PROVE, reason="a large generator: PROVE=1 runs it")


@pytest.fixture
def caller(served_portal: ServedPortal) -> CreatedKey:
    """An admin key."""
    return make_key(make_tenant("Northwind Traders"), role=Role.ADMIN)


def run(*command: str | Path, into: Path, env: dict[str, str] | None = None) -> str:
    """What a program prints; it must succeed."""
    done = subprocess.run(
        command,
        cwd=into,
        env=os.environ | (env or {}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def generate(language: str, *options: str, portal: ServedPortal, into: Path) -> None:
    """Make a client of the live document in the directory `portal`, or report it as not run."""
    if not GENERATOR.exists():
        not_run.skip("Go and Java clients need OpenAPI Generator", "make .venv/clients/installed")
    url = f"{portal.url}/v1/openapi.json"
    without_tests = ("--global-property", "apiTests=false,modelTests=false")
    arguments = ("-i", url, "-g", language, "-o", "portal", *without_tests, *options)
    run(GENERATOR, "generate", *arguments, into=into)


def environment(portal: ServedPortal, caller: CreatedKey) -> dict[str, str]:
    """What every program reads."""
    return {"API_URL": portal.url, "API_KEY": caller.secret.text}


def assert_it_did_its_work(printed: str) -> None:
    """Every program prints the same, and leaves the key that it made deleted."""
    key = ApiKey.objects.exclude(revoked_at=None).get()
    assert printed.splitlines() == [
        f"created {key.client_id} never",
        f"listed {key.client_id}",
        "role GL",
        "deleted 204",
    ]


def test_typescript(
    node_programs: Path, served_portal: ServedPortal, caller: CreatedKey, tmp_path: Path
) -> None:
    """By openapi-ts of Hey API, checked by the compiler at its strictest."""
    url = f"{served_portal.url}/v1/openapi.json"
    run(node_programs / "openapi-ts", "--input", url, "--output", "portal", into=tmp_path)
    shutil.copytree(CLIENTS / "typescript", tmp_path, dirs_exist_ok=True)
    options = ("--strict", "--target", "es2022", "--module", "commonjs", "--outDir", "built")
    run(node_programs / "tsc", *options, "main.ts", into=tmp_path)
    env = environment(served_portal, caller)
    assert_it_did_its_work(run("node", "built/main.js", into=tmp_path, env=env))


@only_to_prove_it
def test_go(served_portal: ServedPortal, caller: CreatedKey, tmp_path: Path) -> None:
    """By OpenAPI Generator; the client needs nothing but Go's own library."""
    if not shutil.which("go"):
        not_run.skip("The Go client needs Go", "apt-get install golang-go")
    shutil.copytree(CLIENTS / "go", tmp_path, dirs_exist_ok=True)
    generate("go", "--package-name", "portal", portal=served_portal, into=tmp_path)
    (tmp_path / "portal" / "go.mod").unlink()  # a package of the program's own module
    offline = {"GOPROXY": "off", "GO111MODULE": "on"}
    run("go", "build", "-o", "till", ".", into=tmp_path, env=offline)
    env = environment(served_portal, caller)
    assert_it_did_its_work(run(tmp_path / "till", into=tmp_path, env=env))


@only_to_prove_it
def test_java(served_portal: ServedPortal, caller: CreatedKey, tmp_path: Path) -> None:
    """By OpenAPI Generator, whose own archive holds the JSON library that the client needs."""
    if not shutil.which("javac"):
        not_run.skip("The Java client needs a JDK", "apt-get install default-jdk-headless")
    packages = ",".join(f"{each}Package=portal" for each in ("api", "model", "invoker"))
    options = (
        "--library",
        "native",
        "--additional-properties",
        f"openApiNullable=false,{packages}",
    )
    generate("java", *options, portal=served_portal, into=tmp_path)
    sources = [*CLIENTS.glob("java/*.java"), *tmp_path.glob("portal/src/main/**/*.java")]
    (archive,) = GENERATOR.parents[1].glob("lib/*/site-packages/openapi_generator_cli/*.jar")
    run("javac", "-nowarn", "-d", "built", "-cp", archive, *sources, into=tmp_path)
    env = environment(served_portal, caller)
    printed = run("java", "-cp", f"{archive}:built", "Main", into=tmp_path, env=env)
    assert_it_did_its_work(printed)
