"""Errors in the language of the process, where a person reads them: at the edge, so that logs and JSON stay English.

An error is raised in English, with what it is about in it. Here stand the texts with numbers for these; what was raised
is held against them, and what stands for a number is translated, too. A test finds the texts that are raised, and that
are missing here. A file and line before a text, or a name before a colon, are taken off before.
"""

from __future__ import annotations

import re
from functools import cache

from stream.cli.said_of_documents import REFUSALS
from stream.cli.said_of_fields import FIELDS
from stream.cli.said_of_files import FILES, SETTINGS
from stream.cli.said_of_options import OPTIONS
from stream.cli.said_of_servers import DEEDS, SERVERS
from stream.translation import N_, _, chosen_language

ERRORS = (
    N_("{0}: of spreadsheets only .xlsx is read; save it so, or as CSV (UTF-8)"),
    N_("no column was known as the {0}; there are {1}; write {2}"),
    N_("--column text=NAME"),
    N_("--source NAME, or --column source=NAME"),
    N_("is a ZIP file; unpack it (an Excel file is read where its name ends in .xlsx or .xlsm)"),
    N_("is an old Excel file (.xls); save it as .xlsx, or as CSV (UTF-8)"),
    N_("is a Parquet file; save it as CSV or as JSON lines"),
    N_("is a PDF file; its text has to be copied out of it"),
    N_("is packed with {0}; unpack it, or pack it with gzip"),
    N_("a JSON array needs '{0}' where {1} is"),
    N_("the end of the file"),
    N_("something follows behind the end of the array"),
    N_("the file ends within an element; is it cut off?"),
    N_("an element of over {0} characters"),
    N_("{0}: line {1}: empty; the names of the columns are expected"),
    N_("{0}: column '{1}' stands twice"),
    N_("--time-zone {0}: there is no such zone; write one like Europe/Zurich or UTC"),
    N_("{0}: is named .gz, but is no gzip file"),
    N_("{0}: line {1}: the gzip file is cut off there"),
    N_("{0}: line {1}: the gzip file is damaged: {2}"),
    N_("{0}: is {1}, not UTF-8; convert it: iconv -f {2} -t UTF-8"),
    N_("{0}: line {1}: nothing but line ends for {2} MiB"),
    N_("{0}: no line end in {1} MiB; are these JSON lines?"),
    N_("{0}: entities are not read"),
    N_("{0}: it is no OPML, or names no feed"),
    N_("receiver '{0}': {1}"),
    N_("{0} holds a character that a secret must not have"),
    N_("the file {0}"),
    N_("source '{0}': {1}"),
    N_("{0}: no Excel file (.xlsx), or a damaged one; save it as CSV (UTF-8)"),
    N_("{0}: unpacks to over a gigabyte; save it as CSV (UTF-8)"),
    N_("{0}: at most {1} bytes are read"),
    N_("{0}: it cannot be read, in a way that was not foreseen ({1})"),
    N_("{0}: it is {1}, no file"),
    N_("{0}: a path holds no control character"),
    N_("ca_file: it holds no certificate; PEM is expected"),
    N_("source '{0}': {1}; or take full_text out"),
    N_("receiver '{0}': the URL must be https://host..., with a port of 1 to 65535 if any"),
    N_("receiver '{0}': the URL must be https; to send in clear, set allow_http"),
    N_("receiver '{0}': either a user in the URL or 'authorization'"),
    N_("receiver '{0}': a secret must be '{1}' and the base64 of 24 to 64 bytes"),
    N_("receiver '{0}': webhooks are signed, 'secrets' is missing"),
    N_("receiver '{0}': no such receiver; there are {1}"),
    N_("{0}: missing; OAUTHBEARER needs it"),
    N_("{0}: {1}: one token on one line is expected"),
    N_("{0}: {1}: holds other characters than a token has"),
    N_("{0}: postgresql://user:password@host:port/database is expected"),
    N_("{0}: '@' stands twice; write signs such as @ or / in a password as %40 or %2F"),
    N_("{0}: {1}://host:port/number is expected, with two slashes"),
    N_("{0}: behind the address stands no number of a database; {1}://host:port/0 is expected"),
    N_("'{0}': a port of 1 to 65535 is expected"),
    N_("{0}: host:port of a node, or several of them, comma-separated, are expected"),
    N_(
        "{0}: a cluster has database 0 alone; take the number out of the URL, and tell deployments apart by "
        "BELLWETHER_NAME"
    ),
    N_("{0}: '{1}': one of {2} is expected"),
    N_("{0}: no host and port can be read; write signs such as / or # in a password as %2F or %23"),
    N_("say either --for or --until"),
    N_("--for {0} from {1} on ends after all times"),
    N_("backtest: give a file or --since, one of them"),
    N_("{0}; run `bellwether dashboards build`"),
    N_("{0} is there already: give another name, or move it away"),
    N_("{0} cannot be written: {1}"),
    N_("the output could not be written: {0}"),
    N_("No space left on device"),
    N_("'{0}' is no name of a file; give one, as list.yaml"),
    N_("{0}: cannot be written: {1}"),
    N_("this user has no name here; say --author"),
    N_("'{0}' is no time; write 2026-03-02T09:30"),
    N_("--since: '{0}' lies in the future"),
    N_("--since: '{0}' is no time; write 2026-01-31 or 2026-01-31T12:00Z"),
    N_("series '{0}': one begins with topic:, entry: or group:, or is {1}"),
    N_("series '{0}': no rule watches it; see the file that BELLWETHER_RULES names"),
    N_("series '{0}': nothing is known of it yet; is the name right, and does a worker run?"),
    N_("backtest: {0}"),
    N_("backtest: no document could be read: {0}"),
    N_("--html {0}: no file can be written there; is there a folder {1}?"),
    N_("{0} is no line of `dead-letters list --json`: {1}"),
    N_("name the documents: ids, or --author"),
    N_("there is no document of the author '{0}'"),
    N_("there is no document of the author '{0}' of the source '{1}'"),
    N_("there is no document '{0}'"),
    N_("there is no document '{0}' of the source '{1}'"),
    N_("alert '{0}': nothing was recorded when it fired, so it cannot be replayed"),
    N_("setting 'feeds' (BELLWETHER_FEEDS): missing; name a file of sources, see `feeds init`"),
    N_("no source '{0}' has been read yet; `bellwether feeds list` shows those of the file"),
    N_("no source '{0}' has been read yet"),
    N_("{0}: holds no documents, it is empty; {1}"),
    N_("{0}: no source is on; take `enabled: false` out of those that you want"),
    N_("--picture {0}: the name must end in .svg, or in .txt for plain text"),
    N_("--picture {0}: there is no folder {1}"),
    N_("an author is needed: who does this?"),
    N_("{0}: {1} characters, at most {2} are kept"),
    N_("nobody takes documents here"),
    N_("there is no document; write one a line"),
    N_("nobody knows of sources here"),
    N_("source '{0}': it has not been read yet"),
    N_("alert '{0}': {1}"),
    N_("no such alert; see `bellwether alerts list`"),
    N_("{0} alerts begin so"),
    N_("alert '{0}' has just been forgotten"),
    N_("a silence has 1 to {0} matchers"),
    N_("a silence ends after it begins, and within a year"),
    N_("a silence needs a comment: whoever is not told should learn why"),
    N_("silence '{0}': no such silence; see `bellwether alerts silences`"),
    N_("delivery {0}: no such delivery; see `bellwether deliveries list`"),
    N_("delivery {0} is not sent again: {1}"),
    N_("delivery {0} is not sent again: its receiver is disabled; `{1}` lets it go"),
    N_("--column: give either 'text', or 'title' and 'body', not both"),
    N_("--column {0}: write FIELD=COLUMN, as in --column text=Headline"),
    N_("--column {0}: '{1}' is no field of a document; there are {2}"),
    N_("--column {0}: '{1}' is given twice"),
    N_("--column {0}={1}: there is no column '{2}'; there are {3}"),
    N_("source '{0}': only a source of type edgar has forms"),
    N_("source '{0}': a source of type {1} has no lists"),
    N_("source '{0}': a source of type {1} has no pages"),
    N_("one of 'env' and 'file' says where the secret is kept"),
    N_("source '{0}': 'url' is missing"),
    N_("source '{0}': {1}://... is expected"),
    N_("source '{0}': it is not over TLS; use {1}, or set allow_http: true"),
    N_("source '{0}': an address holds no password; use 'token'"),
    N_("'{0}' is too {1}: {2} to {3}d"),
    N_("the name '{0}' is taken further up"),
    N_("the source '{0}' has this address; each item would count twice"),
    N_("source '{0}': the address cannot be read: {1}"),
    N_("'{0}' is too short: at least {1} s"),
    N_("'{0}' is too long: updates are collected for 12h at most"),
    N_("there is no receiver '{0}'; there are {1}"),
    N_("the name '{0}' {1}"),
    N_("matcher {0}: 'label=value', or with != =~ !~, is expected"),
    N_("matcher '{0}': '{1}' is none of {2}"),
    N_("matcher of '{0}': the value may have {1} characters"),
    N_("matcher of '{0}': the value holds a null byte or half of a character"),
    N_("matcher '{0}': no regular expression: {1}"),
    N_("--kind {0}: one of {1} is expected"),
    N_("matcher {0}: '=' stands twice; write it once, or quote a value that begins so"),
    N_("receiver '{0}': its address ({1}) is not public; set allow_private to allow that"),
    N_("a rule has a budget or a sensitivity, not both"),
    N_("a rule '{0}' stands further up"),
    N_("the mildest severity begins at the threshold: above 0"),
    N_("the severity '{0}' stands further up"),
    N_("each step must lie above the one before it"),
    N_("'{0}' is no time zone of the IANA database, such as Europe/Zurich"),
    N_("a window has 5m to 7d, not {0}"),
    N_("{0} is no duration; write 30m, 4h or 1h30m"),
    N_("{0} is longer than {1} days"),
    N_("{0} is no whole number of minutes"),
    N_("setting '{0}' (BELLWETHER_{1}): {2}"),
    N_("setting {0}"),
    N_("{0}: {1}: not TOML: {2}"),
    N_("{0}: {1}: nested too deep"),
    N_("BELLWETHER_LANGUAGE {0} is no language of Bellwether; use {1}"),
    *FIELDS,
    N_("it has moved for good to {0}"),
    N_("refused: {0}, as: {1}"),
    N_("{0} (found out)"),
    N_("not known"),
    N_("Kafka at {0} did not answer: {1}"),
    N_("Kafka at {0} did not return {1}: {2}"),
    N_("nothing for {0} s"),
    N_("Postgres did not return {0}: {1}"),
    N_("Redis did not return {0}: {1}"),
    N_("the setting {0} names it"),
    N_("{0}: it is a folder; give the name of a file"),
    N_("{0} is there already, and is not of `bellwether up`; give another name, or move it away"),
    N_("the tables are missing or of an older release; run `bellwether migrate`"),
    N_("the login is in the setting {0}; check its user, its password and what the user may do"),
    N_("its address is the setting {0}; `bellwether up` starts servers on this machine to try things out"),
    *REFUSALS,
    *FILES,
    *SETTINGS,
    *SERVERS,
    *DEEDS,
    *OPTIONS,
)
_PLACE = re.compile(r"(?P<file>.+?), line (?P<line>\d+): (?P<problem>.+)", re.DOTALL)
_LINE_OF = re.compile(_PLACE.pattern.replace(", line", ": line"), re.DOTALL)  # as documents of files are told


