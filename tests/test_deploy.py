"""What is shipped to run the app on many machines: sound files, and an nginx that does what they promise."""

from __future__ import annotations

import fnmatch
import gzip
import http.client
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml
from example_record import ROWS, write_rows
from proxied import NGINX_CONF, Proxied, proxied
from running_app import ROOT
from sessions import session
from websockets.exceptions import InvalidStatus

from map_app.frame import frame_address

DEPLOY = ROOT / "deploy"
MANIFESTS = sorted((DEPLOY / "kubernetes").glob("*.yaml"))


# ---- the image


def instructions() -> list[tuple[str, str]]:
    """Return the instructions of the Containerfile, each with its arguments on one line."""
    text = re.sub(r"^\s*#.*\n", "", (DEPLOY / "Containerfile").read_text(encoding="utf-8"), flags=re.M)
    lines = [line.strip() for line in text.replace("\\\n", " ").splitlines() if line.strip()]
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in lines)]


def last_stage() -> list[tuple[str, str]]:
    parts = instructions()
    start = max(number for number, (name, _) in enumerate(parts) if name == "FROM")
    return parts[start:]


def test_containerfile_holds_only_instructions_there_are() -> None:
    known = {"FROM", "ENV", "RUN", "WORKDIR", "COPY", "USER", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK", "CMD"}
    assert {name for name, _ in instructions()} <= known


def test_image_runs_as_nobody_in_particular_and_checks_its_health() -> None:
    last = dict(last_stage())
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", last["USER"])
    assert "/healthz" in last["HEALTHCHECK"]
    assert not any(name == "RUN" and ("pip" in rest or "apt" in rest) for name, rest in last_stage())


def test_image_is_built_from_a_named_version_of_python_the_project_supports() -> None:
    for name, rest in instructions():
        if name == "FROM":
            assert re.match(r"python:3\.(1[1-9])-slim\b", rest), rest


def test_everything_the_image_copies_is_there_and_let_through() -> None:
    rules = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line]
    assert rules[0] == "*"
    let_through = {rule[1:] for rule in rules if rule.startswith("!")}
    copied = set()
    for name, rest in instructions():
        words = shlex.split(rest)
        if name == "COPY" and not words[0].startswith("--from"):
            copied |= set(words[:-1])
    assert {"map_app", "geo", "data", "streamlit_app.py", "pyproject.toml"} <= copied
    assert copied == let_through
    assert [path for path in copied if not (ROOT / path).exists()] == []


def test_image_starts_the_app_by_its_own_command() -> None:
    from map_app.__main__ import _parser

    words = yaml.safe_load(dict(last_stage())["CMD"])
    assert words[:3] == ["python", "-m", "map_app"]
    asked = _parser().parse_args(words[3:])
    assert (asked.port, asked.address) == (8501, "0.0.0.0")


