"""Of several processes one does the desk's work: what the others hand on is answered as if they did it."""

import pytest
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

from web.job_process import JobProcess


@pytest.fixture
def processes(tmp_path):
    """Give two clients of one application: the process that works, and another one."""

    @Request.application
    def application(request):
        return Response(f"{request.method} {request.path}")

    def breaking(environ, start_response):
        if environ["PATH_INFO"].endswith("/broken"):
            start_response("200 OK", [("Content-Length", "5000")])
            return [b"a piece of the answer"]
        return application(environ, start_response)

    leading, other = (Client(JobProcess(breaking, tmp_path)) for _ in range(2))
    assert leading.get("/m/desk/en/work/start.json").status_code == 200
    return leading, other


def test_a_request_for_the_head_alone_is_handed_on(processes):
    answers = [client.head("/m/desk/en/work/start.json") for client in processes]
    assert [(one.status_code, one.data, one.headers["Content-Length"]) for one in answers] == [
        (200, b"", str(len("HEAD /m/desk/en/work/start.json")))
    ] * 2


def test_an_answer_that_breaks_off_is_to_be_asked_for_again(processes):
    answer = processes[1].get("/m/desk/en/work/broken")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
