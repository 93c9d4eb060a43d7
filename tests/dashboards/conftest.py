from tests.postgres import database, own_database, postgres, shared_database, template

__all__ = ["database", "own_database", "postgres", "shared_database", "template"]
