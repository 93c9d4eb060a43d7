from pathlib import Path

import pytest

from stream.adapters.postgres.engine import engine_of
from stream.adapters.redis.client import client_of
from stream.errors import SettingsError
from stream.settings import load_settings, unknown_variables


def test_a_variable_beats_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text("batch = 7\nthreads = 3\n")
    monkeypatch.setenv("BELLWETHER_CONFIG", str(file))
    monkeypatch.setenv("BELLWETHER_BATCH", "9")
    settings = load_settings()
    assert (settings.batch, settings.threads) == (9, 3)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("BATCH", "many"),
        ("BATCH", "0"),
        ("PROVIDER", "abacus"),
        ("WINDOWS", "5,x"),
        ("LATE_FOR", "1"),
        ("MASK", "email,name"),
    ],
)
def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"BELLWETHER_{name}", value)
    with pytest.raises(SettingsError, match=f"BELLWETHER_{name}"):
        load_settings()


def test_windows_are_sorted_and_no_longer_than_redis_keeps_them() -> None:
    assert load_settings(windows="60,5,60").window_minutes == (5, 60)
    with pytest.raises(SettingsError, match=r"windows: '0,5'.*minutes from 1 to keep_hours"):
        load_settings(windows="0,5")
    with pytest.raises(SettingsError, match=r"windows: '5,121'.* 120"):
        load_settings(windows="5,121", keep_hours=2)


def test_an_unknown_setting_in_the_file_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text("bach = 7\n")
    monkeypatch.setenv("BELLWETHER_CONFIG", str(file))
    with pytest.raises(SettingsError, match=r"bach.*there is no such setting"):
        load_settings()


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('late_for = "15m"', "'late_for' (FILE): '15m': a whole number is expected"),
        ("late_for = true", "'late_for' (FILE): true: a whole number is expected"),
        ("retry_for = false", "'retry_for' (FILE): false: a number is expected"),
        ("batch = 0", "'batch' (FILE): 0: a number not under 1 is expected"),
        ("windows = 5", "'windows' (FILE): 5: a text is expected"),
        ("redis = 5", "'redis' (FILE): a text is expected"),
        ("webhook_url = 5", "'webhook_url' (FILE): a text is expected"),
        ("late_fro = 9", "'late_fro' (FILE): there is no such setting; did you mean 'late_for'?"),
        ("BELLWETHER_LATE_FOR = 9", "'BELLWETHER_LATE_FOR' (FILE): there is no such setting; did you mean 'late_for'?"),
        ("qqqq = 9", "'qqqq' (FILE): there is no such setting; docs/settings.md lists them all"),
    ],
)
def test_a_wrong_setting_of_a_file_is_told_with_the_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, said: str
) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text(line)
    monkeypatch.setenv("BELLWETHER_CONFIG", str(file))
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value) == f"setting {said.replace('FILE', str(file))}"


def test_the_source_that_counts_is_blamed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file, secret = tmp_path / "bellwether.toml", tmp_path / "secrets" / "bellwether_late_for"
    secret.parent.mkdir()
    file.write_text('late_for = "1h"')
    monkeypatch.setenv("BELLWETHER_CONFIG", str(file))
    monkeypatch.setenv("BELLWETHER_SECRETS", str(secret.parent))
    monkeypatch.setenv("BELLWETHER_LATE_FOR", "")
    secret.write_text("")
    for change, source in (
        (lambda: None, file),
        (lambda: secret.write_text("2h"), secret),
        (lambda: monkeypatch.setenv("bellwether_late_for", "3h"), "BELLWETHER_LATE_FOR"),
    ):
        change()
        with pytest.raises(SettingsError) as caught:
            load_settings()
        assert str(caught.value).startswith(f"setting 'late_for' ({source}): ")


