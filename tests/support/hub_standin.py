"""A stand-in for the Hub on loopback that speaks its protocol to the real huggingface_hub client.

    with Hub() as hub:
        repository = hub.add("example/model")
        repository.commit("main", {"config.json": b"{}", "model.safetensors": Path("…")})
        hub.faults.append(Fault(r"/tree/", status=503, times=2))
        # … run a client with `hub.environment` …
        assert hub.count(r"/refs") == 1

The body of a weight file comes by a redirect from a second server, as from the Hub's CDN, and there
with ranges. No Xet, no uploads, no users: any token is accepted, and forgotten.
"""

import json
import re
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hub_repository import Blob, Repository

MORE = bytes(1 << 16)
DATE = "2023-02-12T12:00:00.000Z"


@dataclass
class Fault:
    """What goes wrong with the requests whose `METHOD /path?query` matches a pattern.

    Args:
        pattern: searched for.
        status: answered instead, None to answer as usual but for what follows.
        headers: of that answer.
        body: of that answer.
        times: how often; None for ever.
        after: how many matching requests are answered well first.
        cut: send only so many bytes of the body, then close.
        more: send so many bytes after the body, as announced.
        corrupt: flip the last bit of the body; its length stays.
        whole: answer a range request with 200 and everything.
        delay: seconds to wait first.
    """

    pattern: str
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    times: int | None = 1
    after: int = 0
    cut: int | None = None
    more: int = 0
    corrupt: bool = False
    whole: bool = False
    delay: float = 0.0


class Server(ThreadingHTTPServer):
    """A client that hangs up in the middle is none of its business."""

    def handle_error(self, request: object, client_address: object) -> None:
        """Say what went wrong, unless the other side went away."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Hub:
    """The stand-in; a context manager. `url` is its address, `requests` what was asked.

    `renamed` leads from the name that a repository had to the one that it has; `sent_more` counts
    the bytes that were sent after the ends of bodies.
    """

    def __init__(self, *, page_size: int = 1000) -> None:
        self.repositories: dict[str, Repository] = {}
        self.renamed: dict[str, str] = {}
        self.faults: list[Fault] = []
        self.requests: list[str] = []
        self.authorizations: list[str] = []
        self.page_size = page_size
        self.sent_more = 0
        self._lock = threading.Lock()
        self._api, self._cdn = self._server(Api), self._server(Cdn)

    def _server(self, handler: type["Handler"]) -> ThreadingHTTPServer:
        server = Server(("127.0.0.1", 0), type("Bound", (handler,), {"hub": self}))
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        return server

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self._api.server_port}"

    @property
    def cdn(self) -> str:
        """Where LFS bodies are."""
        return f"http://127.0.0.1:{self._cdn.server_port}"

    @property
    def environment(self) -> dict[str, str]:
        """What a client's process needs to find it, and no other; add HF_HOME."""
        return {
            "HF_ENDPOINT": self.url,
            "HF_HUB_OFFLINE": "0",
            "HF_HUB_DISABLE_TELEMETRY": "1",
            "HF_HUB_DISABLE_UPDATE_CHECK": "1",
            "HF_HUB_DISABLE_PROGRESS_BARS": "1",
            "HF_HUB_DISABLE_XET": "1",
        }

    def add(self, repo_id: str) -> Repository:
        """Make an empty repository."""
        self.repositories[repo_id] = Repository(repo_id)
        return self.repositories[repo_id]

    def count(self, pattern: str) -> int:
        """Return how many requests matched."""
        return sum(re.search(pattern, asked) is not None for asked in self.requests)

    def meets(self, asked: str, authorization: str | None) -> Fault | None:
        """Note a request and return the fault that it meets."""
        with self._lock:
            self.requests.append(asked)
            self.authorizations += [authorization] if authorization else []
            for fault in self.faults:
                if fault.times == 0 or not re.search(fault.pattern, asked):
                    continue
                if fault.after:
                    fault.after -= 1
                    continue
                if fault.times is not None:
                    fault.times -= 1
                return fault
        return None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for server in (self._api, self._cdn):
            server.shutdown()
            server.server_close()