# ---- compose


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return dict(yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8")))


def test_services_run_read_only_and_without_rights(compose: dict[str, Any]) -> None:
    assert set(compose["services"]) == {"app-1", "app-2", "proxy"}
    for name, service in compose["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service["mem_limit"], name
        assert "privileged" not in service
    assert [name for name, service in compose["services"].items() if "ports" in service] == ["proxy"]


def test_services_are_those_nginx_passes_to(compose: dict[str, Any]) -> None:
    upstream = re.findall(r"server (app-\d):8501", NGINX_CONF.read_text(encoding="utf-8"))
    assert set(upstream) == set(compose["services"]) - {"proxy"}
    app = compose["services"]["app-1"]
    assert (DEPLOY / app["build"]["context"] / app["build"]["dockerfile"]).resolve() == DEPLOY / "Containerfile"
    (mount,) = compose["services"]["proxy"]["volumes"]
    assert (DEPLOY / mount.split(":")[0]).resolve() == NGINX_CONF


# ---- Kubernetes


def manifests() -> list[dict[str, Any]]:
    return [part for path in MANIFESTS for part in yaml.safe_load_all(path.read_text(encoding="utf-8")) if part]


def of_kind(kind: str) -> dict[str, Any]:
    (found,) = [part for part in manifests() if part["kind"] == kind]
    return found


@pytest.mark.parametrize("part", manifests(), ids=lambda part: part["kind"])
@pytest.mark.parametrize("version", ["1.29", "1.32", kubernetes_validate.latest_version()])
def test_manifest_follows_the_schema_of_kubernetes(part: dict[str, Any], version: str) -> None:
    kubernetes_validate.validate(part, version, strict=True)


def test_wrong_manifest_would_be_noticed() -> None:
    wrong = of_kind("Deployment")
    wrong["spec"]["template"]["spec"]["containers"][0]["readOnlyRootFilesystem"] = True
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(wrong, kubernetes_validate.latest_version(), strict=True)


def test_everything_selects_the_same_pods() -> None:
    labels = of_kind("Deployment")["spec"]["template"]["metadata"]["labels"]
    assert of_kind("Deployment")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("Service")["spec"]["selector"] == labels
    assert of_kind("PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == labels
    assert of_kind("NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == labels
    scaled = of_kind("HorizontalPodAutoscaler")["spec"]["scaleTargetRef"]["name"]
    assert scaled == of_kind("Deployment")["metadata"]["name"]


def test_pod_runs_without_rights_and_writes_only_scratch() -> None:
    pod = of_kind("Deployment")["spec"]["template"]["spec"]
    (app,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["automountServiceAccountToken"] is False
    assert app["securityContext"] == {
        "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]},
    }  # fmt: skip
    assert [mount["mountPath"] for mount in app["volumeMounts"]] == ["/tmp"]
    assert of_kind("NetworkPolicy")["spec"]["egress"] == []


def test_probes_ask_what_the_app_answers() -> None:
    (app,) = of_kind("Deployment")["spec"]["template"]["spec"]["containers"]
    asked = {name: app[name]["httpGet"]["path"] for name in ("startupProbe", "readinessProbe", "livenessProbe")}
    assert asked == {"startupProbe": "/readyz", "readinessProbe": "/readyz", "livenessProbe": "/healthz"}
    assert of_kind("Service")["spec"]["sessionAffinity"] == "ClientIP"


def test_one_pod_may_go_and_one_stays() -> None:
    least = of_kind("HorizontalPodAutoscaler")["spec"]["minReplicas"]
    assert of_kind("PodDisruptionBudget")["spec"]["minAvailable"] < least <= of_kind("Deployment")["spec"]["replicas"]


# ---- nginx, run for real


@pytest.fixture(scope="module")
def behind(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxied]:
    folder = tmp_path_factory.mktemp("nginx")
    with proxied(folder, write_rows(folder / "agreements.csv", ROWS)) as running:
        yield running


def visitors_cookie(second: int, spelling: str = "0a0b0c0d") -> dict[str, str]:
    return {"Cookie": f"_streamlit_xsrf=2|{spelling}|9b9621f6a2edfa97bfdb425c7a184577|{second}"}


def where(behind: Proxied, second: int, spelling: str = "0a0b0c0d") -> int:
    """Return which process a visitor of that second is led to."""
    before = behind.sessions()
    with session(behind.front.port, headers=visitors_cookie(second, spelling)) as visitor:
        visitor.run("view=explore")
        during = behind.sessions()
    (process,) = [number for number in (0, 1) if during[number] > before[number]]
    return process


def test_visitor_stays_with_one_process_however_the_cookie_is_spelt(behind: Proxied) -> None:
    for second in (1795439553, 1795439560):
        assert len({where(behind, second, spelling) for spelling in ("00000000", "ffffffff", "12345678")}) == 1


def test_visitors_are_spread_over_the_processes(behind: Proxied) -> None:
    assert {where(behind, 1795439500 + second) for second in range(8)} == {0, 1}


def test_safety_headers_come_through_and_nginx_adds_its_own(behind: Proxied) -> None:
    headers = behind.front.ask("/").headers
    assert "default-src 'self'" in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["strict-transport-security"].startswith("max-age=31536000")
    assert headers["server"] == "nginx"


@pytest.mark.parametrize("path", [f"/{frame_address()}", "/api/v1/agreements", "/api/v1/agreements.csv", "/"])
def test_answer_is_compressed_and_the_same(behind: Proxied, path: str) -> None:
    plain, zipped = behind.front.ask(path), behind.front.ask(path, Accept_Encoding="gzip")
    assert zipped.headers["content-encoding"] == "gzip"
    assert gzip.decompress(zipped.body) == plain.body


def test_static_files_of_streamlit_are_compressed_and_kept(behind: Proxied) -> None:
    page = behind.front.ask("/").body.decode()
    script, *_ = re.findall(r'"\./(static/js/index\.[^"]+\.js)"', page)
    first = behind.front.ask(f"/{script}", Accept_Encoding="gzip")
    assert first.headers["content-encoding"] == "gzip"
    assert "set-cookie" not in first.headers
    assert "max-age" in first.headers["cache-control"]


def test_public_answer_is_kept_by_nginx_and_asked_for_once(behind: Proxied) -> None:
    name = 'map_app_http_requests_total{part="api",status="2xx"}'

    def answered() -> float:
        texts = [app.ask("/metrics").body.decode() for app in behind.apps]
        return sum(float(line.split()[-1]) for text in texts for line in text.splitlines() if line.startswith(name))

    before = answered()
    bodies = {behind.front.ask("/api/v1/states?state=AZ&status=all").body for _ in range(10)}
    assert len(bodies) == 1
    assert answered() - before == 1


def test_metrics_and_readiness_are_not_shown_outside(behind: Proxied) -> None:
    assert behind.front.ask("/metrics").status == behind.front.ask("/readyz").status == 404
    assert behind.front.ask("/healthz").status == 200


def test_other_sites_page_is_refused_behind_nginx_too(behind: Proxied) -> None:
    with pytest.raises(InvalidStatus), session(behind.front.port, origin="https://attacker.example"):
        pass


def test_program_that_asks_without_end_is_slowed_down(behind: Proxied) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", behind.front.port, timeout=30)
    told = set()
    for _ in range(300):
        connection.request("GET", "/api/v1/meta")
        answer = connection.getresponse()
        answer.read()
        told.add(answer.status)
    connection.close()
    assert told == {200, 429}


def test_nginx_writes_no_address_and_no_sender(behind: Proxied) -> None:
    behind.front.ask("/map/popup/37025?state=NC", User_Agent="Telltale/7")
    folder = behind.front.log.parent
    logs = [path for path in folder.rglob("*") if fnmatch.fnmatch(path.name, "*log*")]
    assert behind.front.log in logs
    for path in logs:
        text = path.read_text(errors="replace")
        for telltale in ("37025", "Telltale", "127.0.0.1"):
            assert telltale not in text


def test_killed_process_takes_no_data_along_and_the_other_answers(tmp_path: Path) -> None:
    data = write_rows(tmp_path / "agreements.csv", ROWS)
    before = data.read_bytes()
    with proxied(tmp_path, data) as behind:
        victim = where(behind, 1795439553)
        process = behind.apps[victim].process
        assert process is not None
        process.kill()
        process.wait()
        with session(behind.front.port, headers=visitors_cookie(1795439553)) as visitor:
            visitor.run("view=explore")
            assert visitor.failures == 0
            assert behind.sessions()[1 - victim] == 1
        for _ in range(10):
            assert behind.front.ask("/api/v1/meta").status == 200
    assert data.read_bytes() == before