def test_an_empty_text_of_the_file_is_no_value(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "bellwether.toml"
    file.write_text('rules = ""\nkafka = ""\nlate_for = ""\n')
    monkeypatch.setenv("BELLWETHER_CONFIG", str(file))
    assert (load_settings().rules, load_settings().kafka) == (None, "127.0.0.1:9092")


def test_secrets_are_not_shown() -> None:
    assert "hunter2" not in repr(load_settings(redis="redis://:hunter2@localhost/0"))


@pytest.mark.parametrize("kafka", [",", "h:port", "h:9092,", "[", "a b:1", "h:123456", "kafka://h:9092"])
def test_servers_that_are_none_are_named(kafka: str) -> None:
    with pytest.raises(SettingsError, match=r"'kafka'.* is no host:port"):
        load_settings(kafka=kafka)


def test_servers_of_every_form() -> None:
    for kafka in ("h", "h:9092", "one:1, two:2", "[::1]:9092", "10.0.0.1:9092,[fe80::1%eth0]:1"):
        assert load_settings(kafka=kafka).kafka == kafka


@pytest.mark.parametrize("kafka", ["127.0.0.1:99999", "h:0", "one:1,[::1]:65536"])
def test_a_port_that_there_is_not_is_refused(kafka: str) -> None:
    with pytest.raises(SettingsError, match=r"BELLWETHER_KAFKA\): .* a port of 1 to 65535 is expected"):
        load_settings(kafka=kafka)


SECRET_URLS = ["garbage", "mysql://u:hunter2@h/x", "postgresql+nope://h/x", "postgresql+psycopg://u:hunter2@h:port/x"]
# SQLAlchemy would take the password to end at the first @.
SECRET_URLS += [
    f"postgresql+psycopg://u:{word}@h/x" for word in ("a@hunter2", "a@hunter2/b", "@hunter2", "a@b:hunter2")
]


@pytest.mark.parametrize("url", SECRET_URLS)
def test_an_address_of_postgres_that_is_none_is_refused_without_it(url: str) -> None:
    with pytest.raises(SettingsError, match="BELLWETHER_POSTGRES") as caught:
        engine_of(url)
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "garbage",
        "redis://:hunter2@[",
        "redis://:hunter2@h:port/0",
        "redis://:hunter2@h:1/0?bogus=1",
        "redis://:hunter2@h:1/0?protocol=9",
        "rediss://:hunter2@h:1/0?ssl_cert_reqs=xx",
        "redis:/:hunter2@10.0.0.5:6379/0",
        "redis:10.0.0.5",
        "redis://:hunter2@h/abc",
        "rediss://h:1/0/1",
    ],
)
def test_an_address_of_redis_that_is_none_is_refused_without_it(url: str) -> None:
    with pytest.raises(SettingsError, match="BELLWETHER_REDIS") as caught:
        client_of(url)
    assert "hunter2" not in str(caught.value)


def test_a_worker_does_not_give_up_on_a_stage_that_is_still_trying() -> None:
    with pytest.raises(
        SettingsError, match=r"BELLWETHER_END_AFTER: end_after: 100: more than tick_bound and retry_for together, 150"
    ):
        load_settings(end_after=100)
    assert load_settings(end_after=100, tick_bound=30).end_after == 100


@pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
def test_an_address_of_postgres_as_people_write_it(scheme: str) -> None:
    url = load_settings(postgres=f"{scheme}://u:postgres://x@h:1/d?sslmode=require").postgres.get_secret_value()
    assert url == "postgresql+psycopg://u:postgres://x@h:1/d?sslmode=require"


def test_a_wrong_choice_lists_the_right_ones() -> None:
    with pytest.raises(SettingsError, match="'auto', 'cpu', 'cuda' or 'tensorrt'"):
        load_settings(provider="gpu")


def test_a_misspelt_variable_is_told() -> None:
    told = unknown_variables(
        {"BELLWETHER_WATCHLISTS": "w", "bellwether_batch": "9", "BELLWETHER_CONFIG": "c", "PATH": ""}
    )
    assert told == ["BELLWETHER_WATCHLISTS is no setting and does nothing; did you mean BELLWETHER_WATCHLIST?"]
    assert unknown_variables({"BELLWETHER_QQQQ": ""})[0].endswith("lists them all")


TOKEN = {"kafka_security_protocol": "SASL_SSL", "kafka_sasl_mechanism": "OAUTHBEARER", "kafka_token_file": "token"}
LOGIN = {"kafka_user": "ann", "kafka_password": "hunter2", "kafka_sasl_mechanism": "plain"}


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"kafka_user": "ann"}, "kafka_user: PLAINTEXT does not use it; set kafka_security_protocol to SSL, SASL_"),
        ({"kafka_ca_file": "ca.pem"}, "kafka_ca_file: PLAINTEXT does not use it"),
        ({"kafka_security_protocol": "SASL_SSL"}, "kafka_sasl_mechanism: missing; SASL_SSL needs PLAIN, SCRAM-SHA-256"),
        ({**LOGIN, "kafka_security_protocol": "SASL_SSL", "kafka_password": None}, "kafka_password: missing"),
        ({**LOGIN, "kafka_security_protocol": "SASL_SSL", "kafka_user": ""}, "kafka_user: missing; SASL_SSL needs it"),
        ({**LOGIN, "kafka_security_protocol": "SSL"}, "kafka_user: SSL does not use it; .* to SASL_SSL"),
        (
            {**LOGIN, "kafka_security_protocol": "SASL_PLAINTEXT", "kafka_ca_file": "ca.pem"},
            "kafka_ca_file: SASL_PLAINTEXT does not use it; set kafka_security_protocol to SASL_SSL",
        ),
        ({"kafka_security_protocol": "SSL", "kafka_key_file": "k"}, "kafka_certificate_file: missing; kafka_key_file"),
        ({**TOKEN, "kafka_token_file": None}, "kafka_token_file: missing; OAUTHBEARER needs it"),
        ({**TOKEN, "kafka_user": "ann"}, "kafka_user: OAUTHBEARER does not use it; the token is in kafka_token_file"),
        ({**TOKEN, "kafka_sasl_mechanism": "PLAIN"}, "kafka_token_file: PLAIN does not use it; set kafka_sasl_mechan"),
        ({"kafka_token_file": "token"}, "kafka_token_file: PLAINTEXT does not use it"),
        ({"kafka_security_protocol": "SSL", "kafka_token_file": "token"}, "kafka_token_file: SSL does not use it"),
        ({"kafka_security_protocol": "TLS"}, "'PLAINTEXT', 'SSL', 'SASL_PLAINTEXT' or 'SASL_SSL'"),
        ({"kafka_sasl_mechanism": "MD5"}, "'PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512' or 'OAUTHBEARER'"),
    ],
)
def test_security_of_kafka_that_is_not_whole_names_what_is_missing(values: dict[str, object], said: str) -> None:
    with pytest.raises(SettingsError, match=said) as caught:
        load_settings(**values)
    assert "hunter2" not in str(caught.value)


