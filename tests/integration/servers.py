"""Real servers on this machine: PostgreSQL, MLflow on it, and a served model."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: Where Debian puts what is not on the PATH.
_DEBIAN = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_PATIENCE = 120  # seconds


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def _tool(name):
    path = os.pathsep.join([*map(str, _DEBIAN), os.environ["PATH"]])
    found = shutil.which(name, path=path)
    assert found, f"{name} is not installed: apt-get install postgresql"
    return Path(found).resolve()


def _somebody():
    """Return whom PostgreSQL runs as: it refuses root."""
    if os.geteuid():
        return None
    names = {user.pw_name for user in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"


@contextmanager
def postgres(folder):
    """Start PostgreSQL in a folder that its user may enter; give the address of its server."""
    user = _somebody()
    folder.mkdir()
    if user is not None:
        shutil.chown(folder, user)
    port = free_port()
    as_user = {"user": user} if user else {}
    quiet = {"stdout": subprocess.DEVNULL, "cwd": folder}
    subprocess.run(
        [_tool("initdb"), "-D", folder / "data", "-U", "riskkit", "-A", "trust", "--no-sync"],
        check=True, **as_user, **quiet,
    )  # fmt: skip
    options = ["-c", "fsync=off", "-c", "listen_addresses=127.0.0.1"]
    log = (folder / "log").open("w")
    server = subprocess.Popen(
        [_tool("postgres"), "-D", folder / "data", "-p", str(port), "-k", folder, *options],
        stderr=log, **as_user, **quiet,
    )  # fmt: skip
    address = f"postgresql+psycopg://riskkit@127.0.0.1:{port}"
    try:
        _until(lambda: _answers(address), server, folder / "log")
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # ends sessions, then itself
        server.wait(timeout=30)
        log.close()


def make_database(address, name):
    """Make an empty database; return its address."""
    import sqlalchemy as sa

    engine = sa.create_engine(f"{address}/postgres", isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(f'CREATE DATABASE "{name}"'))
    engine.dispose()
    return f"{address}/{name}"


def _answers(address):
    import sqlalchemy as sa

    engine = sa.create_engine(f"{address}/postgres")
    try:
        engine.connect().close()
    except sa.exc.OperationalError:
        return False
    finally:
        engine.dispose()
    return True


@dataclass
class Server:
    """A process that answers over HTTP."""

    uri: str
    process: subprocess.Popen

    def kill(self):
        """End it and all it started, at once, as a lost machine would."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def mlflow_server(folder, database):
    """Start MLflow on a database, with artifacts over HTTP."""
    folder.mkdir()
    port = free_port()
    words = [
        "server", "--backend-store-uri", database, "--serve-artifacts",
        "--artifacts-destination", folder / "artifacts", "--host", "127.0.0.1",
        "--port", port, "--workers", 1,
    ]  # fmt: skip
    with _serving(words, port, "/api/2.0/mlflow/experiments/get?experiment_id=0", folder) as server:
        yield server


@contextmanager
def model_server(folder, tracking_uri, model_uri):
    """Serve a registered model as `mlflow models serve` does."""
    folder.mkdir()
    port = free_port()
    words = ["models", "serve", "--env-manager", "local", "-m", model_uri, "-p", port]
    with _serving(words, port, "/ping", folder, tracking_uri=tracking_uri) as server:
        yield server


@contextmanager
def _serving(words, port, path, folder, *, tracking_uri=None):
    environment = os.environ | {"MLFLOW_DISABLE_TELEMETRY": "true"}
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    if tracking_uri is not None:
        environment["MLFLOW_TRACKING_URI"] = tracking_uri
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "mlflow", *map(str, words)],
            stdout=log, stderr=subprocess.STDOUT, env=environment, cwd=folder,
            start_new_session=True,
        )  # fmt: skip
        server = Server(f"http://127.0.0.1:{port}", process)
        try:
            _until(lambda: _is_healthy(server.uri + path), process, folder / "log")
            yield server
        finally:
            if process.poll() is None:
                server.kill()


def _is_healthy(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:  # noqa: S310 - our own server
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _until(ready, process, log):
    ends = time.monotonic() + _PATIENCE
    while not ready():
        said = log.read_text()[-2000:]
        assert process.poll() is None, f"the server ended:\n{said}"
        assert time.monotonic() < ends, f"the server does not answer:\n{said}"
        time.sleep(0.2)
