"""Settings: what the environment may say, and how a wrong value is answered."""

from __future__ import annotations

import dataclasses

import pytest

from creditbank.settings import Settings, SettingsError


def test_an_empty_environment_gives_a_local_address_and_no_servers(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    settings = Settings.from_environment({})
    assert (settings.host, settings.port) == ("127.0.0.1", 8000)
    assert (settings.database_url, settings.redis_url) == ("", "")
    assert settings.var == tmp_path / "var"


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_every_spelling_of_a_postgresql_url_is_understood(scheme):
    settings = Settings.from_environment({"DATABASE_URL": f"{scheme}://app@db/creditbank"})
    assert settings.database_url == "postgresql+psycopg://app@db/creditbank"
    assert settings.database_owner_url == settings.database_url


def test_a_child_gets_the_same_settings_but_not_the_owners_login():
    settings = Settings.from_environment(
        {
            "DATABASE_URL": "postgresql://app@db/creditbank",
            "DATABASE_OWNER_URL": "postgresql://owner@db/creditbank",
            "REDIS_URL": "redis://broker/3",
            "CREDITBANK_PORT": "8123",
            "CREDITBANK_SECURE_COOKIES": "yes",
            "CREDITBANK_LOG_LEVEL": "debug",
            "CREDITBANK_TRUSTED_PROXIES": "2",
            "CREDITBANK_PUBLIC_URL": "https://xuefen.example/",
            "CREDITBANK_WEBHOOK_PORTS": "9443 8443",
            "CREDITBANK_SMTP_URL": "smtps://post:p%40ss@mail.example:465",
            "CREDITBANK_MAIL_FROM": "noreply@xuefen.example",
        }
    )
    child = Settings.from_environment(settings.as_environment())
    assert child == dataclasses.replace(settings, database_owner_url=settings.database_url)


@pytest.mark.parametrize(
    ("redis_url", "broker_url"),
    [
        ("redis://broker:6379/0", "redis://broker:6379/0"),
        ("unix:///tmp/v.sock?db=3", "redis+socket:///tmp/v.sock?virtual_host=3"),
        ("unix:///tmp/v.sock", "redis+socket:///tmp/v.sock?virtual_host=0"),
    ],
)
def test_celery_is_given_the_url_in_its_own_spelling(redis_url, broker_url):
    assert Settings.from_environment({"REDIS_URL": redis_url}).broker_url == broker_url


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREDITBANK_PORT", "0"),
        ("CREDITBANK_PORT", "65536"),
        ("CREDITBANK_PORT", "八千"),
        ("CREDITBANK_LOG_LEVEL", "loud"),
        ("CREDITBANK_SECURE_COOKIES", "perhaps"),
        ("CREDITBANK_TRUSTED_PROXIES", "-1"),
        ("CREDITBANK_TRUSTED_PROXIES", "some"),
        ("CREDITBANK_CHECKPOINT_MINUTES", "0"),
        ("CREDITBANK_CHECKPOINT_MINUTES", "10000"),
        ("CREDITBANK_PUBLIC_URL", "xuefen.example"),
        ("CREDITBANK_WEBHOOK_PORTS", "8443 0"),
        ("CREDITBANK_WEBHOOK_PORTS", "8443,9443"),
    ],
)
def test_a_wrong_value_is_refused_by_name(name, value):
    with pytest.raises(SettingsError, match=name):
        Settings.from_environment({name: value})


MAILING = {
    "CREDITBANK_SMTP_URL": "smtp://post:geheim@mail.example",
    "CREDITBANK_MAIL_FROM": "noreply@xuefen.example",
    "CREDITBANK_PUBLIC_URL": "https://xuefen.example",
}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("CREDITBANK_SMTP_URL", "mail.example"),
        ("CREDITBANK_SMTP_URL", "http://post:geheim@mail.example"),
        ("CREDITBANK_SMTP_URL", "smtp://post:geheim@"),
        ("CREDITBANK_SMTP_URL", "smtp://post:geheim@mail.example:x"),
        ("CREDITBANK_MAIL_FROM", ""),
        ("CREDITBANK_MAIL_FROM", "县教体局"),
        ("CREDITBANK_PUBLIC_URL", ""),
    ],
)
def test_who_mails_says_by_whom_in_whose_name_and_where_to_read(name, value):
    assert Settings.from_environment(MAILING).smtp_url == MAILING["CREDITBANK_SMTP_URL"]
    with pytest.raises(SettingsError, match=name) as refused:
        Settings.from_environment(MAILING | {name: value})
    assert "geheim" not in str(refused.value)
