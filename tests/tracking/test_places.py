"""riskkit.tracking.places"""

import socket
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from riskkit.errors import DataError
from riskkit.tracking import check_tracking


@pytest.fixture
def closed_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class NotMlflow(BaseHTTPRequestHandler):
    def do_POST(self):
        self.send_error(404)

    def log_message(self, *_):
        pass


@pytest.fixture
def other_server():
    server = HTTPServer(("127.0.0.1", 0), NotMlflow)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


class TestCheckTracking:
    @pytest.mark.parametrize("uri", [None, "sqlite:///new/folder/mlflow.db", "sqlite:///../a.db"])
    def test_accepts_a_database_file_that_can_be_made(self, uri, tmp_path):
        check_tracking(uri)

        assert not list(tmp_path.iterdir())

    @pytest.mark.parametrize("uri", ["mlruns", "file:///elsewhere/mlruns"])
    def test_refuses_folders(self, uri):
        with pytest.raises(DataError, match=rf"folders such as {uri}; .*sqlite:///mlflow\.db\.$"):
            check_tracking(uri)

    def test_refuses_a_file_in_place_of_a_folder(self, tmp_path):
        (tmp_path / "file").write_text("")

        with pytest.raises(DataError, match=r"file is not a folder that may be written to"):
            check_tracking("sqlite:///file/mlflow.db")

    def test_names_a_server_that_is_not_there(self, closed_port):
        uri = f"http://user:secret@127.0.0.1:{closed_port}"

        with pytest.raises(DataError, match=r"Connection refused\. Start .*sqlite:///") as error:
            check_tracking(uri)

        assert "secret" not in str(error.value)

    def test_names_a_server_that_is_not_mlflow(self, other_server):
        with pytest.raises(DataError, match=rf"^MLflow cannot record at {other_server}: .*404"):
            check_tracking(other_server)

    @pytest.mark.slow
    def test_does_not_wait_for_a_server_that_is_silent(self):
        with socket.socket() as listener:
            listener.bind(("127.0.0.1", 0))
            listener.listen()

            with pytest.raises(DataError, match="timed out"):
                check_tracking(f"http://127.0.0.1:{listener.getsockname()[1]}")

    def test_names_a_database_that_is_not_there(self, closed_port):
        uri = f"postgresql://riskkit:secret@127.0.0.1:{closed_port}/mlflow"

        with pytest.raises(DataError, match=r"^MLflow cannot record at postgresql:") as error:
            check_tracking(uri)

        assert "secret" not in str(error.value)

    def test_accepts_a_shared_database_that_answers(self, monkeypatch):
        import sqlalchemy

        make, asked = sqlalchemy.create_engine, []

        def standing_in(place, connect_args):
            asked.append((place, connect_args))
            return make("sqlite://")

        monkeypatch.setattr(sqlalchemy, "create_engine", standing_in)

        check_tracking("postgresql+psycopg://riskkit@db/mlflow")

        assert asked == [("postgresql+psycopg://riskkit@db/mlflow", {"connect_timeout": 1})]

    def test_names_a_place_that_mlflow_does_not_know(self):
        with pytest.raises(DataError, match=r"^MLflow cannot record at nonsense://x: .*nonsense"):
            check_tracking("nonsense://x")

    def test_follows_the_environment_variable(self, monkeypatch):
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "mlruns")

        with pytest.raises(DataError, match="folders such as mlruns"):
            check_tracking()
