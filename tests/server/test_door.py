"""Who comes in, and what every answer carries."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from fgd.core.errors import InputError
from fgd.server.serving import LIFE, PAUSE, TRIES, Access, Binding, listen, load_key
from tests.server.asgi import Client

KEY = b"k" * 32


def test_a_link_opens_the_door_once(client: Client) -> None:
    """The token becomes a cookie and is worth nothing afterwards."""
    client.cookie = ""
    path = client.access.link.partition(":8750")[2]
    first = client.get(path)
    assert first.status == 200
    assert "HttpOnly" in first.headers["set-cookie"]
    assert "SameSite=strict" in first.headers["set-cookie"]
    again = client.get(path)
    assert again.status == 403
    assert "set-cookie" not in again.headers
    client.cookie = first.headers["set-cookie"].partition("=")[2].partition(";")[0]
    assert client.get("/").status == 200


@pytest.mark.parametrize("path", ["/", "/s/talk/voices", "/s/talk/sound/0", "/api/sessions"])
def test_without_a_cookie_there_is_nothing_to_see(client: Client, path: str) -> None:
    for cookie in ("", "1.2.3", client.cookie[:-2] + "xx"):
        client.cookie = cookie
        answer = client.get(path)
        assert answer.status == 401
        assert b"talk" not in answer.body


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "http://evil.example"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "null"},
        {"origin": "", "sec-fetch-site": ""},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"host": "evil.example:8750"},
        {"host": "127.0.0.1:9999"},
        {"host": "127.0.0.1"},
    ],
)
def test_other_pages_cannot_decide_anything(client: Client, headers: dict[str, str]) -> None:
    """Neither a page elsewhere nor a name that was pointed at this machine."""
    answer = client.ask("POST", "/api/s/talk/build", {}, headers=headers)
    assert answer.status in (403, 421)


def test_other_pages_cannot_read_either(client: Client) -> None:
    assert client.get("/api/sessions", headers={"sec-fetch-site": "cross-site"}).status == 403
    assert client.get("/api/sessions", headers={"host": "evil.example:8750"}).status == 421


@pytest.mark.parametrize("path", ["/", "/nothing", "/api/sessions", "/static/base.js"])
def test_every_answer_forbids_scripts_from_elsewhere(client: Client, path: str) -> None:
    """No inline script, no framing, no guessing of types, nothing kept by the browser."""
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["x-frame-options"] == "DENY"


def test_pages_hold_no_inline_script_and_no_inline_style(client: Client) -> None:
    for view in ("setup", "voices", "transcript", "themes", "brief", "history"):
        text = client.get(f"/s/talk/{view}").body.decode()
        assert "<style" not in text
        assert " style=" not in text
        assert " on" not in text.replace(" one", "").replace(" only", "").replace(" on ", "")
        assert text.count("<script") == text.count('<script type="module" src="/static/')


def test_a_password_is_asked_for_and_guessing_is_slow() -> None:
    """Wrong ones are counted by address; another password ends every session."""
    now = [0.0]
    access = Access(KEY, 1, "10.0.0.5", "a long password", clock=lambda: now[0])
    assert not any(access.admits("guess", "10.0.0.9") for _ in range(TRIES))
    assert not access.admits("a long password", "10.0.0.9")
    assert access.admits("a long password", "10.0.0.7")
    now[0] = PAUSE + 1
    assert access.admits("a long password", "10.0.0.9")
    cookie = access.cookie()
    assert access.knows(cookie)
    assert not Access(KEY, 1, "10.0.0.5", "another one").knows(cookie)
    assert not Access(KEY, 1, "10.0.0.5").admits("", "10.0.0.9")


def test_cookies_outlive_a_restart_but_not_a_day() -> None:
    now = [1000.0]
    cookie = Access(KEY, 1, clock=lambda: now[0]).cookie()
    later = Access(KEY, 1, clock=lambda: now[0])
    assert later.knows(cookie)
    now[0] += LIFE + 1
    assert not later.knows(cookie)


def test_names_that_are_ours() -> None:
    """On loopback only loopback; elsewhere addresses too, since they cannot be rebound."""
    local, open_ = Access(KEY, 80), Access(KEY, 80, "0.0.0.0", "a long password")
    assert local.is_host("localhost:80")
    assert local.is_host("[::1]:80")
    assert not local.is_host("192.168.1.2:80")
    assert open_.is_host("192.168.1.2:80")
    assert not open_.is_host("evil.example:80")
    assert not open_.is_host("192.168.1.2:x")
    assert local.is_origin("http://127.0.0.1:80")
    assert not local.is_origin("https://127.0.0.1:80")


def test_the_key_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "state" / "key"
    key = load_key(path)
    assert load_key(path) == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    path.chmod(0o644)
    assert load_key(path) != key


def test_a_taken_port_gives_way_to_the_next() -> None:
    first = listen(Binding(port=28750))
    second = listen(Binding(port=28750))
    try:
        assert second.getsockname()[1] != first.getsockname()[1]
    finally:
        first.close()
        second.close()
    with pytest.raises(InputError, match="nothing can listen"):
        listen(Binding(address="203.0.113.7"))