def in_own_language(message: str) -> str:
    """Return an error's message in the language of the process; what is not known stays as it is."""
    return message if chosen_language() == "en" else _translated(message)


def _translated(message: str) -> str:
    if place := _PLACE.fullmatch(message):
        return _with_place(place)
    for text, pattern in _patterns():
        if match := pattern.fullmatch(message):
            return _(text).format(*(_translated(found) for found in match.groups()))
    if place := _LINE_OF.fullmatch(message):
        return _with_place(place)
    head, colon, rest = message.partition(": ")
    return f"{head}{colon}{_translated(rest)}" if colon else message


def _with_place(place: re.Match[str]) -> str:
    return _("{file}, line {line}: {problem}").format_map(
        {"file": place["file"], "line": place["line"], "problem": _translated(place["problem"])}
    )


@cache
def _patterns() -> tuple[tuple[str, re.Pattern[str]], ...]:
    """Return the texts, those with most words of their own before others, with the pattern of each."""
    ordered = sorted(ERRORS, key=lambda text: -len(re.sub(r"\{\d\}", "", text)))
    return tuple((text, _pattern(text)) for text in ordered)


def _pattern(text: str) -> re.Pattern[str]:
    return re.compile("(.+?)".join(map(re.escape, re.split(r"\{\d\}", text))), re.DOTALL)
