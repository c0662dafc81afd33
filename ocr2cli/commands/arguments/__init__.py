"""Options as they are typed: a module per panel of --help, and the groups that several commands share."""

__all__ = ["beside", "network", "reading", "talk", "writing"]
