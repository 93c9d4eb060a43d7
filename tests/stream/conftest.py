from tests.postgres import database, empty_database, own_database, postgres, shared_database, template

__all__ = ["database", "empty_database", "own_database", "postgres", "shared_database", "template"]