class Handler(BaseHTTPRequestHandler):
    """What both servers share: faults, ranges, answers."""

    hub: Hub
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    fault: Fault | None = None
    sent = b""

    def log_message(self, *_: object) -> None:
        """Stay silent."""

    def do_HEAD(self) -> None:
        """Answer without a body."""
        self._go()

    def do_GET(self) -> None:
        """Answer."""
        self._go()

    def do_POST(self) -> None:
        """Answer to a body, which is kept for the endpoint that wants it."""
        self.sent = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        self._go()

    def _go(self) -> None:
        asked = f"{self.command} {self.path}"
        self.fault = self.hub.meets(asked, self.headers.get("Authorization"))
        if self.fault and self.fault.delay:
            time.sleep(self.fault.delay)
        if self.fault and self.fault.status is not None:
            self.answer(self.fault.status, self.fault.body, dict(self.fault.headers))
            return
        for old, new in self.hub.renamed.items():
            if f"/{old}/" in self.path:
                self.answer(307, b"", {"Location": self.path.replace(f"/{old}/", f"/{new}/")})
                return
        parts = urlsplit(self.path)
        self.route([unquote(part) for part in parts.path.split("/")[1:]], parse_qs(parts.query))

    def route(self, parts: list[str], query: dict[str, list[str]]) -> None:
        """Answer a request; each server has its own."""
        raise NotImplementedError

    def answer(self, status: int, body: bytes, headers: Mapping[str, str]) -> None:
        """Send an answer, damaged as the fault says."""
        fault = self.fault or Fault("")
        if fault.corrupt and body:
            body = body[:-1] + bytes([body[-1] ^ 1])
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body) + fault.more), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if fault.cut is not None:
            body = body[: fault.cut]
            self.close_connection = True
        self.wfile.write(body)
        for _ in range(0, fault.more, len(MORE)):
            self.wfile.write(MORE)
            self.hub.sent_more += len(MORE)

    def json(self, document: object, headers: Mapping[str, str] | None = None) -> None:
        """Answer with JSON."""
        told = {"Content-Type": "application/json", **(headers or {})}
        self.answer(200, json.dumps(document).encode(), told)

    def error(self, status: int, code: str, message: str) -> None:
        """Answer with one of the Hub's errors."""
        body = json.dumps({"error": message}).encode()
        self.answer(status, body, {"X-Error-Code": code, "Content-Type": "application/json"})

    def body(self, blob: Blob, headers: Mapping[str, str]) -> None:
        """Answer with a file, or the range of it that was asked for."""
        content = blob.read()
        asked = re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", ""))
        told = {"Accept-Ranges": "bytes", **headers}
        if asked is None or (self.fault and self.fault.whole):
            self.answer(200, content, told)
            return
        first = int(asked[1])
        last = min(int(asked[2] or len(content)), len(content) - 1)
        if first > last:
            self.answer(416, b"", {"Content-Range": f"bytes */{len(content)}"})
            return
        told["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
        self.answer(206, content[first : last + 1], told)


class Api(Handler):
    """huggingface.co: the API, and files by revision."""

    def route(self, parts: list[str], query: dict[str, list[str]]) -> None:
        """Answer `/api/models/ORG/NAME/…` and `/ORG/NAME/resolve/REVISION/PATH`."""
        if parts[:2] == ["api", "models"]:
            repository, rest = self._repository(parts[2:4]), parts[4:]
        else:
            repository, rest = self._repository(parts[:2]), parts[2:]
        if repository is None:
            return
        what, revision = rest[0] if rest else "revision", rest[1] if len(rest) > 1 else "main"
        if what == "refs":
            refs = _refs(repository)
            if "include_prs" not in query:
                del refs["pullRequests"]
            self.json(refs)
            return
        commit = repository.resolve(revision)
        if commit is None:
            self.error(404, "RevisionNotFound", f"Invalid rev id: {revision}")
        elif what == "revision":
            self.json(_info(repository, commit))
        elif what == "tree":
            self._tree(repository.commits[commit], query)
        elif what == "paths-info":
            self._paths(repository.commits[commit])
        elif what == "resolve":
            self._file(repository.commits[commit], commit, "/".join(rest[2:]))
        else:
            self.error(404, "", "no such endpoint here")

    def _repository(self, names: list[str]) -> Repository | None:
        found = self.hub.repositories.get("/".join(names))
        status = 404 if self.headers.get("Authorization") else 401
        if found is None:
            self.error(status, "RepoNotFound", "Repository not found")
        elif found.gated:
            self.error(403 if status == 404 else 401, "GatedRepo", "Access is restricted")
            return None
        return found

    def _tree(self, files: Mapping[str, Blob], query: dict[str, list[str]]) -> None:
        """Answer with one page of a commit's files."""
        entries = [_entry(path, blob) for path, blob in sorted(files.items())]
        start = int(query.get("cursor", ["0"])[0])
        stop = start + self.hub.page_size
        headers = {}
        if stop < len(entries):
            after = f"{self.hub.url}{urlsplit(self.path).path}?recursive=true&cursor={stop}"
            headers["Link"] = f'<{after}>; rel="next"'
        self.json(entries[start:stop], headers)

    def _paths(self, files: Mapping[str, Blob]) -> None:
        """Answer with the files that were asked for by name, as JSON or as a form."""
        if self.headers.get("Content-Type", "").startswith("application/json"):
            wanted = json.loads(self.sent)["paths"]
        else:
            wanted = parse_qs(self.sent.decode()).get("paths", [])
        wanted = [wanted] if isinstance(wanted, str) else wanted
        self.json([_entry(path, files[path]) for path in wanted if path in files])

    def _file(self, files: Mapping[str, Blob], commit: str, path: str) -> None:
        """Answer with a small file, or with where an LFS file is."""
        blob = files.get(path)
        if blob is None:
            self.error(404, "EntryNotFound", "Entry not found")
            return
        headers = {"X-Repo-Commit": commit, "ETag": f'"{blob.etag}"'}
        if not blob.lfs:
            self.body(blob, headers)
            return
        linked = {"X-Linked-Size": str(blob.size), "X-Linked-Etag": f'"{blob.etag}"'}
        location = f"{self.hub.cdn}/{blob.sha256}"
        self.answer(302, b"", {**headers, **linked, "Location": location})


class Cdn(Handler):
    """The other origin, which holds LFS bodies by digest."""

    def route(self, parts: list[str], query: dict[str, list[str]]) -> None:
        """Answer `/SHA256`."""
        del query
        blob = next((blob for blob in self._blobs() if blob.lfs and blob.sha256 == parts[0]), None)
        if blob is None:
            self.answer(404, b"", {})
        else:
            self.body(blob, {"ETag": f'"{blob.sha256}"'})

    def _blobs(self) -> Iterator[Blob]:
        for repository in self.hub.repositories.values():
            for files in repository.commits.values():
                yield from files.values()


def _refs(repository: Repository) -> dict[str, object]:
    def listed(kind: str, names: Mapping[str, str]) -> list[dict[str, str]]:
        return [
            {"name": name, "ref": f"refs/{kind}/{name}", "targetCommit": sha}
            for name, sha in names.items()
        ]

    opened = [
        {"name": name[-1], "ref": name, "targetCommit": repository.pulls[name]}
        for name in repository.pulls
    ]
    return {
        "branches": listed("heads", repository.branches),
        "tags": listed("tags", repository.tags),
        "converts": [],
        "pullRequests": opened,
    }


def _lfs(blob: Blob, key: str) -> dict[str, object]:
    if not blob.lfs:
        return {}
    return {"lfs": {key: blob.sha256, "size": blob.size, "pointerSize": len(blob.pointer)}}


def _entry(path: str, blob: Blob) -> dict[str, object]:
    return {"type": "file", "oid": blob.oid, "size": blob.size, "path": path} | _lfs(blob, "oid")


def _info(repository: Repository, commit: str) -> dict[str, object]:
    siblings = [
        {"rfilename": path, "size": blob.size, "blobId": blob.oid} | _lfs(blob, "sha256")
        for path, blob in sorted(repository.commits[commit].items())
    ]
    return {
        "id": repository.repo_id,
        "sha": commit,
        "lastModified": DATE,
        "createdAt": DATE,
        "private": False,
        "gated": False,
        "siblings": siblings,
    }


@contextmanager
def asked_by_this_process(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the client of this process, which read its settings at import, ask the stand-in.

    All goes through one patch, the way back too: what a test patches meanwhile is undone before,
    and cannot leave behind what it found in here.
    """
    from huggingface_hub import close_session, constants

    settings = {
        "ENDPOINT": hub.url,
        "HUGGINGFACE_CO_URL_TEMPLATE": f"{hub.url}/{{repo_id}}/resolve/{{revision}}/{{filename}}",
        "HF_HUB_OFFLINE": False,
    }
    before = {name: getattr(constants, name) for name in settings}
    for name, value in settings.items():
        monkeypatch.setattr(constants, name, value)
    close_session()
    try:
        yield
    finally:
        for name, value in before.items():
            monkeypatch.setattr(constants, name, value)
        close_session()
