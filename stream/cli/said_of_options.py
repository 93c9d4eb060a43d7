"""What typer says of a wrong command, option or argument: errors as in :mod:`stream.cli.said`.

Its texts are not marked for gettext, so they are held against these, too.
"""

from __future__ import annotations

from stream.translation import N_

OPTIONS = (
    N_("No such command {0}."),
    N_("No such command {0}. Did you mean {1}?"),
    N_("No such option: {0}"),
    N_("{0} (Possible options: {1})"),
    N_("{0} Did you mean {1}?"),
    N_("Missing command."),
    N_("Missing argument '{0}'."),
    N_("Missing option '{0}'."),
    N_("Option {0} requires an argument."),
    N_("Option {0} requires {1} arguments."),
    N_("Option {0} does not take a value."),
    N_("Argument {0} takes {1} values."),
    N_("Got unexpected extra argument(s) ({0})"),
    N_("Got unexpected extra argument ({0})"),
    N_("Got unexpected extra arguments ({0})"),
    N_("Invalid value for {0}: {1}"),
    N_("Invalid value: {0}"),
    N_("'{0}' is not one of {1}."),
    N_("a time is expected, as in 2026-01-31T12:00"),
)