def test_the_password_of_kafka_may_be_a_file_and_is_never_shown(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "bellwether_kafka_password").write_text("hunter2\n")
    monkeypatch.setenv("BELLWETHER_SECRETS", str(tmp_path))
    monkeypatch.setenv("BELLWETHER_KAFKA_SECURITY_PROTOCOL", "sasl_ssl")
    monkeypatch.setenv("BELLWETHER_KAFKA_USER", "ann")
    settings = load_settings(kafka_sasl_mechanism="scram-sha-512", kafka_key_password="hunter2")
    access = settings.kafka_access
    assert (access.protocol, access.mechanism, access.user) == ("SASL_SSL", "SCRAM-SHA-512", "ann")
    assert access.password == "hunter2"
    assert "hunter2" not in repr(settings) + repr(access)


def test_plaintext_by_name_uses_nothing_of_what_another_broker_needs() -> None:
    access = load_settings(**LOGIN, kafka_security_protocol="PLAINTEXT").kafka_access
    assert access.options() == {"security_protocol": "PLAINTEXT"}


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("name", "My Desk", "'My Desk': small letters, digits and hyphens are expected"),
        ("windows", "5;10", "'5;10': minutes with commas between them are expected"),
        ("grafana_url", "grafana:3000", "'grafana:3000': an address that begins with https:// or http:// is expected"),
        ("grafana_url", "javascript:alert(1)", "'javascript:alert(1)': an address that begins"),
        ("grafana_url", "https://g.test/#top", "'https://g.test/#top': an address that begins"),
        ("grafana_url", "https://g.test/a b", "'https://g.test/a b': an address that begins"),
        ("grafana_url", "https://ann:s3cret@g.test/", "an address that begins"),  # it is not repeated
        ("grafana_url", "https://g.test/?token=s3cret", "an address that begins"),
        ("grafana_url", "https://", "'https://': an address that begins"),
        ("feeds_contact", "Zürich", "'Zürich': an address is expected"),
        ("artifact", ",", "it is empty"),
        ("webhook_allow_http", "perhaps", "'perhaps': true or false is expected"),
        ("provider", "gpu", "'gpu': Input should be 'auto', 'cpu'"),
        ("mask", " , ", "' , ': it is empty; name what is to be masked"),
        ("batch", "0", "'0': a number not under 1 is expected"),
        ("batch", "many", "'many': a whole number is expected"),
    ],
)
def test_what_is_wrong_with_a_setting_is_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str
) -> None:
    monkeypatch.setenv(f"BELLWETHER_{name.upper()}", value)
    with pytest.raises(SettingsError) as caught:
        load_settings()
    assert str(caught.value).startswith(f"setting '{name}' (BELLWETHER_{name.upper()}): {said}")


@pytest.mark.parametrize("address", ["http://127.0.0.1:3000", "https://[::1]:3000/", "https://g.test/desk/grafana/"])
def test_an_address_of_grafana_is_taken_with_its_port_and_path(address: str) -> None:
    assert load_settings(grafana_url=address).grafana_url == address


def test_the_address_of_a_webhook_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("BELLWETHER_WEBHOOK_URL", "hooks.example.org/s3cret")
    with pytest.raises(SettingsError, match="an address that begins with https:// is expected") as caught:
        load_settings()
    assert "s3cret" not in str(caught.value)


def test_a_misspelt_file_of_a_secret_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("bellwether_redsi", "BELLWETHER_webhook_secrt", "bellwether_name", "other", "..data"):
        (tmp_path / name).write_text("desk")
    monkeypatch.setenv("BELLWETHER_SECRETS", str(tmp_path))
    assert load_settings().name == "desk"
    assert "the file bellwether_redsi is no setting and does nothing; did you mean bellwether_redis?" in caplog.text
    assert "the file BELLWETHER_webhook_secrt is no setting" in caplog.text
    assert len(caplog.records) == 2
