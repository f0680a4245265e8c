"""A server on loopback that speaks as much of S3 as the store needs: parts, copies, ranges, lists. Kept in memory."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape


class Bucket(ThreadingHTTPServer):
    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.objects: dict[str, tuple[bytes, datetime]] = {}
        self.uploads: dict[str, dict[int, bytes]] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


@contextmanager
def serving() -> Iterator[Bucket]:
    with Bucket() as bucket:
        thread = Thread(target=bucket.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield bucket
        bucket.shutdown()
        thread.join()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Bucket

    def log_message(self, *_: object) -> None:
        return

    def _asked(self) -> tuple[str, dict[str, str]]:
        parts = urlsplit(self.path)
        queries = parse_qs(parts.query, keep_blank_values=True)
        return unquote(parts.path).split("/", 2)[-1], {name: values[0] for name, values in queries.items()}

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in {"ETag": '"e"', **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", headers.get("Size", str(len(body))))
        self.end_headers()
        self.wfile.write(body)

    def _body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def do_PUT(self) -> None:
        key, query = self._asked()
        body = self._body()
        if source := self.headers.get("x-amz-copy-source"):
            name = unquote(source).lstrip("/").split("/", 1)[1]
            if name not in self.server.objects:
                self._answer(404)
                return
            self.server.objects[key] = (self.server.objects[name][0], datetime.now(UTC))
            self._answer(200, b"<CopyObjectResult><ETag>e</ETag></CopyObjectResult>")
        elif "uploadId" in query:
            self.server.uploads[query["uploadId"]][int(query["partNumber"])] = body
            self._answer(200)
        else:
            self.server.objects[key] = (body, datetime.now(UTC))
            self._answer(200)

    def do_POST(self) -> None:
        key, query = self._asked()
        body = self._body()
        if "uploads" in query:
            upload = f"u{len(self.server.uploads)}"
            self.server.uploads[upload] = {}
            answer = f"<InitiateMultipartUploadResult><UploadId>{upload}</UploadId></InitiateMultipartUploadResult>"
        elif "delete" in query:
            names = [name.decode() for name in re.findall(rb"<Key>(.*?)</Key>", body)]
            for name in names:
                self.server.objects.pop(name, None)
            deleted = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            answer = f"<DeleteResult>{deleted}</DeleteResult>"
        else:
            parts = self.server.uploads.pop(query["uploadId"])
            self.server.objects[key] = (b"".join(parts[number] for number in sorted(parts)), datetime.now(UTC))
            answer = "<CompleteMultipartUploadResult><ETag>e</ETag></CompleteMultipartUploadResult>"
        self._answer(200, answer.encode())

    def do_DELETE(self) -> None:
        key, query = self._asked()
        self.server.uploads.pop(query.get("uploadId", ""), None)
        self.server.objects.pop(key, None)
        self._answer(204)

    def do_HEAD(self) -> None:
        key, _ = self._asked()
        if key not in self.server.objects:
            self._answer(404)
            return
        content, changed = self.server.objects[key]
        self._answer(200, Size=str(len(content)), Last_Modified=format_datetime(changed, usegmt=True))

    def do_GET(self) -> None:
        key, query = self._asked()
        if "list-type" in query:
            found = {k: v for k, v in sorted(self.server.objects.items()) if k.startswith(query.get("prefix", ""))}
            entries = "".join(
                f"<Contents><Key>{escape(k)}</Key><Size>{len(v)}</Size><LastModified>{at.isoformat()}</LastModified></Contents>"
                for k, (v, at) in found.items()
            )
            self._answer(200, f"<ListBucketResult>{entries}</ListBucketResult>".encode())
            return
        if key not in self.server.objects:
            self._answer(404)
            return
        content, changed = self.server.objects[key]
        headers = {"Last_Modified": format_datetime(changed, usegmt=True)}
        if span := re.fullmatch(r"bytes=(\d+)-(\d*)", self.headers.get("Range", "")):
            first, last = int(span[1]), min(int(span[2] or len(content)), len(content) - 1)
            headers["Content_Range"] = f"bytes {first}-{last}/{len(content)}"
            self._answer(206, content[first : last + 1], **headers)
        else:
            self._answer(200, content, **headers)
