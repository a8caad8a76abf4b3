import json
import stat
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from community import sms
from community.sms import OUTBOX_KEPT, SmsNotSent, outbox_file, send_sms

PHONE = "13812345678"
CODE = {"code": "402917"}


@pytest.fixture(autouse=True)
def outbox(settings, tmp_path) -> None:
    settings.TONGKE_DATA = tmp_path
    settings.SMS_BACKEND = "community.sms.OutboxSms"
    settings.DEMO = False


class Gateway(BaseHTTPRequestHandler):
    """A gateway that answers what the test says and remembers what it was asked."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        self.server.asked.append(
            (self.path, dict(self.headers), json.loads(self.rfile.read(length) or "null"))
        )
        self.server.answer(self)

    do_GET = do_POST

    def log_message(self, *args) -> None:
        pass


def says(status: int, **headers: str):
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


@contextmanager
def gateway(settings, answer) -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Gateway)
    server.asked, server.answer = [], answer
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    settings.SMS_BACKEND = "community.sms.HttpGatewaySms"
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.SMS_GATEWAY_TOKEN = "token-of-the-house"
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch) -> None:
    monkeypatch.setenv("no_proxy", "127.0.0.1")


def lines() -> list[dict]:
    return [json.loads(line) for line in outbox_file().read_text("utf-8").splitlines()]


def test_the_outbox_keeps_what_an_operator_reads_out() -> None:
    send_sms(phone=PHONE, template="login_code", context=CODE)
    send_sms(phone=PHONE, template="sign_in_code", context={**CODE, "minutes": "5"})

    first, second = lines()
    assert first["phone"] == PHONE
    assert first["text"] == "【同课】登录验证码402917，10分钟内有效，请勿告诉他人。"
    assert second["text"] == "【同课】签到验证码402917，5分钟内有效，请勿告诉他人。"
    assert stat.S_IMODE(outbox_file().stat().st_mode) == 0o600
    assert stat.S_IMODE(outbox_file().parent.stat().st_mode) == 0o700


def test_the_outbox_forgets() -> None:
    for number in range(OUTBOX_KEPT + 3):
        send_sms(phone=PHONE, template="login_code", context={"code": f"{number:06}"})

    assert len(lines()) == OUTBOX_KEPT
    assert "000003" in lines()[0]["text"]
    assert f"{OUTBOX_KEPT + 2:06}" in lines()[-1]["text"]


def test_messages_sent_at_once_are_all_kept() -> None:
    def send(number: int) -> None:
        send_sms(phone=PHONE, template="login_code", context={"code": f"{number:06}"})

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(send, range(120)))

    assert len({line["text"] for line in lines()}) == 120


def test_the_log_knows_neither_phone_nor_code(caplog, capsys) -> None:
    caplog.set_level("INFO")
    send_sms(phone=PHONE, template="login_code", context=CODE)

    assert "138****5678" in caplog.text
    assert PHONE not in caplog.text
    assert CODE["code"] not in caplog.text + capsys.readouterr().out


def test_a_demo_prints_the_code_but_not_the_phone(settings, capsys) -> None:
    settings.DEMO = True
    send_sms(phone=PHONE, template="login_code", context=CODE)

    printed = capsys.readouterr().out
    assert "138****5678" in printed
    assert CODE["code"] in printed
    assert PHONE not in printed


def test_an_unknown_template_is_the_programmers_fault() -> None:
    with pytest.raises(KeyError):
        send_sms(phone=PHONE, template="no_such_words", context=CODE)
    assert not outbox_file().exists()


def test_every_template_is_filled_by_a_code() -> None:
    for template in sms.TEMPLATES:
        send_sms(phone=PHONE, template=template, context=CODE)

    assert all(CODE["code"] in line["text"] for line in lines())


def test_a_gateway_is_told_phone_words_and_template(settings) -> None:
    with gateway(settings, says(202)) as server:
        send_sms(phone=PHONE, template="login_code", context=CODE)

    [(path, headers, body)] = server.asked
    assert path == "/send"
    assert headers["Authorization"] == "Bearer token-of-the-house"
    assert headers["Content-Type"] == "application/json; charset=utf-8"
    assert body == {
        "phone": PHONE,
        "text": "【同课】登录验证码402917，10分钟内有效，请勿告诉他人。",
        "template": "login_code",
        "context": CODE,
    }


def hang_up(handler: BaseHTTPRequestHandler) -> None:
    handler.close_connection = True


def talk_nonsense(handler: BaseHTTPRequestHandler) -> None:
    handler.wfile.write(b"220 mail.example.com ESMTP\r\n")
    handler.close_connection = True


@pytest.mark.parametrize("answer", [says(400), says(429), says(500), hang_up, talk_nonsense])
def test_what_a_gateway_does_not_take_is_not_sent(settings, answer, caplog) -> None:
    with gateway(settings, answer), pytest.raises(SmsNotSent) as refused:
        send_sms(phone=PHONE, template="login_code", context=CODE)

    assert refused.value.code == "sms_not_sent"
    assert refused.value.status == 503
    assert "短信没有发出" in refused.value.message
    assert PHONE not in caplog.text
    assert CODE["code"] not in caplog.text


def test_a_code_does_not_follow_a_gateway_that_moved(settings) -> None:
    moved = says(302, Location="/elsewhere")
    with gateway(settings, moved) as server, pytest.raises(SmsNotSent):
        send_sms(phone=PHONE, template="login_code", context=CODE)

    assert [path for path, _headers, _body in server.asked] == ["/send"]


def test_a_gateway_that_does_not_answer_is_given_up(settings, monkeypatch) -> None:
    monkeypatch.setattr(sms, "GATEWAY_TIMEOUT_SECONDS", 0.1)
    given_up = threading.Event()

    with gateway(settings, lambda handler: given_up.wait(10)):
        with pytest.raises(SmsNotSent):
            send_sms(phone=PHONE, template="login_code", context=CODE)
        given_up.set()


@pytest.mark.parametrize("url", ["", "not a url", "http://127.0.0.1:1/send", "http://[::1"])
def test_a_gateway_that_is_not_there_refuses_and_does_not_crash(settings, url) -> None:
    settings.SMS_BACKEND = "community.sms.HttpGatewaySms"
    settings.SMS_GATEWAY_URL = url

    with pytest.raises(SmsNotSent):
        send_sms(phone=PHONE, template="login_code", context=CODE)
